"""What is typed finds whom it means, in the order of how well they fit, and nobody else's patients."""

from __future__ import annotations

import pytest

from osler.access import LOCAL, Principal
from osler.clinic.patients.searching import find, known
from osler.record import AuditQuery, Record
from tests.clinic.patients.conftest import staff

FINDS = [
    ("okafor", "okafor2 okafor far gone"),
    ("Okafor, Chinedu", "okafor gone"),
    ("chinedu okafor", "okafor gone"),
    ("paul oka", "okafor"),
    ("oka chi", "okafor2 okafor far gone"),
    ("okafor 3/14/68", "okafor gone"),
    ("14.3.1968", "okafor gone"),
    ("okafor 4/3/1968", "okafor2"),
    ("3/4/1968 okafor", "okafor2"),
    ("MRN-000123", "okafor"),
    ("mrn000123", "okafor"),
    ("617.555.0142", "okafor"),
    ("(617)5550199", "smith"),
    ("5550199", "smith"),
    ("0199", "smith"),
    ("smith", "smith smyth"),
    ("smyth", "smyth smith"),
    ("catherine smith", "smith smyth"),
    ("whitfield", "smith"),
    ("muller", "mueller"),
    ("Mueller", "mueller"),
    ("MÜLLER jurgen", "mueller"),
    ("lopez", "lopez"),
    ("jose garcia", "lopez"),
    ("oneil", "oneil"),
    ("O'Neil", "oneil"),
    ("delacruz", "cruz"),
    ("dela cruz", "cruz"),
    ("okafro", "okafor2 okafor far gone"),
    ("okafr", "okafor2 okafor far gone"),
    ("19680314", "okafor oneil gone"),
    ("zebra", ""),
    ("o", ""),
    ("%", ""),
    ("okafor zebra", ""),
    ("okafor 1/1/1999", ""),
]


@pytest.mark.parametrize(("text", "found"), FINDS)
def test_what_is_typed_finds(people: Record, text: str, found: str) -> None:
    assert [one.id for one in find(people, LOCAL, text)] == found.split()


def test_names_that_are_alike_are_marked(people: Record) -> None:
    assert {one.id: one.similar for one in find(people, LOCAL, "smith")} == {
        "smith": True,
        "smyth": True,
    }
    assert not any(one.similar for one in find(people, LOCAL, "lopez"))


def test_what_does_not_fit_by_letters_says_why(people: Record) -> None:
    assert {one.id: one.why for one in find(people, LOCAL, "smyth")} == {
        "smyth": "",
        "smith": "sounds alike",
    }


def test_those_opened_last_come_first_among_equals(people: Record) -> None:
    assert next(iter(find(people, LOCAL, "oka", recent=["far"]))).id == "far"
    assert [one.id for one in known(people, LOCAL, ["far", "smith", "nobody"])] == ["far", "smith"]


def test_nobody_of_another_practice_is_found(people: Record) -> None:
    desk = staff(people, "front-desk", "here", "desk-here")
    assert "far" not in {one.id for one in find(people, desk, "okafor")}
    assert find(people, desk, "chioma") == []
    assert known(people, desk, ["far"]) == []


def test_a_patient_finds_themselves_alone(people: Record) -> None:
    me = Principal(id="x", roles=frozenset({"patient"}), patient="okafor", person="Patient/okafor")
    assert {one.id for one in find(people, me, "okafor")} <= {"okafor"}


def test_who_has_no_role_finds_nobody(people: Record) -> None:
    assert find(people, Principal(id="nobody"), "okafor") == []


def test_the_audit_has_every_patient_that_was_shown(people: Record) -> None:
    find(people, LOCAL, "whitfield")
    row = next(iter(people.audit(LOCAL, AuditQuery()).rows))
    assert list(row.patients) == ["smith"]
