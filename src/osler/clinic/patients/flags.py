"""States of a patient's record: living or dead, active or not, for everybody of the practice or for few."""

from __future__ import annotations

import re

from osler.access.labels import ACT_CODE, CATEGORIES, VIP
from osler.fhir import r4
from osler.kit import clock
from osler.kit.errors import Invalid

_DAY = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_LABELS = frozenset(CATEGORIES[VIP].labels)


def died(patient: r4.Patient, day: str) -> None:
    """Dead, on a day, in a month or year, or (empty) at an unknown time."""
    if day and not _DAY.fullmatch(day):
        raise Invalid(f"{day!r} is no date; write it as 2024-03-14, 2024-03 or 2024.")
    if day > clock.now().date().isoformat():
        raise Invalid("The date of death is in the future.")
    if day and patient.birthDate and day < patient.birthDate[: len(day)]:
        raise Invalid("The date of death is before the birth.")
    patient.deceasedDateTime = day or None
    patient.deceasedBoolean = None if day else True


def living(patient: r4.Patient) -> None:
    """Not dead after all."""
    patient.deceasedDateTime = None
    patient.deceasedBoolean = False


def set_active(patient: r4.Patient, *, active: bool) -> None:
    """In use, or not any more."""
    patient.active = active


def set_vip(patient: r4.Patient, *, vip: bool) -> None:
    """The label by which only those who treat the patient may open the chart."""
    meta = patient.meta or r4.Meta()
    kept = [one for one in meta.security or () if (one.system, one.code) not in _LABELS]
    made = [r4.Coding(system=ACT_CODE, code="CEL", display="celebrity")] if vip else []
    meta.security = [*kept, *made] or None
    patient.meta = meta
