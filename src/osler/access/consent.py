"""A patient's Consent as rows of the table `consent_rule`, one for each provision.

The table, written by the record in the transaction that writes the Consent and asked by `search.consent`:

    consent      text  COLLATE "C" NOT NULL   logical id of the Consent
    patient      text  COLLATE "C" NOT NULL   logical id of the patient
    node         int   NOT NULL               number of the provision in the Consent; the root is 0
    parent       int                          number of the provision around it; null for the root
    effect       text  COLLATE "C" NOT NULL   'permit' or 'deny'
    actors       text[]   NOT NULL            'Practitioner/1', 'Organization/2', 'role:nurse' …; empty: anyone
    purposes     text[]   NOT NULL            codes of v3-PurposeOfUse; empty: any
    labels       bigint[] NOT NULL            keys of security labels, as in resource.keys; empty: any
    types        text[]   NOT NULL            resource types; empty: any
    codes        bigint[] NOT NULL            keys of what the resource is about (its code); empty: any
    resources    text[]   NOT NULL            'Observation/3' …; empty: any
    low, high    timestamptz NOT NULL         when the provision holds: low <= now < high ('-infinity', 'infinity')
    data_low, data_high  timestamptz NOT NULL the clinical date of the resource lies within
    PRIMARY KEY (consent, node); INDEX (patient)

`COLUMNS` are these names in this order, and `ConsentRule.row()` the values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from osler.access.provision import (
    EVER,
    NEVER,
    Effect,
    Limits,
    concerns_reading,
    limits_of,
)
from osler.fhir.r4.consent import Consent, ConsentProvision
from osler.search.reference import target

COLUMNS = (
    "consent", "patient", "node", "parent", "effect", "actors", "purposes", "labels", "types",
    "codes", "resources", "low", "high", "data_low", "data_high",
)  # fmt: skip
ALWAYS = ("-infinity", "infinity")


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """One provision; the fields are the columns of `consent_rule`. Times are as PostgreSQL reads them."""

    consent: str
    patient: str
    node: int
    parent: int | None
    effect: Effect
    actors: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    labels: tuple[int, ...] = ()
    types: tuple[str, ...] = ()
    codes: tuple[int, ...] = ()
    resources: tuple[str, ...] = ()
    low: str = ALWAYS[0]
    high: str = ALWAYS[1]
    data_low: str = ALWAYS[0]
    data_high: str = ALWAYS[1]

    def row(self) -> tuple[Any, ...]:
        """The values of `COLUMNS`, tuples as lists."""
        values = (getattr(self, name) for name in COLUMNS)
        return tuple(list(value) if isinstance(value, tuple) else value for value in values)


_PRIVACY = "patient-privacy"
_BASE: dict[str, Effect] = {
    "OPTIN": "permit",
    "OPTINR": "permit",
    "OPTOUT": "deny",
    "OPTOUTE": "deny",
}


def rules_of(consent: Consent, base_url: str = "") -> list[ConsentRule]:
    """The provisions of an active privacy consent about a patient of ours; none of any other Consent.

    A provision inside another holds within the limits of that one. What is not understood counts
    against access: it is left out of the limits of a denial, and a permission that has it is no rule.
    """
    patient = consent.patient.reference if consent.patient is not None else None
    type, id = target(patient or "", base_url)
    if (
        consent.status != "active"
        or type != "Patient"
        or not consent.id
        or not _is_privacy(consent)
    ):
        return []
    root = consent.provision or ConsentProvision()
    made: list[ConsentRule] = []
    numbers = count()

    def add(provision: ConsentProvision, effect: Effect, outer: Limits, parent: int | None) -> None:
        if not concerns_reading(provision):
            return
        own = limits_of(provision, effect, base_url)
        limits = own.within(outer) if own is not None else outer
        if limits is None:
            return
        if own is not None:
            node = next(numbers)
            made.append(_rule(consent.id or "", id, (node, parent), effect, limits))
            parent = node
        # Of a permission that is not understood, the exceptions still count.
        for inner in provision.provision or ():
            add(inner, inner.type or _other(effect), limits, parent)

    add(root, root.type or _base(consent), Limits(), None)
    return made


def _rule(
    consent: str, patient: str, place: tuple[int, int | None], effect: Effect, limits: Limits
) -> ConsentRule:
    return ConsentRule(
        consent,
        patient,
        *place,
        effect,
        tuple(sorted(limits.actors)),
        tuple(sorted(limits.purposes)),
        tuple(sorted(limits.labels)),
        tuple(sorted(limits.types)),
        tuple(sorted(limits.codes)),
        tuple(sorted(limits.resources)),
        *(_text(at) for at in (limits.low, limits.high, limits.data_low, limits.data_high)),
    )


def _text(at: datetime) -> str:
    if at in {NEVER, EVER}:
        return ALWAYS[at == EVER]
    return str(at)


def _other(effect: Effect) -> Effect:
    return "permit" if effect == "deny" else "deny"


def _is_privacy(consent: Consent) -> bool:
    codings = consent.scope.coding or ()
    return not codings or any(one.code == _PRIVACY for one in codings)


def _base(consent: Consent) -> Effect:
    """What the consent says before its exceptions; a denial where it says both."""
    rule = consent.policyRule
    codes = [one.code or "" for one in (rule.coding or ())] if rule is not None else []
    effects = [_BASE[code] for code in codes if code in _BASE]
    return "deny" if "deny" in effects else "permit"
