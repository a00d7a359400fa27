"""A practice with people in it: principals as identity would make them, and the resources they are."""

from __future__ import annotations

from typing import Any

from osler.access import LOCAL, Grant, Principal, ProxyScope, Role
from osler.record import Record, Update
from tests.record.cast import made, observation, patient

LABELS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
HIV = {"system": LABELS, "code": "HIV"}
OWN = Principal(
    id="doctor",
    name="Dr. Own",
    roles=frozenset({"physician-own-patients"}),
    person="Practitioner/dr",
)
DOCTOR = Principal(
    id="house", name="Dr. House", roles=frozenset({"physician"}), person="Practitioner/house"
)
DESK = Principal(
    id="desk", name="Front desk", roles=frozenset({"front-desk"}), person="Practitioner/desk"
)
OFFICER = Principal(id="officer", name="Privacy", roles=frozenset({"privacy-officer"}))
ADMIN = Principal(id="admin", name="Admin", roles=frozenset({"practice-admin"}))
ANA = Principal(
    id="ana", name="Ana", roles=frozenset({"patient"}), person="Patient/ana", patient="ana"
)
BOB = Principal(
    id="bob", name="Bob", roles=frozenset({"patient"}), person="Patient/bob", patient="bob"
)
STRANGER = Principal(id="stranger", name="Nobody")
CLERK = Principal(id="clerk", name="Clerk", roles=frozenset({"clerk"}))
"""Has a role of this practice's own: all patients without phone numbers, appointments without reason."""

ALL = frozenset({"read", "vread", "search", "history", "create", "update", "patch", "delete"})
PLACES = (
    *(made(resourceType="Organization", id=id, name=id, active=True) for id in ("clinic", "other")),
    *(
        made(resourceType="Practitioner", id=id, name=[{"family": id}])
        for id in ("dr", "house", "desk")
    ),
)


def works(id: str, organization: str = "clinic", **more: Any) -> Any:
    """A PractitionerRole."""
    return made(
        resourceType="PractitionerRole",
        id=f"{id}-at-{organization}",
        practitioner={"reference": f"Practitioner/{id}"},
        organization={"reference": f"Organization/{organization}"},
        **{"active": True, **more},
    )


def person(id: str, **more: Any) -> Any:
    """A patient of the clinic with a phone number."""
    return patient(
        id,
        family=id.title(),
        **{
            "managingOrganization": {"reference": "Organization/clinic"},
            "telecom": [{"system": "phone", "value": f"555-{id}"}],
            "birthDate": "1970-01-01",
            **more,
        },
    )


def practice(record: Record) -> Record:
    """Ana (a patient of Dr. Own) and Bob with one weight each; everybody works at the clinic."""
    put(record, *PLACES)
    put(record, *(works(id) for id in ("dr", "house", "desk")))
    put(record, person("ana", generalPractitioner=[{"reference": "Practitioner/dr"}]))
    put(record, person("bob"))
    put(record, observation("ana", "ana-weight"), observation("bob", "bob-weight"))
    return record


def put(record: Record, *resources: Any) -> None:
    record.commit(LOCAL, [Update(one) for one in resources])


def clerk_role(*, hidden: tuple[str, ...] = (), readonly: tuple[str, ...] = ()) -> Role:
    """A role that may do everything with patients, weights, appointments, tasks, except with some elements."""
    grant = Grant(
        types=("Patient", "Observation", "Appointment", "Provenance", "Bundle", "List"),
        interactions=ALL,
        hidden=hidden,
        readonly=readonly,
    )
    return Role("clerk", "Clerk", grants=(grant,), purposes=("TREAT",))


def proxy(until: Any, *categories: str) -> Principal:
    """Somebody who acts for Ana until then."""
    return Principal(
        id="mother",
        roles=frozenset({"proxy"}),
        person="RelatedPerson/mother",
        patient="ana",
        on_behalf_of="Patient/ana",
        proxy=ProxyScope(frozenset(categories), until),
    )
