"""Every page, for every caller, with what is the caller's and with what is another's: as `pages.tsv` says.

A cell is the HTTP status, or `login` and `lock` where it leads there; `!` after it where the page has
something of the patient of another organization. Programs do not sign in to pages, so they have no column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from osler.access import shipped
from osler.kit import clock
from osler.kit.database import Database
from osler.record import Record
from tests.matrix import cast, chart, table
from tests.matrix.cast import OTHER, OWN, SUBJECTS

FILE = "pages.tsv"
ROLES = sorted(set(shipped()) - {"integration"})
OUTSIDE = ("nobody", "ended", "locked")
UNKNOWN = UUID(int=7)
_VARIABLE = re.compile(r"<\w+:(\w+)>|\(\?P<(?P<named>\w+)>[^)]*\)")
_SECRETS = (b"Family-zz-other", b"record of zz-other")


@dataclass
class Visitor:
    """Somebody with a browser."""

    account: Any
    cookie: str
    session: Any
    device: Any = None
    grant: Any = None


@pytest.fixture(scope="module")
def house(database_url: str, database: Database) -> Iterator[SimpleNamespace]:
    """The practice, with an account and a session for every role."""
    from tests.pages import use

    use(database_url)
    from osler.identity import principals, rights
    from osler.ui import door
    from tests.matrix import people

    record = Record(database, base_url="http://localhost/fhir")
    cast.settle(record)
    for subject in SUBJECTS:
        cast.put(record, *chart.items(subject))
    door.use(record)
    principals.use(database)
    roles = record.roles()
    rights.use(lambda: roles)
    visitors = {role: _visitor(role) for role in ROLES}
    visitors["locked"] = _visitor("nurse", "lockednurse", locked=True)
    visitors["ended"] = _visitor("nurse", "endednurse", ended=True)
    yield SimpleNamespace(visitors=visitors, about=_things(visitors))
    rights.use(shipped)
    people.close()


def _visitor(role: str, name: str = "", **state: bool) -> Visitor:
    from osler.identity.models import Device
    from tests.matrix import people

    person = {"patient": f"Patient/{OWN}", "proxy": f"RelatedPerson/{OWN}-mother"}
    account = people.account(
        role,
        name or role,
        person=person.get(role, "Practitioner/me"),
        patient=OWN if role == "patient" else "",
    )
    cookie, session = people.enter(account, **state)
    device = Device.objects.create(account=account, browser=f"browser of {account.username}")
    return Visitor(account, cookie, session, device)


def _things(visitors: Mapping[str, Visitor]) -> SimpleNamespace:
    """What addresses name: an invitation, a token, an authority over each patient."""
    from osler.access import LOCAL
    from osler.identity import invitations, tokens
    from osler.identity.models import ProxyGrant
    from tests.matrix import people

    grants = {}
    for subject, holder in zip(SUBJECTS, (visitors["proxy"].account, None), strict=True):
        grants[subject] = ProxyGrant.objects.create(
            account=holder or people.account("proxy", "otherproxy"),
            name="Mother",
            patient=subject,
            patient_name=f"Family-{subject}",
            person=f"RelatedPerson/{subject}-mother",
            kind="parent",
            categories=sorted(cast.CATEGORIES),
            basis="shown a document",
            granted_by="local",
        )
    links: list[str] = []

    def link(secret: str) -> str:
        links.append(secret)
        return f"http://localhost/{secret}"

    invited = invitations.invite(LOCAL, "new@example.org", "New", ["nurse"], link)[0]
    token = tokens.create(LOCAL, "lab-feed", scopes=["system/Observation.rs"])[0]
    other = people.account("patient", "otherpatient", patient=OTHER)
    return SimpleNamespace(
        grants=grants, secret=links[0], invitation=invited.pk, token=token.pk, other=other.pk
    )


# ---- every address that there is


def _plain(found: re.Match[str]) -> str:
    return f"<{found[1] or found['named']}>"


def addresses() -> dict[str, str]:
    """The names of the resolver's patterns by their text; the tests of Django must be set up."""
    from django.urls import get_resolver

    found: dict[str, str] = {}

    def walk(patterns: Any, before: str) -> None:
        for one in patterns:
            text = _VARIABLE.sub(_plain, f"{before}{one.pattern}").strip("$").replace("^", "")
            if hasattr(one, "url_patterns"):
                walk(one.url_patterns, text)
            else:
                found.setdefault(f"/{text}", one.name)

    walk(get_resolver().url_patterns, "")
    return found


