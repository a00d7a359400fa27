"""What surrounds the visits: procedures, devices, family, goals, plans, teams, flags, and answers about life."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from osler.fhir import r4
from osler.main.sample.chart import Chart
from osler.main.sample.make import (
    LOINC,
    UCUM,
    Code,
    concept,
    narrative,
    ref,
    terminology,
)
from osler.main.sample.practice import NAME

_US_CORE = "http://hl7.org/fhir/us/core/CodeSystem"
_OSLER_FLAG = "urn:osler:flag"
_FDA = "http://hl7.org/fhir/NamingSystem/fda-udi"


def doctor(chart: Chart) -> r4.Reference:
    """The patient's own clinician."""
    found = chart.patient.generalPractitioner or []
    return found[0]


def procedure(chart: Chart, code: Code, day: str, *, where: str = "") -> None:
    """Something done to the patient; `day` may be a year alone."""
    chart.resources.append(
        r4.Procedure(
            id=chart.identify("procedure"),
            text=narrative(f"{code.display}, {day}"),
            status="completed",
            code=concept(code),
            subject=chart.subject,
            performedDateTime=day,
            recorder=doctor(chart),
            note=[r4.Annotation(text=where)] if where else None,
        )
    )


def relative(
    chart: Chart, relation: tuple[str, str], condition: Code, age: int | None, *, died: int | None
) -> None:
    """What runs in the family; `age` at onset, `died` at this age."""
    chart.resources.append(
        r4.FamilyMemberHistory(
            id=chart.identify("family"),
            text=narrative(f"{relation[1]}: {condition.display}"),
            status="completed",
            patient=chart.subject,
            date=(chart.today - timedelta(days=300)).isoformat(),
            relationship=concept(terminology("v3-RoleCode", *relation)),
            deceasedAge=None if died is None else _age(died),
            condition=[
                r4.FamilyMemberHistoryCondition(
                    code=concept(condition),
                    onsetAge=None if age is None else _age(age),
                    contributedToDeath=True if died is not None else None,
                )
            ],
        )
    )


def _age(years: int) -> r4.Age:
    return r4.Age(value=Decimal(years), unit="years", system=UCUM, code="a")


def device(chart: Chart, name: str, kind: Code, maker: str, identifier: str, day: date) -> None:
    """Something implanted, with its UDI, and that it is in use."""
    made = day - timedelta(days=200)
    expires = day + timedelta(days=1200)
    lot, serial = f"LT{day:%y%m}", f"{chart.number:03}{day:%m%d}"
    carrier = f"(01){identifier}(11){made:%y%m%d}(17){expires:%y%m%d}(10){lot}(21){serial}"
    one = r4.Device(
        id=chart.identify("device"),
        text=narrative(name),
        udiCarrier=[
            r4.DeviceUdiCarrier(
                deviceIdentifier=identifier,
                issuer="http://hl7.org/fhir/NamingSystem/gs1-di",
                jurisdiction=_FDA,
                carrierHRF=carrier,
                entryType="barcode",
            )
        ],
        status="active",
        distinctIdentifier=None,
        manufacturer=maker,
        manufactureDate=made.isoformat(),
        expirationDate=expires.isoformat(),
        lotNumber=lot,
        serialNumber=serial,
        deviceName=[r4.DeviceDeviceName(name=name, type="user-friendly-name")],
        type=concept(kind, text=name),
        patient=chart.subject,
    )
    used = r4.DeviceUseStatement(
        id=chart.identify("device-use"),
        text=narrative(f"{name}, since {day}"),
        status="active",
        subject=chart.subject,
        timingDateTime=day.isoformat(),
        device=ref(one, name),
    )
    chart.resources += [one, used]


def flag(chart: Chart, category: str, text: str, since: date) -> None:
    """Something that the banner says: category code-status or alert."""
    code = r4.Coding(system=_OSLER_FLAG, code=category)
    chart.resources.append(
        r4.Flag(
            id=chart.identify("flag"),
            text=narrative(text),
            status="active",
            category=[r4.CodeableConcept(coding=[code])],
            code=r4.CodeableConcept(text=text),
            subject=chart.subject,
            period=r4.Period(start=since.isoformat()),
            author=doctor(chart),
        )
    )


