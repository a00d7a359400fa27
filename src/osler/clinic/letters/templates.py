"""Templates of letters: those that come with Osler, and the practice's own, as Lists with all their versions.

A template is text with placeholders: "@patient@ was seen on @visit-date@." Unknown ones are refused when it is saved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from osler.access import Principal
from osler.clinic.notes.asking import search, split
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid, NotFound
from osler.kit.words import N_
from osler.record import Create, Op, Record, Update
from osler.search.tree import Nothing

SYSTEM = "urn:osler:letter"
CODE = "template"
INSTEAD = "urn:osler:letter-template"
"""Extension: the code of the shipped template that a practice's own one stands for."""
LONGEST = 20_000
PLACEHOLDER = re.compile(r"@([a-z][a-z-]{0,30})@")
PLACEHOLDERS: Mapping[str, str] = {
    "today": N_("Today's date"),
    "patient": N_("The patient's name"),
    "first-name": N_("The patient's first name"),
    "birth-date": N_("Date of birth"),
    "age": N_("Age in years"),
    "sex": N_("Sex"),
    "mrn": N_("Record number"),
    "patient-address": N_("The patient's address"),
    "practice": N_("The practice's name"),
    "clinician": N_("Who writes the letter"),
    "visit-date": N_("Date of the last visit"),
    "problems": N_("Active problems"),
    "medications": N_("Active medications"),
    "allergies": N_("Allergies"),
    "immunizations": N_("Immunizations given"),
    "vitals": N_("The latest vitals"),
    "results": N_("The chosen results, or the latest"),
}
"""What may stand between at signs, with what it becomes."""


@dataclass(frozen=True, slots=True)
class Template:
    """What a letter is begun with. `id` and `version` are empty for those that come with Osler."""

    code: str
    title: str
    text: str
    id: str = ""
    version: int = 0


_GREETING = "To whom it may concern,\n\n"
_END = "\n\nSincerely,"
_SHIPPED = (
    Template("referral", N_("Referral"), (
        "Dear colleague,\n\nThank you for seeing @patient@, born @birth-date@, whom I refer to you for ***.\n\n"
        "***\n\n# Problems\n@problems@\n\n# Medications\n@medications@\n\n# Allergies\n@allergies@\n\n"
        "# Latest vitals\n@vitals@\n\n# Results\n@results@\n\n"
        "Please send your findings to @practice@." + _END
    )),
    Template("excuse", N_("Work or school excuse"), (
        _GREETING + "@patient@, born @birth-date@, was seen at @practice@ on @visit-date@ and could not attend"
        " work or school from *** to ***.\n\nMay return on *** with these restrictions: ***." + _END
    )),
    Template("results", N_("Results to the patient"), (
        "Dear @first-name@,\n\nYour results are in:\n\n@results@\n\nWhat they mean: ***\n\nWhat comes next: ***\n\n"
        "Call us with any questions." + _END
    )),
    Template("medication-list", N_("Medication list"), (
        "# Medications of @patient@ on @today@\n@medications@\n\n# Allergies\n@allergies@\n\n"
        "Bring this list to every visit, and tell us what you take besides."
    )),
    Template("immunization-record", N_("Immunization record"), (
        "# Immunizations of @patient@, born @birth-date@\n@immunizations@\n\n# Allergies\n@allergies@\n\n"
        "As recorded at @practice@ on @today@."
    )),
    Template("general", N_("General letter"), _GREETING + "***" + _END),
)  # fmt: skip
SHIPPED: Mapping[str, Template] = {one.code: one for one in _SHIPPED}


def unknown(text: str) -> list[str]:
    """The placeholders in a text that mean nothing."""
    found = dict.fromkeys(PLACEHOLDER.findall(text))
    return [name for name in found if name not in PLACEHOLDERS]


