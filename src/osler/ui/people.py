"""How pages call a patient: the name, the birth date and the record number, never the name alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.translation import get_language, gettext

from osler.access import Principal
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit.errors import Gone, Invalid, NotAllowed, NotFound
from osler.record import Record, Version
from osler.search.parse import parse
from osler.ui import dates
from osler.ui.formats import day, today

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_BORN = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_TYPED = re.compile(r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\b")
_MARKS = re.compile(r"([\\,|$])")


def patient_label(record: Record, principal: Principal, id: str | None) -> str:
    """The patient of a logical id in one line; the id alone where the principal may not see more."""
    if not id:
        return ""
    try:
        patient = decode(record.read(principal, "Patient", id).content)
    except (NotFound, NotAllowed, Gone):
        return f"Patient {id}"
    assert isinstance(patient, r4.Patient)
    return label(patient)


def patient_labels(record: Record, principal: Principal, ids: Iterable[str]) -> dict[str, str]:
    """The same of many, by their ids, with one search; those that the principal may not see are left out."""
    wanted = sorted({id for id in ids if _ID.fullmatch(id)})
    if not wanted:
        return {}
    pairs = [("_id", ",".join(wanted)), ("_count", str(len(wanted)))]
    try:
        page = record.search(principal, parse("Patient", pairs, record.registry))
    except NotAllowed:
        return {}
    patients = [(match.id, decode(match.content)) for match in page.matches]
    return {id: label(one) for id, one in patients if isinstance(one, r4.Patient)}


def find_patient(record: Record, principal: Principal, text: str) -> str:
    """The logical id of the one patient that a person means by an id, a record number, or name and birth date.

    Raises:
        NotFound: nobody fits that the principal may see.
        Invalid: several fit; they are named.
    """
    text = with_dates(text.strip())
    for pairs in _ways(text):
        page = record.search(
            principal, parse("Patient", [*pairs, ("_count", "6")], record.registry)
        )
        if len(page.matches) == 1:
            return page.matches[0].id
        if page.matches:
            raise Invalid(f"Several fit: {_labels(page.matches)}. Give the record number.")
    raise NotFound(f"No patient that you may see fits {text[:60]!r}.")


def with_dates(text: str) -> str:
    """The text with its dates, typed in the order of the reader's language (5/2/1961), as FHIR writes them."""
    return _TYPED.sub(_written, text)


def _written(typed: re.Match[str]) -> str:
    try:
        return dates.parse(typed[0], today=today(), language=get_language() or "en").fhir
    except Invalid:
        return typed[0]


def _labels(matches: Iterable[Version]) -> str:
    patients = [decode(match.content) for match in matches]
    return "; ".join(label(one) for one in patients if isinstance(one, r4.Patient))


def _ways(text: str) -> list[list[tuple[str, str]]]:
    """The searches that the text could mean, the surest first."""
    born = [("birthdate", day) for day in _BORN.findall(text)]
    words = [("name", plain(word)) for word in re.split(r"[\s,]+", _BORN.sub(" ", text)) if word]
    ways = [[*words, *born]] if words or born else []
    if not text or born or " " in text:
        return ways
    known = [[("_id", text)]] if _ID.fullmatch(text) else []
    return [*known, [("identifier", plain(text))], *ways]


def plain(text: str) -> str:
    """The text as the value of a search parameter, its marks without their meaning."""
    return _MARKS.sub(r"\\\1", text)


def label(patient: r4.Patient) -> str:
    """Name, birth date, record number of a patient."""
    number = next(
        (one.value for one in patient.identifier or [] if one.use == "usual" and one.value), None
    )
    born = gettext("born %(day)s") % {"day": day(patient.birthDate)} if patient.birthDate else None
    return ", ".join(part for part in (name(patient), born, number) if part)


def name(patient: r4.Patient) -> str:
    """The official name as one reads it."""
    names = patient.name or []
    one = next((n for n in names if n.use == "official"), names[0] if names else None)
    if one is None:
        return "No name"
    parts = [*(one.given or []), one.family]
    return one.text or " ".join(part for part in parts if part) or "No name"
