"""Order, pages, includes, and how a search is to be answered."""

from __future__ import annotations

import base64

import pytest

from osler.access import Rule, RulePolicy
from osler.kit.errors import Invalid, NotSupported
from osler.search import compile as compiler
from osler.search import cursor
from osler.search.parse import parse_where
from osler.search.tree import Everything
from tests.search.cast import observation
from tests.search.world import World

ORDERS = [
    ("Observation?status=final", "height-new pressure note height-old undated"),
    ("Observation?_sort=-date&status=final", "height-new pressure note height-old undated"),
    ("Observation?_sort=date&status=final", "height-old note pressure height-new undated"),
    ("Patient?_sort=family", "jose maria bare"),
    ("Patient?_sort=-family", "maria jose bare"),
    ("Patient?_sort=birthdate", "jose maria bare"),
    ("Patient?_sort=-birthdate", "maria jose bare"),
    ("Patient?_sort=gender,birthdate", "maria jose bare"),
    ("Patient?_sort=-gender", "jose maria bare"),
    ("Patient?_sort=_lastUpdated", "jose maria bare"),
    ("Patient?_sort=-_lastUpdated", "bare maria jose"),
    ("Patient?_sort=_id", "bare jose maria"),
    ("Patient?_sort=organization", "maria jose bare"),
    ("Patient?_sort=-death-date,_id", "maria bare jose"),
    ("Patient?_sort=identifier,_id", "jose maria bare"),
    ("Observation?_sort=-value-quantity&code=8302-2", "undated height-new height-old"),
    ("Observation?_sort=patient,-date&status=final", "undated height-new note height-old pressure"),
    (
        "Observation?_sort=status,code,_id",
        "smoker height-new height-old undated pressure note of-group",
    ),
    ("RiskAssessment?_sort=probability", "low-risk high-risk"),
    ("RiskAssessment?_sort=-probability", "high-risk low-risk"),
    ("Patient?_sort=_profile,_id", "jose bare maria"),
    ("Patient?_sort=phone,_id", "jose bare maria"),
]


@pytest.mark.parametrize(("url", "ids"), ORDERS)
def test_order(world: World, url: str, ids: str) -> None:
    assert world.find(url) == ids.split()


@pytest.mark.parametrize("url", [url for url, _ in ORDERS])
@pytest.mark.parametrize("size", [1, 2])
def test_pages_by_cursor_give_the_same_order_as_one_page(world: World, url: str, size: int) -> None:
    pages = world.pages(url, size)
    assert [id for page in pages for id in page] == world.find(url)
    assert all(len(page) == size for page in pages[:-1])


@pytest.mark.parametrize(
    "url", ["?_type=Patient,Observation", "?_lastUpdated=ge2024", "?_sort=_id"]
)
def test_pages_across_types(world: World, url: str) -> None:
    pages = world.pages(url, 3)
    assert [id for page in pages for id in page] == world.find(url)


def test_pages_stay_consistent_while_others_write(world: World) -> None:
    query = world.parse("Observation?code=paged&_count=2")
    world.add(
        *(
            observation(f"p{n}", "nobody", "paged", effectiveDateTime=f"2020-01-0{n}")
            for n in range(1, 6)
        )
    )
    first = world.rows(query, limit=2)
    assert [row[2] for row in first] == ["p5", "p4"]
    world.add(observation("p9", "nobody", "paged", effectiveDateTime="2020-02-01"))
    place = compiler.next_cursor(query, first[-1])
    second = world.rows(world.parse(f"Observation?code=paged&_cursor={place}"), limit=2)
    assert [row[2] for row in second] == ["p3", "p2"]