def templates(record: Record, principal: Principal) -> dict[str, Template]:
    """All that a letter can be begun with, by code; the practice's own stand for shipped ones of the same code."""
    found = dict(SHIPPED)
    pairs = (("code", f"{SYSTEM}|{CODE}"), ("status", "current"), ("_count", "200"))
    for ref, one in search(record, principal, r4.List, *pairs):
        _type, id, version = split(ref)
        code = (
            next((e.valueString or "" for e in one.extension or () if e.url == INSTEAD), "") or id
        )
        text = next((each.text or "" for each in one.note or ()), "")
        found[code] = Template(code, one.title or code, text, id, version)
    return found


def check(title: str, text: str) -> None:
    """Raises Invalid naming every placeholder that there is not."""
    if not title.strip():
        raise Invalid("A template needs a name.")
    if not text.strip():
        raise Invalid("There is no text yet.")
    if len(text) > LONGEST:
        raise Invalid(f"The text is longer than {LONGEST:,} characters.")
    wrong = unknown(text)
    if wrong:
        names = ", ".join(f"@{one}@" for one in wrong)
        raise Invalid(f"There is no placeholder {names}. Choose from the list beside the text.")


def save(
    record: Record,
    principal: Principal,
    title: str,
    text: str,
    *,
    code: str = "",
    version: int | None = None,
) -> str:
    """Write a template of the practice; its code. A shipped one of that code gives way to it.

    Raises:
        Invalid: no name, no text, or a placeholder that there is not. PreconditionFailed, Conflict: it was changed
        by somebody else meanwhile.
    """
    check(title, text)
    known = templates(record, principal)
    before = known.get(code)
    if code and before is None:
        raise NotFound("There is no such template.")
    twin = next(
        (one for one in known.values() if one.title.casefold() == title.strip().casefold()), None
    )
    if twin is not None and twin.code != code:
        raise Conflict(f"There is a template called {twin.title} already; change that one.")
    resource = _read(record, principal, before.id) if before and before.id else _new(code)
    resource.title, resource.date = title.strip()[:120], clock.now().isoformat(timespec="seconds")
    resource.note = [r4.Annotation(text=text.replace("\r\n", "\n"))]
    if principal.person:
        resource.source = r4.Reference(reference=principal.person, display=principal.name or None)
    op: Op = Create(resource, source="typed")
    if before and before.id:
        op = Update(resource, if_match=version or before.version, source="typed")
    done = record.commit(principal, [op])[0].version
    assert done is not None, "a write has a version"
    return code or done.id


def retire(record: Record, principal: Principal, code: str, version: int) -> None:
    """Take a template of the practice out of use; a shipped one of that code comes back."""
    found = templates(record, principal).get(code)
    if found is None or not found.id:
        raise NotFound("There is no such template of the practice.")
    resource = _read(record, principal, found.id)
    resource.status = "retired"
    record.commit(principal, [Update(resource, if_match=version, source="typed")])


def history(record: Record, principal: Principal, id: str) -> list[tuple[int, str, str]]:
    """(version, when, by whom) of a template of the practice, newest first."""
    found = []
    for version in record.history(principal, "List", id, count=50).entries:
        one = decode(version.content) if version.content else None
        if isinstance(one, r4.List):
            who = (one.source.display if one.source else None) or ""
            found.append((version.version, one.date or "", who))
    return found


def _new(code: str) -> r4.List:
    made = r4.List(status="current", mode="working")
    made.code = r4.CodeableConcept(
        coding=[r4.Coding(system=SYSTEM, code=CODE)], text="Letter template"
    )
    made.extension = [r4.Extension(url=INSTEAD, valueString=code)] if code else None
    return made


def _read(record: Record, principal: Principal, id: str) -> r4.List:
    found = decode(record.read(principal, "List", id).content)
    assert isinstance(found, r4.List), "a List is asked for"
    return found


def writable(record: Record, principal: Principal) -> bool:
    """Whether somebody may change templates."""
    return not isinstance(record.policy(principal).where("List", "create"), Nothing)
