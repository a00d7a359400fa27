"""States of a patient's record: living or dead, active or not, for everybody of the practice or for few."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from osler.access.labels import ACT_CODE, CATEGORIES, VIP
from osler.fhir import r4
from osler.kit import clock
from osler.kit.errors import Invalid
from osler.record import Patch

_DAY = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_LABELS = frozenset(CATEGORIES[VIP].labels)


def died(patient: r4.Patient, day: str) -> None:
    """Dead, on a day, in a month or year, or (empty) at an unknown time."""
    if day and not _DAY.fullmatch(day):
        raise Invalid(f"{day!r} is no date; write it as 2024-03-14, 2024-03 or 2024.")
    if day > clock.today().isoformat():
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


def set_vip(patient: r4.Patient) -> None:
    """The label by which only those who treat the patient may open the chart."""
    meta = patient.meta = patient.meta or r4.Meta()
    kept = [one for one in meta.security or () if (one.system, one.code) not in _LABELS]
    meta.security = [*kept, r4.Coding(system=ACT_CODE, code="CEL", display="celebrity")]


def without_vip(patient: r4.Patient, version: int | None) -> Patch | None:
    """What takes that label away: a patch, for an update keeps labels that it does not speak of."""
    some = (patient.meta.security if patient.meta else None) or ()
    return _less("security", patient, some, lambda one: (one.system, one.code) in _LABELS, version)


def without_tag(patient: r4.Patient, tag: tuple[str, str], version: int | None) -> Patch | None:
    """What takes a tag away."""
    some = (patient.meta.tag if patient.meta else None) or ()
    return _less("tag", patient, some, lambda one: (one.system, one.code) == tag, version)


def _less(
    name: str,
    patient: r4.Patient,
    some: Sequence[r4.Coding],
    leaves: Callable[[r4.Coding], bool],
    version: int | None,
) -> Patch | None:
    paths = [f"/meta/{name}/{at}" for at, one in enumerate(some) if leaves(one)]
    if not paths:
        return None
    steps = [{"op": "remove", "path": path} for path in reversed(paths)]
    if len(paths) == len(some):
        steps = [{"op": "remove", "path": f"/meta/{name}"}]
    operations = json.dumps(steps).encode()
    return Patch("Patient", operations, id=patient.id, if_match=version, source="typed")