def arguments(name: str, visitor: Visitor, about: SimpleNamespace, own: bool) -> dict[str, Any]:
    """What stands for the variables of an address; KeyError for one that nobody thought of here."""
    subject = OWN if own else OTHER
    mine: dict[str, Any] = {
        "invitation": {"secret": about.secret if own else "x" * 43},
        "provider": {"provider_id": "none"},
        "openid_connect_login": {"provider_id": "none"},
        "openid_connect_callback": {"provider_id": "none"},
        "account_reset_link": {"number": visitor.account.pk if own else about.other, "token": "x"},
        "account_end": {"number": visitor.session.pk if own else _session(about.other)},
        "account_forget_device": {"number": visitor.device.pk if own else _device(about.other)},
        "account_remove_factor": {"number": _factor(visitor.account.pk if own else about.other)},
        "people-again": {"number": about.invitation if own else UNKNOWN},
        "people-withdraw": {"number": about.invitation if own else UNKNOWN},
        "people-proxy-end": {"id": subject, "number": about.grants[subject].pk},
        "my-proxy-end": {"number": about.grants[subject].pk},
        "tokens-revoke": {"number": about.token if own else UNKNOWN},
        "privacy-case": {"id": f"{subject}-request"},
        "my-request": {"id": f"{subject}-request"},
        "my-consent-end": {"id": f"{subject}-consent"},
        "glass-end": {"patient": subject},
        "privacy-disclosures": {"patient": subject},
    }
    if name in mine:
        return dict(mine[name])
    if name in {"role", "role-edit", "role-reset"}:
        return {"code": "nurse" if own else "no-such-role"}
    if name.startswith(("people-patient", "people-code", "people-grant")):
        return {"id": subject}
    return {"number": visitor.account.pk if own else about.other}


def _session(account: UUID) -> UUID:
    from osler.identity.models import Account
    from tests.matrix import people

    return UUID(str(people.enter(Account.objects.get(pk=account))[1].pk))


def _device(account: UUID) -> UUID:
    from osler.identity.models import Device

    made = Device.objects.create(account_id=account, browser=f"other of {account}")
    return UUID(str(made.pk))


def _factor(account: UUID) -> int:
    from allauth.mfa.models import Authenticator

    made = Authenticator.objects.create(user_id=account, type="totp", data={})
    return int(made.pk)


def _address(name: str, named: Mapping[str, Any]) -> str:
    """The address; where "none" is no value of its kind, a number or a UUID that nothing has."""
    from django.urls import NoReverseMatch, reverse

    for nothing in ("none", 7):
        kwargs = {key: nothing if value == "none" else value for key, value in named.items()}
        try:
            return reverse(name, kwargs=kwargs)
        except NoReverseMatch:
            continue
    kwargs = {key: UNKNOWN if value == "none" else value for key, value in named.items()}
    return reverse(name, kwargs=kwargs)


def _named(
    name: str, path: str, visitor: Visitor, house: SimpleNamespace, *, own: bool
) -> dict[str, Any]:
    if path.startswith(("/staff/", "/account/", "/my/")):
        return arguments(name, visitor, house.about, own)
    return chart.arguments(name, path, own=own)


