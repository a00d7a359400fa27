"""Kinds of notes and the templates Osler comes with, out of `templates/*.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from osler.fhir import r4

LOINC = "http://loinc.org"
ADDENDUM = "55107-7"
_CLINICIANS = ("physician", "physician-own-patients", "local")


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a template: `code` is its LOINC code, if it has one; `prompt` the text it begins with."""

    title: str
    code: str = ""
    prompt: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """What a note begins as. `code` names a shipped one, or is the id of one of the practice or of a person."""

    code: str
    title: str
    loinc: str
    display: str
    sections: tuple[Section, ...]
    signers: tuple[str, ...] = _CLINICIANS
    needs_diagnosis: bool = True
    owner: str = ""  # "Practitioner/1" of a personal one
    version: int = 0

    def needs_cosign(self, roles: frozenset[str]) -> bool:
        """Whether a note of this kind by somebody of these roles asks for a clinician's signature too."""
        return not roles.intersection(self.signers)


@cache
def shipped() -> dict[str, Template]:
    """The templates that come with Osler, by code."""
    folder = resources.files(__package__) / "templates"
    files = [one for one in folder.iterdir() if one.name.endswith(".toml")]
    made = [_template(tomllib.loads(one.read_text("utf-8"))) for one in files]
    # What is written every day comes first.
    return {one.code: one for one in sorted(made, key=lambda one: (one.code != "visit", one.title))}


def _template(read: dict[str, object]) -> Template:
    sections = read["sections"]
    assert isinstance(sections, list)
    signers = read.get("signers")
    return Template(
        code=str(read["code"]),
        title=str(read["title"]),
        loinc=str(read["loinc"]),
        display=str(read["display"]),
        sections=tuple(Section(**one) for one in sections),
        signers=tuple(str(one) for one in signers) if isinstance(signers, list) else _CLINICIANS,
        needs_diagnosis=bool(read.get("needs_diagnosis", True)),
    )


def coded(code: str, display: str) -> r4.CodeableConcept:
    """A LOINC concept."""
    return r4.CodeableConcept(
        coding=[r4.Coding(system=LOINC, code=code, display=display)], text=display
    )