def test_a_cursor_that_was_changed_or_is_from_elsewhere_is_refused(world: World) -> None:
    query = world.parse("Patient?_sort=family")
    place = compiler.next_cursor(query, world.rows(query)[0])
    world.parse(f"Patient?_sort=family&_cursor={place}")
    raw = bytearray(base64.urlsafe_b64decode(place + "=="))
    raw[-2] ^= 1
    changed = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    for bad in (changed, place[:-3], "x", "", "é", "AAAA" * 5, place + "!"):
        with pytest.raises(Invalid):
            world.parse(f"Patient?_sort=family&_cursor={bad}")
    for other in ("Patient?_sort=-family", "Patient?_sort=given", "Observation?_sort=code"):
        with pytest.raises(Invalid):
            world.parse(f"{other}&_cursor={place}")


def test_a_cursor_made_by_someone_else_is_refused(world: World) -> None:
    places: list[tuple[str, tuple[str | None, ...]]] = [
        ("Patient?_sort=birthdate", ("yesterday", "1")),
        ("Patient?_sort=birthdate", ("2020-01-01", "x")),
        ("Patient?_sort=birthdate", ("2020-01-01", None)),
        ("Patient?_sort=birthdate", ("2020-01-01",)),
        ("Patient", ("x'); DROP TABLE resource; --", "1")),
        ("Observation?_sort=value-quantity", ("five", "1")),
        ("Patient?_sort=family,birthdate", ("a", "b", "c", "1")),
    ]
    for url, place in places:
        forged = cursor.encode(world.parse(url), place)
        with pytest.raises(Invalid):
            world.find(f"{url}{'&' if '?' in url else '?'}_cursor={forged}")


INCLUDES = [
    ("Observation?_id=height-old&_include=Observation:patient", "Patient/jose"),
    ("Observation?_id=height-old&_include=Observation:subject", "Patient/jose"),
    ("Observation?_id=height-old&_include=Observation:subject:Group", ""),
    ("Observation?_id=height-old&_include=Observation:performer", "Practitioner/house"),
    ("Observation?_id=height-new&_include=*", "Patient/jose Encounter/visit"),
    ("Observation?_id=height-new&_include=Observation:*", "Patient/jose Encounter/visit"),
    ("Observation?_id=height-new&_include=Observation:patient&_include=Patient:organization", "Patient/jose"),
    (
        "Observation?_id=height-new&_include=Observation:patient&_include:iterate=Patient:organization",
        "Patient/jose Organization/ward",
    ),
    (
        "Patient?_id=jose&_include=Patient:organization&_include:iterate=Organization:partof",
        "Organization/ward Organization/clinic Organization/hospital",
    ),
    ("Observation?_id=of-group&_include=Observation:subject", ""),
    ("Patient?_id=jose&_revinclude=Condition:patient", "Condition/diabetes"),
    ("Patient?_id=maria&_revinclude=Observation:performer", "Observation/note"),
    (
        "Patient?_id=jose&_revinclude=Observation:patient&_revinclude:iterate=Provenance:target",
        "Observation/height-old Observation/height-new Observation/note Provenance/who-wrote",
    ),
    ("Practitioner?_id=house&_revinclude=*",
     "Observation/height-old Patient/jose Appointment/meeting Provenance/who-wrote"),
    ("Organization?_id=clinic&_revinclude=Organization:partof", "Organization/ward"),
    ("Observation?_id=note&_revinclude=List:item", "List/favourites"),
    ("QuestionnaireResponse?_include=QuestionnaireResponse:patient", "Patient/jose"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "found"), INCLUDES)
def test_includes(world: World, url: str, found: str) -> None:
    assert world.included(url) == (set(found.split()), False)


def test_includes_are_capped_and_say_so(world: World) -> None:
    found, capped = world.included("Patient?_id=jose&_revinclude=Observation:patient", at_most=2)
    assert len(found) == 2
    assert capped


def test_includes_show_only_what_the_policy_shows(world: World) -> None:
    final = parse_where("Observation", "status=final", world.registry)
    policy = RulePolicy([Rule("Patient", Everything()), Rule("Observation", final)])
    url = "Patient?_revinclude=Observation:subject&_revinclude=Condition:patient"
    found, _ = world.included(url, policy)
    assert "Observation/smoker" not in found
    assert "Condition/diabetes" not in found
    assert "Observation/pressure" in found