def visit(
    house: SimpleNamespace, caller: str, path: str, name: str, method: str, *, own: bool
) -> str:
    """The answer to one request; what it changed of accounts is undone."""
    from django.conf import settings
    from django.db import transaction
    from django.test import Client

    visitor = house.visitors.get(caller) or house.visitors["nurse"]
    browser = Client(SERVER_NAME="localhost")
    if caller != "nobody":
        browser.cookies[settings.SESSION_COOKIE_NAME] = visitor.cookie
    with transaction.atomic():
        named = _named(name, path, visitor, house, own=own) if "<" in path else {}
        address = _address(name, named)
        # A proxy's forms say whom they were opened for.
        sent = {"acting_for": OWN} if caller == "proxy" and path.startswith("/my/") else {}
        answer = browser.get(address) if method == "GET" else browser.post(address, sent)
        transaction.set_rollback(True)
    told = any(secret in answer.content for secret in _SECRETS) if not answer.streaming else False
    return f"{_said(answer)}{'!' if told else ''}"


def _said(answer: Any) -> str:
    place = answer.headers.get("Location", "")
    if place.startswith("/account/login/?next"):
        return "login"
    if place.startswith("/account/lock/"):
        return "lock"
    return str(answer.status_code)


def _everything(house: SimpleNamespace) -> table.Cells:
    found: table.Cells = {}
    for path, name in addresses().items():
        for method in ("GET", "POST"):
            cells = found.setdefault(f"{method} {path}", {})
            for caller in (*OUTSIDE, *ROLES):
                own = visit(house, caller, path, name, method, own=True)
                other = own
                if "<" in path:
                    other = visit(house, caller, path, name, method, own=False)
                cells[caller] = table.cell(own, other)
    return found


@pytest.mark.timeout(1200)
def test_every_page_answers_everybody_as_reviewed(house: SimpleNamespace) -> None:
    # What a visit does to a session is undone, so where this takes long all of them would fall asleep.
    with clock.frozen(clock.now()):
        found = _everything(house)
    table.draft(FILE, found)
    assert table.differences(table.expected(FILE), found) == []


_STAFF = ("/staff/", "/patients/", "/today/", "/results/", "/notes/", "/admin/", "/explore/")
_SIGNED_IN = (*_STAFF, "/my/", "/palette/", "/preferences/", "/drafts/", "/live/", "/gallery/")

# ---- what must hold of the table as it is written down, whatever was reviewed


def _reviewed() -> Iterator[tuple[str, str, str, str]]:
    for route, cells in table.expected(FILE).items():
        for caller, text in cells.items():
            own, _, other = text.partition("/")
            yield route, caller, own, other or own


def test_the_table_has_every_page_and_every_caller(house: SimpleNamespace) -> None:
    assert house.visitors
    wanted = table.expected(FILE)
    assert set(wanted) == {f"{way} {path}" for path in addresses() for way in ("GET", "POST")}
    assert all(set(cells) == {*OUTSIDE, *ROLES} for cells in wanted.values())


def test_no_page_is_a_fault() -> None:
    assert [one for one in _reviewed() if one[2][0] == "5" or one[3][0] == "5"] == []


def test_staff_pages_are_for_who_is_signed_in_and_unlocked() -> None:
    for route, caller, own, other in _reviewed():
        _, path = route.split(" ")
        if caller in OUTSIDE and path.startswith(_SIGNED_IN):
            allowed = {"423"} if caller == "locked" else {"login", "405"}
            assert {own, other} <= allowed, (route, caller)


def test_patients_and_proxies_have_no_page_of_the_staff() -> None:
    for route, caller, own, other in _reviewed():
        if caller in {"patient", "proxy"} and route.partition(" ")[2].startswith(_STAFF):
            assert {own, other} <= {"403", "405"}, (route, caller)


def test_only_the_privacy_officer_is_shown_another_organizations_patient() -> None:
    shown = {caller for _, caller, own, other in _reviewed() if "!" in own + other}
    assert shown == {"privacy-officer"}


def test_what_is_anothers_is_not_there() -> None:
    """Sessions, browsers, factors, requests, authorities: 404 whatever the id."""
    personal = (
        "/account/sessions/<",
        "/account/browsers/<",
        "/account/factors/<",
        "/my/requests/<",
    )
    checked = 0
    for route, caller, _, other in _reviewed():
        method, path = route.split(" ")
        if method == "POST" and path.startswith(personal) and caller not in OUTSIDE:
            assert other in {"404", "403"}, (route, caller)
            checked += 1
    assert checked >= 4 * len(ROLES)
