"""Who there is in the sample practice: what is said of a patient, and the staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Sex = Literal["female", "male"]

WHITE = ("2106-3", "White")
BLACK = ("2054-5", "Black or African American")
ASIAN = ("2028-9", "Asian")
NATIVE = ("1002-5", "American Indian or Alaska Native")
OTHER = ("2131-1", "Other Race")


@dataclass(frozen=True, slots=True)
class Person:
    """Who a patient is, how old today, and which stories their chart tells (see `stories`)."""

    given: tuple[str, ...]
    family: str
    sex: Sex
    age: int
    race: tuple[str, str]
    language: str = "en"
    stories: tuple[str, ...] = ()
    hispanic: bool = False
    preferred: str | None = None
    birthday: tuple[int, int] | None = None  # month and day, where they matter to the story
    days: int | None = None  # how old in days, of the newborn
    former: tuple[str, str] | None = None  # given and family name before
    interpreter: bool = False
    pronouns: str | None = None
    marks: tuple[str, ...] = ()  # see `marks`

    @property
    def name(self) -> str:
        """As spoken."""
        return f"{self.given[0]} {self.family}"


@dataclass(frozen=True, slots=True)
class Clinician:
    """Someone who treats patients. The role is named, and coded in SNOMED where the GPS has it."""

    given: str
    family: str
    sex: Sex
    suffix: str
    role: tuple[str, str]
    children: bool = False
    site: int = 0
    resident: bool = False


@dataclass(frozen=True, slots=True)
class Colleague:
    """Someone who works in the practice and prescribes nothing; `role` is that of the account."""

    given: str
    family: str
    sex: Sex
    role: str
    title: str
    site: int = 0


DOCTOR = ("doctor", "Doctor")
NURSE = ("nurse", "Nurse")

STAFF = (
    Clinician("Ngozi", "Adeyemi", "female", "MD", DOCTOR),
    Clinician("Daniel", "Fernández", "male", "MD", DOCTOR, site=1),
    Clinician("Hannah", "Lindqvist", "female", "MD", DOCTOR, children=True),
    Clinician("Arjun", "Mehta", "male", "NP", NURSE, site=1),
    Clinician("Grace", "Tanaka", "female", "RN", NURSE),
    Clinician("Samuel", "Okafor", "male", "MD", DOCTOR, resident=True),
    Clinician("Ingrid", "Bauer", "female", "RN", NURSE, site=1),
)

SUPPORT = (
    Colleague("Lucía", "Ortega", "female", "medical-assistant", "Medical assistant"),
    Colleague("Tom", "Becker", "male", "front-desk", "Receptionist"),
    Colleague("Sunita", "Rao", "female", "biller", "Billing clerk"),
    Colleague("Viktor", "Novak", "male", "lab", "Laboratory technician"),
    Colleague("Amina", "Yusuf", "female", "pharmacist", "Pharmacist"),
    Colleague("Carol", "Whitfield", "female", "practice-admin", "Practice administrator"),
    Colleague("Peter", "Lang", "male", "privacy-officer", "Privacy officer"),
    Colleague("Mei", "Tan", "female", "system-admin", "System administrator"),
    Colleague("Renée", "Dubois", "female", "front-desk", "Receptionist", site=1),
    Colleague("Kofi", "Asante", "male", "medical-assistant", "Medical assistant", site=1),
)