def test_how_to_answer(world: World) -> None:
    query = world.parse(
        "Patient?name=x&_count=7&_total=accurate&_summary=data&_elements=name,gender&_containedType=contained"
    )
    assert (query.count, query.total, query.summary) == (7, "accurate", "data")
    assert query.elements == ("name", "gender")
    assert query.contained_type == "contained"
    assert query.used[0] == ("name", "x")


REFUSED = [
    "Patient?nonsense=1", "Patient?name:missing=maybe", "Patient?name:not=x", "Patient?gender:exact=x",
    "Patient?birthdate=yesterday", "Patient?birthdate=xx2020", "Patient?birthdate=2020-13",
    "Patient?birthdate=2020-02-30", "Patient?name=", "Patient?name=,", "Patient?_count=-1",
    "Patient?_count=x", "Patient?_count=99999999999", "Patient?_sort=nonsense", "Patient?_summary=maybe",
    "Patient?_total=some", "Patient?_elements=a b", "Patient?_include=Patient",
    "Patient?_include=Nothing:x", "Patient?_include=Patient:name", "Patient?_include:up=*",
    "Patient?_has:Observation:patient=1", "Patient?_has:Nothing:patient:code=1",
    "Patient?_has:Observation:code:code=1", "Patient?name.x=1", "Observation?patient.nonsense=1",
    "Observation?subject:Nothing.name=1", "Observation?patient:Group=1:2", "Patient?gender=|",
    "Patient?identifier:of-type=a|b", "Observation?value-quantity=abc", "Observation?value-quantity=5|mg",
    "Observation?value-quantity=1e999999", "RiskAssessment?probability=--1",
    "Observation?code-value-quantity=x", "Observation?code-value-quantity=x$y",
    "Patient?gender:in=http://nowhere/vs", "Patient?gender:below=male",
    "Observation?code:below=http://unknown.example|x", "ValueSet?url:below=urn:oid:1.2.3",
    "Location?near=100|200", "Location?near=x", "?name=x", "?_type=Nothing", "Patient?_type=Patient",
    "Nothing?name=x", "Patient?_text=,,,", "Patient?_filter=", "Patient?_filter=name",
    "Patient?_filter=name eq", "Patient?_filter=(name eq x", "Patient?_filter=name zz x",
    "Patient?_filter=nonsense eq x", 'Patient?_filter=name eq "x', "Patient?_filter=name eq x)",
    "Patient?_filter=birthdate co 2020", "Patient?name=%00", "Encounter?subject:below=Patient/x",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_wrong_is_refused_in_words(world: World, url: str) -> None:
    with pytest.raises(Invalid, match=r"\w+ \w+"):
        world.find(url)


@pytest.mark.parametrize(
    "url",
    ["Patient?_query=x", "Patient?_list=$current-problems",
     "Observation?component-code-value-quantity:missing=true",
     "Patient?_contained=both&_containedType=contained&_include=Patient:organization",
     "Patient?_contained=true&_containedType=contained&_revinclude=Observation:patient"],
)  # fmt: skip
def test_what_is_not_supported_says_so(world: World, url: str) -> None:
    with pytest.raises(NotSupported):
        world.find(url)


def test_lenient_ignores_unknown_parameters_and_says_so(world: World) -> None:
    query = world.parse(
        "Patient?nonsense=1&gender=male&_sort=nonsense&_include=Patient:nope", lenient=True
    )
    assert [row[2] for row in world.rows(query)] == ["jose"]
    assert [issue.severity for issue in query.warnings] == ["warning"] * 3
    assert query.used == (("gender", "male"),)
    with pytest.raises(Invalid):
        world.parse("Patient?name:nonsense=1", lenient=True)


def test_deleted_resources_are_not_found(world: World) -> None:
    world.add(observation("gone", "nobody", "gone"), deleted=True)
    assert world.find("Observation?code=gone") == []
    assert world.find("Patient?_has:Observation:patient:code=gone") == []
    assert world.find("?_id=gone") == []
