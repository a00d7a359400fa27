"""What is hidden of a resource shows in no answer, in no search, and is lost by no write."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from osler.access import LOCAL
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import Invalid, NotAllowed, OslerError, Unprocessable
from osler.record import Checks, Create, Delete, Everything, Patch, Record, Update, Version
from osler.record.fields import SUBSETTED, paths
from osler.search.parse import parse
from tests.record.cast import made, observation
from tests.record.staff import CLERK, clerk_role, person, practice, put

HIDDEN = ("Patient.telecom", "Patient.birthDate", "Observation.value", "Appointment.description")


@pytest.fixture
def record(fresh_database: Database) -> Record:
    record = practice(Record(fresh_database, base_url="http://localhost/fhir"))
    record.save_role(LOCAL, clerk_role(hidden=HIDDEN))
    put(record, person("ana", text=narrative("call 555-ana")))
    return record


def narrative(text: str) -> dict[str, str]:
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{text}</div>'}


def search(record: Record, type: str | None, *pairs: tuple[str, str]) -> tuple[Version, ...]:
    page = record.search(CLERK, parse(type, pairs, record.registry))
    return (*page.matches, *page.included)


# ---- outputs

RENAME = b'[{"op": "replace", "path": "/name/0/family", "value": "Other"}]'
Outputs = Callable[[Record], Any]
OUTPUTS: dict[str, Outputs] = {
    "read": lambda r: [r.read(CLERK, "Patient", "ana"), r.read(CLERK, "Observation", "ana-weight")],
    "vread": lambda r: [r.vread(CLERK, "Patient", "ana", 1), r.vread(CLERK, "Patient", "ana", 2)],
    "search": lambda r: search(r, "Patient", ("_id", "ana")),
    "include": lambda r: search(r, "Observation", ("_include", "Observation:patient")),
    "include all": lambda r: search(r, "Observation", ("_include", "*")),
    "revinclude": lambda r: search(r, "Patient", ("_revinclude", "Observation:patient")),
    "search of all types": lambda r: search(r, None, ("_lastUpdated", "gt2020")),
    "history": lambda r: r.history(CLERK, "Patient", "ana").entries,
    "history of a type": lambda r: r.history(CLERK, "Observation").entries,
    "history of all": lambda r: r.history(CLERK).entries,
    "everything": lambda r: r.everything(CLERK, "ana").versions,
    "export": lambda r: r.export(CLERK, "Patient"),
    "export with history": lambda r: r.export(CLERK, "Patient", history=True),
    "as of": lambda r: [r.as_of(CLERK, clock.now(), "Patient", "ana")],
    "as of a patient": lambda r: r.as_of_patient(CLERK, clock.now(), "ana"),
    "update": lambda r: [one.version for one in r.commit(CLERK, [Update(renamed(r))])],
    "update of nothing": lambda r: [one.version for one in r.commit(CLERK, [Update(again(r))])],
    "patch": lambda r: [one.version for one in r.commit(CLERK, [Patch("Patient", RENAME, id="ana")])],
    "conditional create": lambda r: [
        one.version for one in r.commit(CLERK, [Create(made(resourceType="Patient"), "_id=ana")])
    ],
}  # fmt: skip


def again(record: Record) -> Any:
    """Ana as the clerk has read her."""
    return decode(record.read(CLERK, "Patient", "ana").content)


def renamed(record: Record) -> Any:
    resource = again(record)
    resource.name[0].family = "Other"
    return resource


@pytest.mark.parametrize("output", OUTPUTS)
def test_no_answer_shows_what_is_hidden(record: Record, output: str) -> None:
    versions = list(OUTPUTS[output](record))
    assert versions
    for version in versions:
        text = version.content.decode()
        for secret in ("555-", "1970-01-01", "71.5", "telecom", "birthDate", "<div"):
            assert secret not in text, (version.type, secret)
        if version.type in ("Patient", "Observation"):
            assert SUBSETTED in json.loads(version.content)["meta"]["tag"]


def test_who_may_see_all_sees_all(record: Record) -> None:
    content = json.loads(record.read(LOCAL, "Patient", "ana").content)
    assert content["telecom"][0]["value"] == "555-ana"
    assert "tag" not in content["meta"]


def test_resources_inside_others_are_cut_too(record: Record) -> None:
    child = {"resourceType": "Patient", "id": "child", "birthDate": "2020-02-02", "gender": "other"}
    put(record, observation("ana", "inside", contained=[child], focus=[{"reference": "#child"}]))
    put(record, made(resourceType="Bundle", id="b", type="collection", entry=[{"resource": child}]))
    for type, id in (("Observation", "inside"), ("Bundle", "b")):
        text = record.read(CLERK, type, id).content
        assert b"2020-02-02" not in text
        assert b'"gender":"other"' in text
    inside = (("_contained", "true"), ("_containedType", "contained"))
    found = search(record, "Patient", ("gender", "other"), *inside)
    assert [one.id for one in found] == ["inside#child"]
    assert b"2020-02-02" not in found[0].content


def test_digits_stay_as_they_were(record: Record) -> None:
    put(record, observation("ana", "exact", referenceRange=[{"low": {"value": 1.50}, "text": "a"}]))
    text = record.read(CLERK, "Observation", "exact").content
    stored = record.read(LOCAL, "Observation", "exact").content
    assert json.loads(text)["referenceRange"] == json.loads(stored)["referenceRange"]
    put(record, made(resourceType="Observation", id="e", status="final", code={"text": "x"},
                     referenceRange=[{"low": {"value": 1}}]))  # fmt: skip
    patch = b'[{"op": "add", "path": "/referenceRange/0/low/value", "value": 2.500}]'
    record.commit(LOCAL, [Patch("Observation", patch, id="e")])
    assert b"2.500" in record.read(CLERK, "Observation", "e").content


def test_paths_are_the_names_in_json() -> None:
    assert ("valueQuantity",) in paths("Observation", ["Observation.value"])
    assert ("valueQuantity",) in paths("Observation", ["value[x]"])
    assert paths("Patient", ["contact.telecom"]) == {("contact", "telecom")}


# ---- searches

REFUSED: dict[str, tuple[str | None, tuple[tuple[str, str], ...]]] = {
    "parameter": ("Patient", (("birthdate", "1970-01-01"),)),
    "parameter of a part": ("Patient", (("phone", "555-ana"),)),
    "missing": ("Patient", (("telecom:missing", "false"),)),
    "sort": ("Patient", (("_sort", "birthdate"),)),
    "choice": ("Observation", (("value-quantity", "71.5"),)),
    "composite": ("Observation", (("code-value-quantity", "29463-7$71.5"),)),
    "combination": ("Observation", (("combo-value-quantity", "71.5"),)),
    "chain": ("Observation", (("patient.birthdate", "1970-01-01"),)),
    "typed chain": ("Observation", (("subject:Patient.telecom", "555-ana"),)),
    "has": ("Patient", (("_has:Observation:patient:value-quantity", "71.5"),)),
    "filter": ("Patient", (("_filter", "birthdate eq 1970-01-01"),)),
    "negative filter": ("Patient", (("_filter", "not(phone eq 555)"),)),
    "content": ("Patient", (("_content", "555"),)),
    "text": ("Patient", (("_text", "555"),)),
    "contained": ("Patient", (("birthdate", "1970"), ("_contained", "true"))),
    "types": (None, (("_type", "Patient"), ("birthdate", "1970-01-01"))),
    "text of several": (None, (("_type", "Patient,Observation"), ("_content", "555"))),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_search_that_reads_what_is_hidden_is_refused(record: Record, name: str) -> None:
    type, pairs = REFUSED[name]
    query = parse(type, pairs, record.registry)
    for ask in (record.search, record.count):
        with pytest.raises(NotAllowed, match="may not search"):
            ask(CLERK, query)
        ask(LOCAL, query)


def test_a_refused_search_names_parameter_and_element(record: Record) -> None:
    query = parse("Patient", [("phone", "555")], record.registry)
    with pytest.raises(NotAllowed, match=r"phone.*Patient\.telecom"):
        record.search(CLERK, query)


@pytest.mark.parametrize(
    "op",
    [
        Create(made(resourceType="Patient"), "phone=555-ana"),
        Update(made(resourceType="Patient"), where="phone=555-ana"),
        Patch("Patient", b"[]", where="birthdate=1970-01-01"),
        Delete("Patient", where="birthdate=1970-01-01"),
    ],
)
def test_conditions_of_writes_read_nothing_hidden(record: Record, op: Any) -> None:
    with pytest.raises(NotAllowed, match="may not search"):
        record.commit(CLERK, [op])


def test_references_by_condition_read_nothing_hidden(record: Record) -> None:
    weight = made(
        resourceType="Observation", status="final", code={"text": "x"},
        subject={"reference": "Patient?birthdate=1970-01-01"},
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="may not search"):
        record.commit(CLERK, [Create(weight)])
    with pytest.raises(NotAllowed, match="may not search"):
        record.find(CLERK, "Patient", "phone=555-ana")


def test_searches_by_what_is_shown_go_on(record: Record) -> None:
    assert [one.id for one in search(record, "Patient", ("family", "ana"))] == ["ana"]
    assert len(search(record, "Observation", ("code", "29463-7"), ("patient.family", "ana"))) == 1


def test_a_hidden_reference_is_not_followed(record: Record) -> None:
    record.save_role(LOCAL, clerk_role(hidden=("Observation.subject",)))
    for pairs in ([("_include", "Observation:subject")], [("_include", "Observation:patient")]):
        with pytest.raises(NotAllowed, match=r"Observation\.subject"):
            search(record, "Observation", *pairs)
    with pytest.raises(NotAllowed, match=r"Observation\.subject"):
        search(record, "Patient", ("_revinclude", "Observation:patient"))
    found = search(record, "Observation", ("_id", "ana-weight"), ("_include", "*"))
    assert {one.type for one in found} == {"Observation"}


def test_a_hidden_date_orders_nothing(record: Record) -> None:
    record.save_role(LOCAL, clerk_role(hidden=("Observation.effective",)))
    put(record, observation("ana", "old", effectiveDateTime="2001-01-01"))
    query = parse("Observation", [("_count", "1")], record.registry)
    page = record.search(CLERK, query)
    assert [one.id for one in page.matches] == ["old"]  # the last written, not the oldest
    with pytest.raises(NotAllowed, match="period"):
        record.everything(CLERK, "ana", Everything(start=clock.now()))
    shown = record.everything(CLERK, "ana", Everything(start=clock.now(), types=("Patient",)))
    assert shown.total == 1


# ---- writes


def stored(record: Record, id: str = "ana") -> dict[str, Any]:
    content: dict[str, Any] = json.loads(record.read(LOCAL, "Patient", id).content)
    return content


def test_an_update_keeps_what_its_author_does_not_see(record: Record) -> None:
    before = stored(record)
    record.commit(CLERK, [Update(renamed(record))])
    after = stored(record)
    assert after["name"][0]["family"] == "Other"
    assert (after["telecom"], after["birthDate"]) == (before["telecom"], before["birthDate"])
    assert "tag" not in after["meta"]
    assert "text" not in after  # it would repeat the old name


def test_a_narrative_that_says_more_than_the_data_is_kept(record: Record) -> None:
    text = narrative("afraid of dogs") | {"status": "additional"}
    put(record, person("ana", text=text))
    record.commit(CLERK, [Update(renamed(record))])
    assert stored(record)["text"] == text


def test_an_update_that_repeats_what_was_read_changes_nothing(record: Record) -> None:
    put(record, person("bob"))
    (outcome,) = record.commit(
        CLERK, [Update(decode(record.read(CLERK, "Patient", "bob").content))]
    )
    assert outcome.status == "unchanged"


@pytest.mark.parametrize("value", ["1970-01-01", "1999-09-09"])
def test_an_update_of_what_is_hidden_is_refused_whatever_the_value(
    record: Record, value: str
) -> None:
    resource = again(record)
    resource.birthDate = value
    with pytest.raises(NotAllowed, match=r"Patient\.birthDate"):
        record.commit(CLERK, [Update(resource)])


@pytest.mark.parametrize("value", ["555-ana", "555-guess"])
def test_a_patch_cannot_test_or_copy_what_is_hidden(record: Record, value: str) -> None:
    test = [{"op": "test", "path": "/telecom/0/value", "value": value}]
    copy = [{"op": "copy", "from": "/telecom/0/value", "path": "/name/0/text"}]
    answers = []
    for operations in (test, copy):
        with pytest.raises(OslerError) as error:
            record.commit(CLERK, [Patch("Patient", json.dumps(operations).encode(), id="ana")])
        answers.append(str(error.value))
    assert not any("555-ana" in answer for answer in answers)
    record.commit(CLERK, [Patch("Patient", RENAME, id="ana")])
    assert stored(record)["telecom"][0]["value"] == "555-ana"


def test_a_patch_that_adds_what_is_hidden_is_refused(record: Record) -> None:
    add = b'[{"op": "add", "path": "/birthDate", "value": "1970-01-01"}]'
    with pytest.raises(NotAllowed, match=r"Patient\.birthDate"):
        record.commit(CLERK, [Patch("Patient", add, id="ana")])


@pytest.mark.parametrize("update", [False, True])
def test_a_new_resource_with_what_is_hidden_is_refused(record: Record, update: bool) -> None:
    child = made(resourceType="Patient", id="new", birthDate="2020-02-02")
    with pytest.raises(NotAllowed, match=r"Patient\.birthDate"):
        record.commit(CLERK, [Update(child) if update else Create(child)])
    weight = observation(
        "ana", contained=[{"resourceType": "Patient", "id": "c", "birthDate": "2020"}]
    )
    weight.valueQuantity = None  # type: ignore[attr-defined]
    with pytest.raises(NotAllowed, match=r"Observation\.contained"):
        record.commit(CLERK, [Create(weight)])


def test_what_is_hidden_in_a_part_keeps_the_part_as_it_is(record: Record) -> None:
    record.save_role(LOCAL, clerk_role(hidden=("Patient.contact.telecom",)))
    contact = [{"name": {"family": "Mum"}, "telecom": [{"system": "phone", "value": "555-mum"}]}]
    put(record, person("ana", contact=contact))
    assert b"555-mum" not in record.read(CLERK, "Patient", "ana").content
    record.commit(CLERK, [Update(renamed(record))])
    assert stored(record)["contact"] == contact
    resource = again(record)
    resource.contact[0].name.family = "Dad"
    with pytest.raises(NotAllowed, match=r"Patient\.contact"):
        record.commit(CLERK, [Update(resource)])
    resource = again(record)
    resource.contact = None
    with pytest.raises(NotAllowed, match=r"Patient\.contact"):
        record.commit(CLERK, [Update(resource)])


def test_what_a_resource_cannot_be_without_cannot_be_hidden(record: Record) -> None:
    for element in ("Observation.status", "Observation.code", "Patient.contact.nonsense"):
        with pytest.raises(Unprocessable):
            record.save_role(LOCAL, clerk_role(hidden=(element,)))


# ---- read-only


@pytest.fixture
def careful(record: Record) -> Record:
    record.save_role(
        LOCAL,
        clerk_role(readonly=("Patient.birthDate", "Patient.name.family", "Patient.meta.security")),
    )
    return record


def change(resource: Any, name: str) -> None:
    match name:
        case "birthDate":
            resource.birthDate = "1971-01-01"
        case "birthDate taken away":
            resource.birthDate = None
        case "name":
            resource.name[0].family = "Other"
        case "name taken away":
            resource.name = None
        case "labels":
            resource.meta.security = [made_coding()]


def made_coding() -> Any:
    from osler.fhir import r4

    return r4.Coding(system="urn:x", code="y")


@pytest.mark.parametrize(
    "name", ["birthDate", "birthDate taken away", "name", "name taken away", "labels"]
)
def test_what_is_read_only_is_shown_and_not_changed(careful: Record, name: str) -> None:
    resource = again(careful)
    assert resource.birthDate == "1970-01-01"
    change(resource, name)
    with pytest.raises(NotAllowed, match="not change it"):
        careful.commit(CLERK, [Update(resource)])


def test_the_rest_is_changed(careful: Record) -> None:
    resource = again(careful)
    resource.gender = "other"
    resource.name[0].given = ["Ann"]
    careful.commit(CLERK, [Update(resource)])
    assert stored(careful)["gender"] == "other"


def test_a_patch_of_what_is_read_only_is_refused(careful: Record) -> None:
    patch = b'[{"op": "replace", "path": "/birthDate", "value": "1980-01-01"}]'
    with pytest.raises(NotAllowed, match=r"Patient\.birthDate"):
        careful.commit(CLERK, [Patch("Patient", patch, id="ana")])


def test_a_new_resource_has_nothing_read_only(careful: Record) -> None:
    with pytest.raises(NotAllowed, match=r"Patient\.birthDate"):
        careful.commit(CLERK, [Create(made(resourceType="Patient", birthDate="2020-02-02"))])
    careful.commit(CLERK, [Create(made(resourceType="Patient", gender="other"))])


def test_whoever_may_not_see_or_change_all_loads_nothing(record: Record) -> None:
    checks = Checks()
    for role in (clerk_role(hidden=("Patient.telecom",)), clerk_role(readonly=("Patient.name",))):
        record.save_role(LOCAL, role)
        with pytest.raises(NotAllowed, match="every Patient"):
            record.load(CLERK, [made(resourceType="Patient", id="n")], checks=checks, source="t")
        versions = [record.vread(LOCAL, "Patient", "bob", 1)]
        with pytest.raises(NotAllowed, match="every Patient"):
            record.restore(CLERK, [versions], source="t")


def test_what_has_no_hidden_elements_is_answered_byte_by_byte(record: Record) -> None:
    record.save_role(LOCAL, clerk_role())
    for type, id in (("Patient", "ana"), ("Observation", "ana-weight")):
        mine, whole = record.read(CLERK, type, id), record.read(LOCAL, type, id)
        assert mine.content == whole.content


def test_a_condition_that_cannot_be_read_is_still_refused_as_such(record: Record) -> None:
    with pytest.raises(Invalid):
        record.commit(CLERK, [Delete("Patient", where="")])
