"""Those who were somebody: the ex-employee, the proxy who no longer is one, the program with a narrow token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from osler.access import LOCAL, ProxyScope
from osler.kit import clock
from osler.kit.database import Database
from osler.record import Record
from tests.attacks.conftest import Api, AsIf
from tests.matrix.cast import OTHER, OWN
from tests.rest.wsgi import Client, Reply

Later = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def gate(pages: None, record: Record, database: Database, door: Client) -> Iterator[Any]:
    """The API behind its real front door, for cookies and tokens."""
    from osler.identity import principals, rights
    from osler.ui import door as ui

    ui.use(record)
    principals.use(database)
    rights.use(record.roles)

    def call(method: str, path: str, body: Any = b"", **headers: str) -> Reply:
        return door(method, path, body, **headers)

    yield call
    from osler.access import shipped

    rights.use(shipped)


@pytest.fixture
def nurse(gate: Any) -> SimpleNamespace:
    """A nurse who works here and is signed in."""
    from tests.matrix import people

    account = people.account("nurse", "ana", person="Practitioner/me")
    key, row = people.enter(account)
    return SimpleNamespace(account=account, cookie=people.cookie(key), row=row)


def test_the_ex_employee_is_out_at_once(gate: Any, nurse: SimpleNamespace) -> None:
    """Session, token, a proof asked for a moment ago: nothing is left after `disable`."""
    from osler.identity import people, tokens

    me = f"/fhir/Patient/{OWN}"
    _, token = tokens.create(LOCAL, "ana-script", scopes=["system/*.rs"])
    bearer = {"authorization": f"Bearer {token}"}
    assert gate("GET", me, cookie=nurse.cookie).status == 200
    assert gate("GET", me, **bearer).status == 200
    people.disable(LOCAL, people.found("ana"))
    people.disable(LOCAL, people.found("ana-script"))
    assert gate("GET", me, cookie=nurse.cookie).status == 401
    assert gate("GET", me, **bearer).status == 401
    people.enable(LOCAL, people.found("ana"))
    assert gate("GET", me, cookie=nurse.cookie).status == 401  # Coming back is a sign-in.


def test_the_ex_employee_is_out_even_where_only_the_row_says_so(
    gate: Any, nurse: SimpleNamespace
) -> None:
    """Not the end of the sessions keeps them out but the account itself."""
    from osler.identity.models import Account, Session

    Account.objects.filter(pk=nurse.account.pk).update(is_active=False)
    assert Session.objects.filter(account=nurse.account, ended=None).exists()
    assert gate("GET", f"/fhir/Patient/{OWN}", cookie=nurse.cookie).status == 401


def test_who_is_moved_to_another_role_loses_the_first_at_once(
    gate: Any, nurse: SimpleNamespace
) -> None:
    from osler.identity import people

    people.set_roles(LOCAL, nurse.account, ["biller"])
    assert gate("GET", f"/fhir/Observation/{OWN}-sodium", cookie=nurse.cookie).status == 401


def test_who_no_longer_works_here_sees_nothing_more(gate: Any, nurse: SimpleNamespace) -> None:
    """The account is open still; the PractitionerRole has ended."""
    path, theirs = "/fhir/PractitionerRole/me-here", "/fhir/Patient/zz-of-the-practice"
    job = gate("GET", path, x_caller="local").json
    patient = {
        "resourceType": "Patient",
        "id": "zz-of-the-practice",
        "managingOrganization": {"reference": "Organization/here"},
    }
    assert gate("PUT", theirs, patient, x_caller="local").status in {200, 201}
    assert gate("GET", theirs, cookie=nurse.cookie).status == 200
    try:
        gate("PUT", path, {**job, "active": False}, x_caller="local")
        assert gate("GET", theirs, cookie=nurse.cookie).status == 404
    finally:
        assert gate("PUT", path, {**job, "active": True}, x_caller="local").status == 200


# ---- cross-site writes with a session


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "https://evil.example"}, {"origin": "null"}, {"x_csrftoken": "x" * 32},
     {"x_csrftoken": "x" * 64}, {"sec_fetch_site": "cross-site"}, {"content_type": "text/plain"}],
    ids=str,
)  # fmt: skip
def test_a_session_writes_nothing_without_its_own_token(
    gate: Any, nurse: SimpleNamespace, method: str, headers: dict[str, str]
) -> None:
    paths = {"POST": "/fhir/Observation"}
    path = paths.get(method, f"/fhir/Observation/{OWN}-sodium")
    cookie = f"{nurse.cookie}; osler-csrf={'y' * 32}"
    answer = gate(method, path, {"resourceType": "Observation"}, cookie=cookie, **headers)
    assert answer.status == 403
    # Nor a search by form, which writes only the audit, nor a bundle that reads.
    assert gate("POST", "/fhir", {"resourceType": "Bundle"}, cookie=cookie, **headers).status == 403


def test_a_method_override_is_not_heeded(gate: Any, nurse: SimpleNamespace) -> None:
    path = f"/fhir/Observation/{OWN}-sodium"
    for name in ("x_http_method_override", "x_method_override", "x_http_method"):
        gate("GET", path, cookie=nurse.cookie, **{name: "DELETE"})
        gate("GET", f"{path}?_method=DELETE", cookie=nurse.cookie)
    assert gate("GET", path, cookie=nurse.cookie).status == 200


# ---- proxies


@pytest.fixture
def mother(gate: Any) -> SimpleNamespace:
    """A proxy of one's own, signed in, with everything until the child's birthday."""
    from osler.identity.models import ProxyGrant
    from tests.matrix import people

    account = people.account("proxy", "mum", person=f"RelatedPerson/{OWN}-mother")
    now = clock.now()
    granted = ProxyGrant.objects.create(
        account=account, name="Mum", patient=OWN, patient_name="Child", kind="parent",
        person=f"RelatedPerson/{OWN}-mother", categories=["clinical", "scheduling"],
        narrowed=["scheduling"], narrows=now + timedelta(minutes=5), ends=now + timedelta(minutes=8),
        basis="document", granted_by="local",
    )  # fmt: skip
    key, _ = people.enter(account)
    return SimpleNamespace(account=account, cookie=people.cookie(key), granted=granted)


def as_mother(gate: Any, mother: SimpleNamespace, path: str, patient: str = OWN) -> int:
    status: int = gate("GET", path, cookie=mother.cookie, x_acting_for=f"Patient/{patient}").status
    return status


def test_a_proxy_ends_with_the_childs_birthday(
    gate: Any, mother: SimpleNamespace, later: Later
) -> None:
    """First narrower, then not at all, in the session that is open."""
    chart, visit = f"/fhir/Observation/{OWN}-sodium", f"/fhir/Appointment/{OWN}-visit"
    assert (as_mother(gate, mother, chart), as_mother(gate, mother, visit)) == (200, 200)
    with later(minutes=6):
        assert (as_mother(gate, mother, chart), as_mother(gate, mother, visit)) == (404, 200)
    with later(minutes=9):
        assert (as_mother(gate, mother, chart), as_mother(gate, mother, visit)) == (403, 403)
        assert gate("GET", chart, cookie=mother.cookie).status in {403, 404}


def test_a_revoked_proxy_is_one_no_more_at_the_next_request(
    gate: Any, mother: SimpleNamespace
) -> None:
    from osler.identity import proxies

    chart = f"/fhir/Observation/{OWN}-sodium"
    assert as_mother(gate, mother, chart) == 200
    proxies.end(LOCAL, str(mother.granted.pk))
    assert as_mother(gate, mother, chart) == 403


def test_a_proxy_acts_for_nobody_else(gate: Any, mother: SimpleNamespace) -> None:
    for patient in (OTHER, "zz-none", "", f"{OWN},{OTHER}", f"../{OWN}", f"{OWN}/../{OTHER}"):
        assert as_mother(gate, mother, f"/fhir/Patient/{OTHER}", patient) == 403
    assert as_mother(gate, mother, f"/fhir/Patient/{OTHER}") == 404
    assert gate("GET", f"/fhir/Patient/{OWN}", cookie=mother.cookie).status == 404  # As herself.


@pytest.mark.parametrize(
    ("categories", "seen"),
    [
        (["clinical"], ["Observation"]),
        (["scheduling"], ["Appointment"]),
        (["billing"], []),
        (["messages"], []),
        ([], []),
        (["everything", "*"], []),
    ],
    ids=str,
)
def test_a_proxy_stays_within_its_categories(
    api: Api, as_if: AsIf, categories: list[str], seen: list[str]
) -> None:
    caller = as_if("proxy", proxy=ProxyScope(frozenset(categories)))
    for type, id in (("Observation", f"{OWN}-sodium"), ("Appointment", f"{OWN}-visit")):
        expected = 200 if type in seen else 404
        assert api(caller, "GET", f"/fhir/{type}/{id}").status == expected
        found = api(caller, "GET", f"/fhir/Patient?_id={OWN}&_revinclude=*").body.decode()
        everything = api(caller, "GET", f"/fhir/Patient/{OWN}/$everything").body.decode()
        for text in (found, everything):
            assert (f'"id":"{id}"' in text) <= (type in seen)


# ---- tokens


@pytest.mark.parametrize(
    ("scopes", "reads", "writes"),
    [
        (["system/Observation.rs"], ["Observation"], []),
        (["system/Observation.read"], ["Observation"], []),
        (["system/Patient.cruds"], ["Patient"], ["Patient"]),
        (["patient/*.cruds"], [], []),
        # The user of a program is the program.
        (["user/*.cruds"], ["Patient", "Observation"], ["Patient", "Observation"]),
        (["system/*"], [], []),
        (["*"], [], []),
        (["system/observation.rs", "system/ *.rs", "SYSTEM/*.cruds"], [], []),
        ([], [], []),
    ],
    ids=str,
)  # fmt: skip
def test_a_token_is_no_wider_than_its_scopes(
    gate: Any, scopes: list[str], reads: list[str], writes: list[str]
) -> None:
    from osler.identity import tokens

    token, text = tokens.create(LOCAL, "narrow", scopes=[])
    # Past the check of what is asked for: what a table has must not open more either.
    token.scopes = scopes
    token.save()
    bearer = {"authorization": f"Bearer {text}"}
    for type, id in (("Patient", OWN), ("Observation", f"{OWN}-sodium")):
        path = f"/fhir/{type}/{id}"
        asked = {**bearer, "x_scope": "system/*.cruds", "x_purpose_of_use": "TREAT"}
        assert (gate("GET", path, **asked).status == 200) == (type in reads), type
        stored = gate("GET", path, x_caller="local").json
        assert (gate("PUT", path, stored, **asked).status < 300) == (type in writes), type
    found = gate("GET", "/fhir/Patient?_revinclude=Observation:subject", **bearer)
    if found.status == 200:
        types = {one["resource"]["resourceType"] for one in found.json.get("entry", ())}
        assert types <= set(reads)
    assert gate("GET", "/fhir/AuditEvent", **bearer).status == 403


def test_a_second_token_of_a_service_does_not_widen_the_first(gate: Any) -> None:
    from osler.identity import tokens

    _, narrow = tokens.create(LOCAL, "feed", scopes=["system/Observation.rs"])
    tokens.create(LOCAL, "feed", scopes=["system/*.cruds"])
    path = f"/fhir/Patient/{OWN}"
    assert gate("GET", path, authorization=f"Bearer {narrow}").status == 404
    for odd in (f"bearer {narrow} x", f"Basic {narrow}", f"Bearer {narrow},{narrow}", "Bearer "):
        assert gate("GET", path, authorization=odd).status == 401


# ---- headers


@pytest.mark.parametrize("id", ["a\r\nSet-Cookie: x=1", "x" * 200, "a b", "<script>", "\u0000"])
def test_a_request_id_begins_no_header(gate: Any, id: str) -> None:
    answer = gate("GET", "/fhir/metadata", x_request_id=id)
    assert answer.headers["x-request-id"] != id and "set-cookie" not in answer.headers
    assert all("\n" not in one and "\r" not in one for one in answer.headers.values())


@pytest.mark.parametrize(
    "body", ['{"a":' * 20000 + "1" + "}" * 20000, "[" * 100_000, '{"resourceType":"Patient","name":' + "[" * 5000]
)  # fmt: skip
def test_deep_bodies_are_no_fault(api: Api, body: str) -> None:
    assert api("nurse", "POST", "/fhir/Patient", body).status in {400, 403, 413, 422}


def test_a_gzip_bomb_is_not_unfolded(api: Api) -> None:
    import gzip

    bomb = gzip.compress(b'{"resourceType":"Patient","text":"' + b" " * 200_000_000 + b'"}', 9)
    assert len(bomb) < 300_000
    answer = api("nurse", "POST", "/fhir/Patient", bomb, content_encoding="gzip")
    assert answer.status == 413