def confidential(chart: Chart, instruction: str, since: date) -> None:
    """How the patient alone wants to be reached, as agreed."""
    coding = r4.Coding(system="urn:osler:task", code="confidential-communications")
    chart.resources.append(
        r4.Flag(
            id=chart.identify("flag"),
            text=narrative(instruction),
            status="active",
            category=[r4.CodeableConcept(coding=[coding])],
            code=r4.CodeableConcept(coding=[coding], text=instruction),
            subject=chart.subject,
            period=r4.Period(start=since.isoformat()),
        )
    )


def goal(chart: Chart, text: str, due: date) -> r4.Goal:
    """Something to reach by a day."""
    made = r4.Goal(
        id=chart.identify("goal"),
        text=narrative(text),
        lifecycleStatus="active",
        achievementStatus=concept(terminology("goal-achievement", "in-progress", "In Progress")),
        description=concept(text=text),
        subject=chart.subject,
        startDate=(chart.today - timedelta(days=200)).isoformat(),
        target=[r4.GoalTarget(dueDate=due.isoformat())],
        expressedBy=chart.subject,
    )
    chart.resources.append(made)
    return made


def plan(chart: Chart, title: str, steps: tuple[str, ...], goals: list[r4.Goal]) -> None:
    """A care plan with its steps and goals."""
    said = f"{title}: {'; '.join(steps)}"
    chart.resources.append(
        r4.CarePlan(
            id=chart.identify("plan"),
            text=narrative(said),
            status="active",
            intent="plan",
            category=[
                concept(
                    Code(
                        f"{_US_CORE}/careplan-category",
                        "assess-plan",
                        "Assessment and Plan of Treatment",
                    )
                )
            ],
            title=title,
            description=said,
            subject=chart.subject,
            period=r4.Period(start=(chart.today - timedelta(days=200)).isoformat()),
            author=doctor(chart),
            goal=[ref(one) for one in goals] or None,
            activity=[
                r4.CarePlanActivity(
                    detail=r4.CarePlanActivityDetail(status="in-progress", description=step)
                )
                for step in steps
            ],
        )
    )


def team(chart: Chart, *, others: tuple[r4.Reference, ...] = ()) -> None:
    """Who looks after the patient: their own clinician, the nurse of that site, and who else."""
    nurse = chart.practice.staff[4]
    members = [
        _member(doctor(chart), "Primary care clinician"),
        _member(ref(nurse, nurse.name[0].text if nurse.name else None), "Nurse"),
        *(_member(one, "Clinician") for one in others),
    ]
    chart.resources.append(
        r4.CareTeam(
            id=chart.identify("team"),
            text=narrative(f"Care team of {chart.person.name}"),
            status="active",
            name=f"Care team of {chart.person.name}",
            subject=chart.subject,
            participant=members,
            managingOrganization=[ref(chart.practice.organization, NAME)],
        )
    )


def _member(who: r4.Reference, role: str) -> r4.CareTeamParticipant:
    return r4.CareTeamParticipant(role=[concept(text=role)], member=who)


def answer(
    chart: Chart,
    category: str,
    code: tuple[str, str],
    day: date,
    *,
    coded: Code | None = None,
    text: str | None = None,
    when: date | None = None,
) -> r4.Observation:
    """An answer of the patient, or a state known without a measurement."""
    made = r4.Observation(
        id=chart.identify("answer"),
        status="final",
        category=[concept(terminology("observation-category", category, category.title()))],
        code=concept(Code(LOINC, *code)),
        subject=chart.subject,
        effectiveDateTime=day.isoformat(),
        performer=[doctor(chart)],
        valueCodeableConcept=concept(coded) if coded else None,
        valueString=text,
        valueDateTime=when.isoformat() if when else None,
    )
    said = coded.display if coded else text or (when.isoformat() if when else "")
    made.text = narrative(f"{code[1]}: {said}")
    chart.resources.append(made)
    return made
