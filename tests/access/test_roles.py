"""Roles as data: what is shipped, what is refused, how it is said in words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from osler.access import PERMISSIONS, Grant, Role, check, shipped, words
from osler.access.groups import GROUPS
from osler.access.groups import WORDS as GROUP_WORDS
from osler.kit.errors import Invalid

STAFF = set(shipped()) - {"patient", "proxy", "integration"}


@pytest.mark.parametrize("code", sorted(shipped()))
def test_shipped_roles_make_sense(code: str) -> None:
    role = shipped()[code]
    assert role.code == code
    assert check(role) == []
    assert Role.from_json(json.loads(json.dumps(role.to_json()))) == role
    assert role.mfa is (code in STAFF)
    assert role.idle_minutes == 15 or code in {"patient", "proxy"}
    assert role.break_glass is (code in {"physician", "physician-own-patients", "nurse"})
    assert all(words(grant).endswith(".") for grant in role.grants)


def test_permissions_are_given_to_few() -> None:
    holders = {
        permission: {code for code, role in shipped().items() if permission in role.permissions}
        for permission in PERMISSIONS
    }
    assert holders == {
        "accounts.manage": {"practice-admin", "system-admin"},
        "roles.manage": {"practice-admin"},
        "access.explain": {"practice-admin", "privacy-officer"},
        "audit.read": {"privacy-officer"},
        "privacy.manage": {"privacy-officer"},
        "exports": {"practice-admin", "integration"},
        "system.manage": {"system-admin"},
        "practice.manage": {"practice-admin"},
        "patients.merge": {"practice-admin", "privacy-officer"},
        "enrolment.issue": {"front-desk", "practice-admin"},
        "ledger.verify": {"privacy-officer", "system-admin"},
        "tokens.manage": {"practice-admin"},
    }


def role(**more: Any) -> Role:
    return Role.from_json({"code": "x", "name": "X", **more})


def grant(**more: Any) -> Role:
    return role(grants=[{"types": ["Patient"], **more}])


@pytest.mark.parametrize(
    ("wrong", "place", "says"),
    [
        (role(code="Big Boss"), "code", "small letters"),
        (role(code="local"), "code", "operator"),
        (role(name=" "), "name", "name"),
        (role(permissions=["fly"]), "permissions", "no permission 'fly'"),
        (role(purposes=[]), "purposes", "at least one purpose"),
        (role(purposes=["FUN"]), "purposes", "no purpose of use 'FUN'"),
        (role(idle_minutes=0), "idle_minutes", "expected 1 to 720"),
        (grant(types=["Pateint"]), "grants[0].types", "no resource type 'Pateint'"),
        (grant(types=["@all", "-@moon"]), "grants[0].types", "no group of types '@moon'"),
        (grant(types=["Patient", "-Patient"]), "grants[0].types", "at least one resource type"),
        (grant(interactions=["look"]), "grants[0].interactions", "no interaction 'look'"),
        (grant(interactions=[]), "grants[0].interactions", "allows nothing"),
        (grant(where="nam=x"), "grants[0].where", "no search parameter 'nam'"),
        (grant(where="_id={you}"), "grants[0].where", "no variable {you}"),
        (grant(where="name={me}"), "grants[0].where", "stands for a logical id"),
        (grant(where="identifier=a|{me}"), "grants[0].where", "stands for a logical id"),
        (grant(where="_id=osler.variable.me"), "grants[0].where", "may not occur"),
        (grant(where="gender=male&_count=5"), "grants[0].where", "criteria only"),
        (grant(types=["@clinical"], where="status=final"), "grants[0].where", "grant of its own"),
        (grant(patients="@moon"), "grants[0].patients", "there are @care-team"),
        (grant(patients="nam=x"), "grants[0].patients", "no search parameter"),
        (grant(types=["ValueSet"], patients="@own"), "grants[0].patients", "leave patients out"),
        (grant(hidden=["photo"]), "grants[0].hidden", "as Patient.photo"),
        (grant(hidden=["Patient.foto"]), "grants[0].hidden", "no element Patient.foto"),
        (grant(hidden=["Patient.contact.foto"]), "grants[0].hidden", "no element"),
        (grant(hidden=["Person.photo"]), "grants[0].hidden", "not about Person"),
        (grant(hidden=["Patient.meta"]), "grants[0].hidden", "cannot be hidden"),
        (grant(readonly=["Patient.name"]), "grants[0].readonly", "changes nothing"),
        (grant(purposes=["HRESCH"]), "grants[0].purposes", "none of these purposes"),
        (grant(labels=["secret"]), "grants[0].labels", "no sensitive category 'secret'"),
        (grant(labels=["psychotherapy"]), "grants[0].labels", "author only"),
        (grant(needs="luck"), "grants[0].needs", "expected proxy"),
        (grant(needs="proxy:gossip"), "grants[0].needs", "no category 'gossip'"),
        (grant(needs="proxy", patients="@organization"), "grants[0].needs", "@own"),
    ],
)  # fmt: skip
def test_nonsense_is_refused(wrong: Role, place: str, says: str) -> None:
    (issue,) = check(wrong)
    assert issue.expression == place
    assert says in issue.diagnostics


@pytest.mark.parametrize(
    "data",
    [
        [],
        {"code": "x"},
        {"code": "x", "name": 3},
        {"code": "x", "name": "X", "superuser": True},
        {"code": "x", "name": "X", "mfa": "yes"},
        {"code": "x", "name": "X", "idle_minutes": True},
        {"code": "x", "name": "X", "grants": {}},
        {"code": "x", "name": "X", "grants": ["all"]},
        {"code": "x", "name": "X", "grants": [{}]},
        {"code": "x", "name": "X", "grants": [{"types": "Patient"}]},
        {"code": "x", "name": "X", "grants": [{"types": ["Patient"], "wehre": ""}]},
        {"code": "x", "name": "X", "permissions": [1]},
    ],
)
def test_json_of_another_shape_is_refused(data: Any) -> None:
    with pytest.raises(Invalid):
        Role.from_json(data)


def test_a_grant_in_words() -> None:
    assert set(GROUP_WORDS) == set(GROUPS)
    assert words(Grant(("@clinical", "-List"), patients="@care-team")) == (
        "See clinical data (but not List) of patients whom the caller treats."
    )
    every = frozenset({"read", "create", "update", "patch", "delete"})
    assert words(Grant(("Task",), where="owner=Practitioner/{me}", interactions=every)) == (
        "See (read only), add, change and delete Task, only where owner=Practitioner/{me}."
    )
    found = words(
        Grant(
            ("@demographics",),
            patients="@own",
            hidden=("Patient.photo",),
            purposes=("TREAT", "HPAYMT"),
            labels=frozenset({"hiv"}),
            needs="proxy:clinical",
        )
    )
    assert found == (
        "See demographic data of the caller's own record while authorized to act for that patient"
        " (clinical), for the purpose TREAT or HPAYMT; without Patient.photo;"
        " also what is labelled as HIV and AIDS."
    )
