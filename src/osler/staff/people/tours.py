"""Five minutes with Osler for each role of the demo: steps that lead to real pages of made-up patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from osler.kit.words import N_

PEOPLE: Mapping[str, str] = {
    "José": "b07db480-bbb0-5e6d-8757-c5df7bbd6d64",
    "María": "c4dcc1cb-497b-5e41-b1d7-5001378451d4",
    "Margaret": "eb0d90c3-9c93-5514-9e88-30f08ce907af",
    "Siân": "ad12c3a8-ddbc-5d0d-bacc-f8e280ac8ce3",
    "Zoë": "9a9b7d87-b57d-53e6-a53e-e64df69f3c2d",
    "Luna": "45339c97-7f2e-582f-b499-d5f4e75760c3",
    "Eleanor": "5b6a7922-01ee-54a5-b3fd-bac370b903bc",
    "Helen": "0884ea0b-917f-5bdd-8293-31edafa065c9",
    "Maria": "2cf9de19-bf4a-5cff-8465-54a0edd20cb8",
    "Alex": "dede452d-606b-5c81-bec3-3f3ea7eae704",
    "Theo": "d77c2c4a-5862-5044-990d-97337b784d20",
    "Nadia": "8958c4f0-0a29-562d-aafa-cf57aa0b2b32",
    "Frank": "7d4f1134-ea0c-5aa7-9588-a75f03cd3f20",
    "Lena": "073bc450-4499-5b82-8c76-c7bec77c6819",
    "Yolanda": "bfef1983-ecc7-55df-980a-337759a43bcd",
}
"""Patients of the tours; their ids are the same in every demo."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what to look at, and the page (a path, or a section of somebody's chart)."""

    text: str
    path: str = ""
    person: str = ""

    @property
    def url(self) -> str:
        """The page's address."""
        if not self.person:
            return self.path
        section = f"{self.path}/" if self.path else ""
        return f"/patients/{PEOPLE[self.person]}/{section}"


@dataclass(frozen=True, slots=True)
class Tour:
    """What somebody's day looks like, in a line, and five minutes of it."""

    username: str
    day: str
    steps: tuple[Step, ...]


