"""What can be done with a matter: for each kind and state its steps, each with its form and its function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms

from osler.access import Principal
from osler.clinic.privacy import amendments, breaches, confidential, requests, restrictions, reviews
from osler.clinic.privacy.codes import CLOCKS, Kind, code_of
from osler.clinic.privacy.desk import Case
from osler.clinic.privacy.restrictions import Restriction
from osler.kit.words import N_
from osler.record import Record
from osler.staff.privacy.forms import Accepted, Affected, Agreed, Assessment, Review, Words
from osler.ui.law import law

Doing = Callable[[Record, Principal, str, dict[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: its word, its form (None: a button alone), and what it does."""

    label: str
    form: type[forms.Form] | None
    do: Doing


def _words(function: Callable[[Record, Principal, str, str], object]) -> Doing:
    return lambda record, who, case, data: function(record, who, case, data["text"])


def _agree(record: Record, who: Principal, id: str, data: dict[str, Any]) -> object:
    wanted = Restriction(
        actors=data["actors"], purposes=tuple(data["purposes"]), until=data["until"]
    )
    return restrictions.agree(record, who, id, wanted, data["text"])


def _accept(record: Record, who: Principal, id: str, data: dict[str, Any]) -> object:
    return amendments.accept(record, who, id, data["text"], changed=data["changed"] or None)


def _affected(record: Record, who: Principal, id: str, data: dict[str, Any]) -> object:
    return breaches.affected(record, who, id, data["patients"])


def _assess(record: Record, who: Principal, id: str, data: dict[str, Any]) -> object:
    factors = {name: data[name] for name in breaches.FACTORS}
    return breaches.assess(record, who, id, factors, data["risk"], law())


def _review(record: Record, who: Principal, id: str, data: dict[str, Any]) -> object:
    return reviews.review(record, who, id, data["finding"], data["text"], law=law())


def _extend(record: Record, who: Principal, id: str, data: dict[str, Any]) -> object:
    return requests.extend(record, who, id, data["text"], law=law())


START = Step(N_("Take it on"), None, lambda record, who, case, _: requests.start(record, who, case))
EXTEND = Step(N_("Extend"), Words, _extend)
GRANT = Step(N_("Grant"), Words, _words(requests.grant))
DENY = Step(N_("Deny"), Words, _words(requests.deny))
WITHDRAW = Step(N_("Withdrawn by the patient"), Words, _words(requests.withdraw))
ACCEPT = Step(N_("Accept the amendment"), Accepted, _accept)
DISAGREE = Step(N_("Append a statement of disagreement"), Words, _words(amendments.disagree))
REBUT = Step(N_("Append a rebuttal"), Words, _words(amendments.rebut))
AGREE = Step(N_("Agree to the restriction"), Agreed, _agree)
ACCOMMODATE = Step(N_("Agree"), Words, _words(confidential.accommodate))
AFFECTED = Step(N_("Add patients"), Affected, _affected)
ASSESS = Step(N_("Assess"), Assessment, _assess)
REVIEW = Step(N_("Close the review"), Review, _review)

_GRANTS = {
    Kind.AMENDMENT: ACCEPT,
    Kind.RESTRICTION: AGREE,
    Kind.CONFIDENTIAL: ACCOMMODATE,
}


def steps(found: Case, appended: set[str]) -> dict[str, Step]:
    """What can be done with it now, by the name that a form sends; `appended` are the sorts of texts it has."""
    if not found.is_open:
        return _afterwards(found, appended)
    if found.kind is Kind.BREACH:
        return {"affected": AFFECTED, "assess": ASSESS}
    if found.kind in (Kind.GLASS, Kind.ANOMALY):
        return {"review": REVIEW}
    if found.kind is Kind.NOTIFICATION:
        return {"grant": GRANT}
    possible = {} if found.task.owner else {"start": START}
    possible["grant"] = _GRANTS.get(found.kind, GRANT)
    possible["deny"] = DENY
    extended = any(code_of(one.type) == "extension" for one in found.task.output or [])
    if CLOCKS[law()][found.kind].extension and not extended:
        possible["extend"] = EXTEND
    return possible | {"withdraw": WITHDRAW}


def _afterwards(found: Case, appended: set[str]) -> dict[str, Step]:
    if found.kind is not Kind.AMENDMENT or found.task.status != "rejected":
        return {}
    return {"disagree": DISAGREE} | ({"rebut": REBUT} if "disagreement" in appended else {})
