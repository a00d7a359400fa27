"""The made-up people of the sample practice: patients with their stories, and staff."""

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

    @property
    def name(self) -> str:
        """As spoken."""
        return f"{self.given[0]} {self.family}"


PATIENTS = (
    Person(
        ("José", "Luis"),
        "García Márquez",
        "male",
        58,
        OTHER,
        "es",
        ("hypertension", "diabetes"),
        hispanic=True,
    ),
    Person(("María",), "Núñez", "female", 67, OTHER, "es", ("diabetes", "kidney"), hispanic=True),
    Person(("Margaret", "Anne"), "O’Brien", "female", 81, WHITE, "en", ("heart", "osteoporosis")),
    Person(("Kwame",), "Mensah", "male", 49, BLACK, "en", ("hypertension",)),
    Person(("Nguyễn Thị",), "Hương", "female", 44, ASIAN, "vi", ("thyroid",)),
    Person(("Wei",), "Zhang", "male", 36, ASIAN, "zh", ("reflux",), preferred="David"),
    Person(("Siân",), "Llewellyn", "female", 29, WHITE, "en", ("pregnancy",)),
    Person(("Aaliyah",), "Johnson", "female", 7, BLACK, "en", ("child", "asthma")),
    Person(("Björn",), "Ångström", "male", 72, WHITE, "en", ("fibrillation", "hypertension")),
    Person(("Fatima", "Zahra"), "El-Amin", "female", 38, WHITE, "ar", ("anemia",)),
    Person(("Priya",), "Raghunathan", "female", 52, ASIAN, "hi", ("diabetes", "thyroid")),
    Person(("Tadeusz",), "Wójcik", "male", 63, WHITE, "pl", ("hypertension", "knee")),
    Person(("Chloë",), "Müller", "female", 24, WHITE, "en", ("migraine",)),
    Person(("Dante",), "Rossi", "male", 41, WHITE, "en", ("depression",)),
    Person(("Yusuf",), "Abdi Warsame", "male", 33, BLACK, "so", ("well",)),
    Person(("Ji-woo",), "Kim", "female", 27, ASIAN, "ko", ("anxiety",)),
    Person(("Zoë", "Grace"), "Thompson", "female", 2, WHITE, "en", ("child", "ear")),
    Person(("Noah",), "Begay", "male", 12, NATIVE, "en", ("child", "eczema")),
    Person(("Olga", "Petrovna"), "Sokolova", "female", 69, WHITE, "ru", ("hypertension", "knee")),
    Person(("Hassan",), "Rahimi", "male", 55, WHITE, "fa", ("diabetes", "hypertension")),
    Person(
        ("Ana", "Lúcia"), "Conceição", "female", 47, OTHER, "pt", ("hypertension",), hispanic=True
    ),
    Person(("Thabo",), "Nkosi", "male", 61, BLACK, "en", ("hypertension", "kidney")),
    Person(("Élodie",), "Lefèvre", "female", 31, WHITE, "fr", ("well", "hayfever")),
    Person(("Patrick", "Seán"), "Ó Dálaigh", "male", 45, WHITE, "en", ("depression", "reflux")),
    Person(("Sofía",), "Castañeda", "female", 5, OTHER, "es", ("child",), hispanic=True),
    Person(("Emeka",), "Okonkwo", "male", 9, BLACK, "en", ("child", "asthma")),
    Person(("Leilani",), "Kahananui", "female", 34, OTHER, "en", ("urinary",)),
    Person(("Anh",), "Trần", "male", 76, ASIAN, "vi", ("diabetes", "fibrillation")),
    Person(("Ruth",), "Goldberg", "female", 74, WHITE, "en", ("thyroid", "osteoporosis")),
    Person(("Mateo",), "Hernández", "male", 0, OTHER, "es", ("child",), hispanic=True),
    Person(("Jean-Baptiste",), "Étienne", "male", 52, BLACK, "ht", ("hypertension",)),
    Person(("Amara",), "Diallo", "female", 22, BLACK, "fr", ("ankle",)),
    Person(
        ("Robert",), "Smith", "male", 65, WHITE, "en", ("hypertension", "reflux"), preferred="Bob"
    ),
    Person(("Robert",), "Smith", "male", 33, WHITE, "en", ("well",)),
    Person(("Imani",), "Washington", "female", 16, BLACK, "en", ("child", "anxiety")),
    Person(("Giovanni",), "D’Angelo", "male", 57, WHITE, "en", ("diabetes", "hypertension")),
)


@dataclass(frozen=True, slots=True)
class Clinician:
    """Someone who treats patients. The role is named, and coded in SNOMED where the GPS has it."""

    given: str
    family: str
    sex: Sex
    suffix: str
    role: tuple[str, str]
    children: bool = False


@dataclass(frozen=True, slots=True)
class Colleague:
    """Someone who works in the practice and prescribes nothing; `role` is that of the account."""

    given: str
    family: str
    sex: Sex
    role: str
    title: str


DOCTOR = ("doctor", "Doctor")
NURSE = ("nurse", "Nurse")

STAFF = (
    Clinician("Ngozi", "Adeyemi", "female", "MD", DOCTOR),
    Clinician("Daniel", "Fernández", "male", "MD", DOCTOR),
    Clinician("Hannah", "Lindqvist", "female", "MD", DOCTOR, children=True),
    Clinician("Arjun", "Mehta", "male", "NP", NURSE),
    Clinician("Grace", "Tanaka", "female", "RN", NURSE),
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
)
