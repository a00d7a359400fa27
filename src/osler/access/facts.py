"""What the record knows of a caller at this moment, which no token says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from osler.access.role import Role, shipped
from osler.kit import clock


@dataclass(frozen=True, slots=True)
class Facts:
    """`roles` are the definitions in force of the caller's roles. The others are logical ids.

    `organizations` where the caller works, with the parts of those organizations; `locations` likewise.
    `glass` are the patients whose glass the caller has broken and for whom the time has not run out.
    `own` are the charts of the caller as a patient, `guarded` these and those of the family. `actors` is
    what else the caller answers to in a Consent, as "PractitionerRole/1" or "CareTeam/2"; the caller's
    person, organizations and roles need not be repeated.
    """

    roles: tuple[Role, ...] = ()
    organizations: frozenset[str] = frozenset()
    locations: frozenset[str] = frozenset()
    glass: frozenset[str] = frozenset()
    guarded: frozenset[str] = frozenset()
    now: datetime = field(default_factory=clock.now)
    actors: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()

    @staticmethod
    def of_roles(codes: frozenset[str]) -> Facts:
        """The facts of a caller of whom nothing but the codes of roles is known: those shipped."""
        known = shipped()
        return Facts(tuple(known[code] for code in sorted(codes) if code in known))
