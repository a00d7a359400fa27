"""Two organizations with one patient each; everybody works at the first, where the first is a patient."""

from __future__ import annotations

from typing import Any

from osler.access import LOCAL, Principal, ProxyScope, shipped
from osler.record import Record, Update
from tests.record.cast import made, observation, patient

OWN, OTHER = "zz-own", "zz-other"
"""The patients; whatever is about one has that text in it."""
SUBJECTS = (OWN, OTHER)
CATEGORIES = frozenset({"clinical", "scheduling", "billing", "messages"})
_STAFF = ("me", "you")
_PLACE = {OWN: "here", OTHER: "there"}


def ref(text: str) -> dict[str, str]:
    return {"reference": text}


def about(subject: str) -> dict[str, Any]:
    """A resource of each kind about a patient, by type."""
    place = _PLACE[subject]
    lab = {"coding": [{"code": "laboratory", "system": _CATEGORY}]}
    file = made(
        resourceType="Binary",
        id=f"{subject}-file",
        contentType="text/plain",
        data="enotb3du",
        securityContext=ref(f"Patient/{subject}"),
    )
    return {
        "Patient": patient(
            subject,
            f"Family-{subject}",
            birthDate="1980-02-03",
            managingOrganization=ref(f"Organization/{place}"),
            generalPractitioner=[ref("Practitioner/me" if subject == OWN else "Practitioner/you")],
        ),
        "Observation": observation(
            subject,
            f"{subject}-sodium",
            category=[lab],
            performer=[ref(f"Patient/{subject}")],
        ),
        "Binary": file,
        "DocumentReference": made(
            resourceType="DocumentReference",
            id=f"{subject}-letter",
            status="current",
            subject=ref(f"Patient/{subject}"),
            content=[
                {"attachment": {"url": f"Binary/{subject}-file", "contentType": "text/plain"}}
            ],
        ),
        "Task": request(subject, f"{subject}-request"),
        "Consent": refusal(subject, f"{subject}-consent"),
        "Appointment": made(
            resourceType="Appointment",
            id=f"{subject}-visit",
            status="booked",
            start="2026-12-01T09:00:00Z",
            end="2026-12-01T09:30:00Z",
            participant=[{"actor": ref(f"Patient/{subject}"), "status": "accepted"}],
        ),
    }


_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def refusal(subject: str, id: str) -> Any:
    """A patient's refusal of research, which touches nobody here."""
    return made(
        resourceType="Consent",
        id=id,
        status="active",
        scope={"coding": [{"system": _SCOPE, "code": "patient-privacy"}]},
        category=[{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        patient=ref(f"Patient/{subject}"),
        policyRule={"text": "Refusal by the patient"},
        provision={
            "type": "deny",
            "purpose": [{"system": _REASON, "code": "HRESCH"}],
        },
    )


_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"


def request(subject: str, id: str) -> Any:
    """A request of a patient to the privacy desk."""
    return made(
        resourceType="Task",
        id=id,
        status="requested",
        intent="order",
        code={"coding": [{"system": "urn:osler:task", "code": "access-request"}]},
        description=f"A copy of the record of {subject}",
        **{"for": ref(f"Patient/{subject}")},
        requester=ref(f"Patient/{subject}"),
        authoredOn="2026-03-01",
        restriction={"period": {"end": "2026-03-31"}},
    )


def settle(record: Record) -> None:
    """Everybody and everything."""
    places = [
        made(resourceType="Organization", id=id, name=id, active=True) for id in _PLACE.values()
    ]
    works = [
        made(
            resourceType="PractitionerRole",
            id="me-here",
            active=True,
            practitioner=ref("Practitioner/me"),
            organization=ref("Organization/here"),
        )
    ]
    people = [made(resourceType="Practitioner", id=id, name=[{"family": id}]) for id in _STAFF]
    put(record, *places, *people)
    put(record, *works)
    for subject in SUBJECTS:
        put(record, about(subject)["Patient"])
        put(record, *(one for type, one in about(subject).items() if type != "Patient"))
        put(
            record,
            made(
                resourceType="RelatedPerson",
                id=f"{subject}-mother",
                active=True,
                patient=ref(f"Patient/{subject}"),
            ),
        )


def put(record: Record, *resources: Any) -> None:
    record.commit(LOCAL, [Update(one) for one in resources])


def callers() -> dict[str, Principal]:
    """One principal of each shipped role, by the role."""
    return {code: _caller(code) for code in sorted(shipped())}


def _caller(code: str) -> Principal:
    roles = frozenset({code})
    match code:
        case "patient":
            return Principal("pat", "Pat", roles, person=f"Patient/{OWN}", patient=OWN)
        case "proxy":
            return Principal(
                "mum",
                "Mum",
                roles,
                person=f"RelatedPerson/{OWN}-mother",
                patient=OWN,
                on_behalf_of=f"Patient/{OWN}",
                proxy=ProxyScope(CATEGORIES),
            )
        case "integration":
            return Principal("feed", "Feed", roles, frozenset({"system/*.cruds"}))
        case _:
            return Principal(code, code.title(), roles, person="Practitioner/me")