_ADEYEMI = Tour(
    "adeyemi",
    N_("Family physician: a full morning, a critical potassium, a resident's notes to co-sign."),
    (
        Step(N_("Begin with today: who has come, who waits in which room."), "/today/"),
        Step(N_("The critical potassium is on top of the results. Review it."), "/results/"),
        Step(N_("María’s kidneys: follow eGFR and albumin over three years."), "results", "María"),
        Step(N_("José’s chart at a glance: problems, drugs, last A1c."), "", "José"),
        Step(N_("Write a note; insert his blood pressure as a live value."), "notes", "José"),
        Step(N_("Twelve years of Frank’s life on one timeline."), "timeline", "Frank"),
        Step(N_("Nadia hides her mental health from you; see how it looks."), "", "Nadia"),
    ),
)
_FERNANDEZ = Tour(
    "fernandez",
    N_("Family physician at Mill Pond: call-backs, a wheezing patient, refills."),
    (
        Step(N_("Your day at the second site."), "/today/"),
        Step(N_("Results in order of urgency."), "/results/"),
        Step(N_("Helen’s INR and what was done each time."), "results", "Helen"),
        Step(N_("Your notes that wait for a signature."), "/notes/mine/"),
    ),
)
_LINDQVIST = Tour(
    "lindqvist",
    N_("Pediatrician: well children, a newborn’s weight, a fever on the telephone."),
    (
        Step(N_("The children of today."), "/today/"),
        Step(N_("Zoë on her growth chart, from birth."), "growth", "Zoë"),
        Step(N_("What vaccines she had, and when."), "immunizations", "Zoë"),
        Step(N_("Luna lost weight and regains it; bilirubin falls."), "vitals", "Luna"),
    ),
)
_OKAFOR = Tour(
    "okafor",
    N_("Second-year resident: four patients, and every note is co-signed."),
    (
        Step(N_("Four visits, with time to think."), "/today/"),
        Step(N_("Notes of yours and where they stand."), "/notes/mine/"),
        Step(
            N_("Margaret’s heart failure: weights and the discharge letter."),
            "documents",
            "Margaret",
        ),
    ),
)
_MEHTA = Tour(
    "mehta",
    N_("Nurse practitioner at Mill Pond: diabetes, thyroid, and the walk-in of this morning."),
    (
        Step(N_("Today, with a patient who just walked in."), "/today/"),
        Step(N_("The TSH that is too high."), "/results/"),
        Step(N_("Goals that patient and clinician agreed on."), "goals", "José"),
    ),
)
_NURSE = Tour(
    "tanaka",
    N_("Nurse: rooms to fill, vitals to take, calls to make."),
    (
        Step(N_("Who has arrived and waits."), "/today/"),
        Step(N_("Enter vitals by keyboard alone."), "vitals/new", "José"),
        Step(
            N_("Eleanor takes fourteen drugs; go through them with her."), "medications", "Eleanor"
        ),
        Step(N_("Theo’s anaphylaxis stands in the banner of every page."), "allergies", "Theo"),
        Step(N_("Lena has never been asked about allergies. Ask her."), "allergies", "Lena"),
    ),
)
_ASSISTANT = Tour(
    "ortega",
    N_("Medical assistant: brings patients to their rooms and measures."),
    (
        Step(N_("Who is next."), "/today/"),
        Step(N_("Weight, length and head of the newborn."), "vitals/new", "Luna"),
        Step(N_("The vaccines that a two-year-old has."), "immunizations", "Zoë"),
    ),
)
_DESK = Tour(
    "becker",
    N_("Front desk at Linden Street: arrivals, a no-show, the waitlist, new cards."),
    (
        Step(N_("Today’s arrivals."), "/today/"),
        Step(N_("Find a patient by any part of the name. Try “gonzalez 1981”."), "/patients/"),
        Step(
            N_("Two women with nearly the same name: look at the birth date."), "details", "Maria"
        ),
        Step(N_("Alex has changed name and goes by they."), "details", "Alex"),
        Step(N_("Register somebody; Osler warns of a duplicate."), "/patients/new/"),
    ),
)
_DESK_TWO = Tour(
    "dubois",
    N_("Front desk at Mill Pond: interpreters to book, a waitlist."),
    (
        Step(N_("Arrivals at the second site."), "/today/"),
        Step(N_("Yolanda needs an interpreter: the banner says so."), "details", "Yolanda"),
    ),
)
_BILLER = Tour(
    "rao",
    N_("Biller: who pays, and a claim that came back."),
    (
        Step(N_("Your tasks."), "/today/"),
        Step(N_("Coverage and member number."), "details", "José"),
    ),
)
_LAB = Tour(
    "novak",
    N_("Laboratory: a redraw to arrange, results that went out."),
    (
        Step(N_("Your tasks and messages."), "/today/"),
        Step(N_("The potassium panel, as the clinician sees it."), "results", "María"),
    ),
)
_PHARMACIST = Tour(
    "yusuf",
    N_("Pharmacist: an interaction to check, fourteen drugs to thin out."),
    (
        Step(N_("Your tasks and messages."), "/today/"),
        Step(N_("Eleanor’s fourteen drugs, by problem."), "medications", "Eleanor"),
        Step(N_("Helen’s warfarin."), "medications", "Helen"),
    ),
)
_MANAGER = Tour(
    "whitfield",
    N_("Practice administrator: people, roles, sites and lists."),
    (
        Step(N_("Administration at a glance."), "/admin/"),
        Step(N_("People and their accounts."), "/staff/people/"),
        Step(N_("What each role may do."), "/staff/access/roles"),
    ),
)
_OFFICER = Tour(
    "lang",
    N_("Privacy officer: who looked, requests with their clocks."),
    (
        Step(N_("The privacy desk."), "/staff/privacy/"),
        Step(N_("The audit of everything."), "/staff/audit/"),
    ),
)
_SYSTEM = Tour(
    "tan",
    N_("System administrator: jobs, programs, storage; no charts."),
    (
        Step(N_("Administration."), "/admin/"),
        Step(N_("Tokens of programs."), "/staff/tokens/"),
    ),
)
_NURSE_TWO = Tour(
    "bauer",
    N_("Nurse at Mill Pond: an inhaler to teach, injectables to count."),
    (Step(N_("Your day."), "/today/"),),
)
_ASSISTANT_TWO = Tour(
    "asante",
    N_("Medical assistant at Mill Pond: four rooms and an ECG."),
    (Step(N_("Your day."), "/today/"),),
)
_PATIENT = Tour(
    "jose",
    N_("José has diabetes and high blood pressure, and reads his own record."),
    (Step(N_("His own pages."), "/"),),
)
_MOTHER = Tour(
    "denise",
    N_("Denise acts for Aaliyah, her daughter of seven with asthma."),
    (Step(N_("What she may see for her daughter."), "/"),),
)

TOURS: Mapping[str, Tour] = {
    one.username: one
    for one in (
        _ADEYEMI,
        _FERNANDEZ,
        _LINDQVIST,
        _OKAFOR,
        _MEHTA,
        _NURSE,
        _NURSE_TWO,
        _ASSISTANT,
        _ASSISTANT_TWO,
        _DESK,
        _DESK_TWO,
        _BILLER,
        _LAB,
        _PHARMACIST,
        _MANAGER,
        _OFFICER,
        _SYSTEM,
        _PATIENT,
        _MOTHER,
    )
}
"""By user name, in the order in which the demo lists them."""
