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
from typing import Any, Literal

from osler.fhir.r4.consent import Consent

Effect = Literal["permit", "deny"]
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


def rules_of(consent: Consent) -> list[ConsentRule]:
    """The provisions of an active privacy consent about a patient of ours; none of any other Consent."""
    if consent.status != "active":
        return []
    return []
