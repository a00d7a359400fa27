"""Whatever is asked, the answer is a search or an error with words; the compiled SQL always runs."""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from osler.kit.errors import Invalid, NotSupported
from osler.search.filter import parse_filter
from osler.search.parse import parse
from osler.search.registry import Registry
from osler.search.terms import Terms
from tests.search.world import EVERYWHERE, World

REGISTRY = Registry.builtin()
TYPES = st.sampled_from(["Patient", "Observation", "Location", "DocumentReference", None])
CODES = sorted(
    {code for type in ("Patient", "Observation", "Location") for code in REGISTRY.for_type(type)}
)
names = st.one_of(
    st.sampled_from(CODES),
    st.sampled_from(
        ["_sort", "_count", "_include", "_revinclude", "_has:Observation:patient:code", "_list", "_type", "_text",
         "_content", "_filter", "_cursor", "_elements", "_total", "_summary", "_contained", "near", "_query"]
    ),
    st.tuples(st.sampled_from(CODES), st.sampled_from([":not", ":missing", ":exact", ":in", ":above", ":below", ":text",
              ":identifier", ":Patient", ":of-type", ":contains", ".name", ":Patient.name",
              "._has:Observation:patient:date"]))
    .map("".join),
    st.text(max_size=12),
)  # fmt: skip
values = st.one_of(
    st.text(max_size=20),
    st.text(st.sampled_from("0123456789-:TZ.+ eqgltabp|$,\\%_'\";/()[]*"), max_size=25),
    st.sampled_from(
        ["true", "male", "Patient/1", "http://x|y", "ge2020", "5.4||mg", "le-1e400", "9999-12-31", "0001", "2020-02-30",
         "2020-01-01T24:00:00Z", "2020-06-30T23:59:60Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
         "1e-400", "\ud800", "'; DROP TABLE resource; --", "%s %(x)s {} {x}", "Patient:organization", "*", "-date"]
    ),
)  # fmt: skip


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(TYPES, st.lists(st.tuples(names, values), max_size=4), st.booleans())
@example("Patient", [("birthdate", "9999")], False)
@example("Patient", [("birthdate", "ap0001")], False)
@example("Patient", [("birthdate", "gt0001-01-01T00:00:00+14:00")], False)
@example("Observation", [("date", "ge0001")], False)
@example("Observation", [("value-quantity", "ap99999||%")], False)
@example("Patient", [("name", "\\")], False)
@example("Patient", [("name:contains", "\\%_")], False)
def test_any_search_parses_or_is_refused_and_what_parses_runs(
    world: World, type: str | None, pairs: list[tuple[str, str]], lenient: bool
) -> None:
    try:
        query = parse(type, pairs, REGISTRY, lenient=lenient)
        world.rows(query, EVERYWHERE, limit=3)
    except (Invalid, NotSupported):
        return


words = st.sampled_from(
    ["name", "birthdate", "eq", "ne", "co", "and", "or", "not", "(", ")", "[", "]", '"x"', '"', "2020", ".", "pr",
     "true", "organization", "organization.name", "organization[", "].name", "general-practitioner:Practitioner.name",
     "\\", "in"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.lists(words, max_size=14).map(" ".join), st.text(max_size=30)))
@example("(" * 5000)
@example("not " * 2000 + "name eq x")
@example("organization." * 400 + "name eq x")
@example("general-practitioner." * 40 + "name eq x")
@example("link." * 40 + "name eq x")
def test_any_filter_parses_or_is_refused(text: str) -> None:
    try:
        parse_filter(text, Terms(REGISTRY, "Patient"))
    except (Invalid, NotSupported):
        return
