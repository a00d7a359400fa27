"""What lies on everybody's desk: tasks with their days, and messages, some of them unread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_DOCTOR = "doctor"
_NURSE = "nurse"
_ASSISTANT = "medical-assistant"
_DESK = "front-desk"


@dataclass(frozen=True, slots=True)
class Errand:
    """A task: what, about which patient (any if None; a story), made and due so many hours from now."""

    code: str
    text: str
    made: int
    due: int
    priority: str = "routine"
    about_patient: bool = True


@dataclass(frozen=True, slots=True)
class Letter:
    """A message: from whom (a username), about what, how many minutes ago."""

    sender: str
    topic: str
    text: str
    minutes: int
    read: bool = False
    about_patient: bool = True


ERRANDS: Mapping[str, Sequence[Errand]] = {
    "adeyemi": (
        Errand(
            "call-back", "Call back: asks whether to hold metformin before the CT", -3, 2, "urgent"
        ),
        Errand("refill", "Refill request from the pharmacy: 90 days of the present drug", -20, 24),
        Errand("follow-up", "Colonoscopy report has not come; ask for it", -200, -48),
        Errand("document-to-sign", "Home health plan of care to sign", -26, 22),
    ),
    "fernandez": (
        Errand("call-back", "Call back: new rash since the antibiotic", -2, 3, "urgent"),
        Errand("refill", "Refill request: inhaler, last visit 8 months ago", -5, 40),
        Errand("to-do", "Letter for the school about the asthma plan", -50, 70),
    ),
    "lindqvist": (
        Errand("call-back", "Mother calls: fever since last night, drinks well", -1, 1, "urgent"),
        Errand("document-to-sign", "Sports form to sign", -28, 20),
        Errand("follow-up", "Hearing screen to repeat; not yet booked", -170, -24),
    ),
    "mehta": (
        Errand("refill", "Refill request: levothyroxine, TSH is due", -4, 44),
        Errand("call-back", "Call back with the blood count", -6, 18),
        Errand("to-do", "Finish the diabetes group's handout", -30, 60, about_patient=False),
    ),
    "okafor": (
        Errand("follow-up", "Call about home blood pressure after the new dose", -48, 4),
        Errand("to-do", "Present at the Thursday conference", -70, 90, about_patient=False),
    ),
    "tanaka": (
        Errand("call-back", "Wound check by telephone, day 3", -5, 3),
        Errand("to-do", "Vaccine refrigerator: monthly log", -60, -6, about_patient=False),
        Errand("follow-up", "Weight by telephone; call if 2 kg up", -22, 5),
    ),
    "bauer": (
        Errand("call-back", "Teach the inhaler again by video", -7, 20),
        Errand("to-do", "Count the injectables at Mill Pond", -20, 28, about_patient=False),
    ),
    "ortega": (
        Errand("to-do", "Stock rooms 1 to 6", -3, 4, about_patient=False),
        Errand("follow-up", "Fax the referral to cardiology", -4, 20),
    ),
    "asante": (Errand("to-do", "Calibrate the scale in room 12", -6, 30, about_patient=False),),
    "becker": (
        Errand("call-back", "Wants an earlier appointment", -4, 6),
        Errand("to-do", "Copy of the new insurance card", -20, 30),
        Errand("waitlist", "Waitlist: any morning this week", -30, 96),
        Errand("waitlist", "Waitlist: after 3 pm, school days", -50, 120),
    ),
    "dubois": (
        Errand("waitlist", "Waitlist: needs an interpreter, any day", -27, 96),
        Errand("call-back", "No-show this morning: offer another day", -2, 24),
    ),
    "rao": (Errand("to-do", "Claim returned: member number does not match", -40, 30),),
    "novak": (Errand("to-do", "Redraw: sample clotted", -5, 19),),
    "yusuf": (Errand("refill", "Interaction to check before the refill", -6, 12),),
    "whitfield": (
        Errand("to-do", "Holiday schedule for both sites", -90, 120, about_patient=False),
    ),
}

LETTERS: Mapping[str, Sequence[Letter]] = {
    "adeyemi": (
        Letter("tanaka", "Weight up", "Up 1.8 kg since Friday, sleeps in a chair. See today?", 18),
        Letter("okafor", "Question", "Started the lower dose because of eGFR 41. Agree?", 55),
        Letter("becker", "Form", "Daughter left a disability form in your tray.", 180, read=True),
    ),
    "fernandez": (
        Letter("bauer", "Peak flow", "260 before, 340 after albuterol. Room 12.", 12),
        Letter("dubois", "Running late", "Your 20-minute visit is in traffic, 15 minutes.", 30),
    ),
    "lindqvist": (
        Letter("ortega", "Weight check", "Newborn is 90 g above birth weight, mother glad.", 22),
        Letter("becker", "School", "School nurse asks for the new inhaler form.", 200, read=True),
    ),
    "mehta": (
        Letter(
            "yusuf", "Interaction", "Iron and levothyroxine are taken together; 4 hours apart.", 35
        ),
        Letter(
            "bauer", "Diabetes group", "Nine have signed up for Thursday.", 90, about_patient=False
        ),
    ),
    "okafor": (
        Letter(
            "adeyemi", "Your note", "Good note. Add why not an SGLT2 inhibitor.", 1300, read=True
        ),
        Letter("tanaka", "Home readings", "Brought two weeks of readings, scanned.", 44),
    ),
    "tanaka": (
        Letter(
            "adeyemi", "Please call", "Please call about the potassium and repeat it today.", 15
        ),
        Letter(
            "whitfield", "Training", "Fire drill is on Wednesday at noon.", 300, about_patient=False
        ),
    ),
    "bauer": (Letter("mehta", "Spirometry", "Please do spirometry before I come in.", 25),),
    "ortega": (Letter("lindqvist", "Vaccines", "Two-month set in room 3, please.", 20),),
    "asante": (Letter("fernandez", "ECG", "ECG in room 11, please.", 16),),
    "becker": (
        Letter("rao", "Card", "Insurance ended last month; ask for the new card.", 60),
        Letter("adeyemi", "Add-on", "Please add a visit today at the end.", 28),
    ),
    "dubois": (Letter("fernandez", "Interpreter", "Book an interpreter for the next visit.", 70),),
    "rao": (Letter("becker", "New card", "The new card is scanned.", 50),),
    "yusuf": (Letter("mehta", "Thank you", "Told the patient to separate them.", 20),),
    "novak": (Letter("adeyemi", "Repeat", "Please repeat the potassium, not hemolyzed?", 14),),
    "whitfield": (
        Letter(
            "tan",
            "Backup",
            "Last night's backup finished and was tested.",
            400,
            about_patient=False,
        ),
    ),
}
