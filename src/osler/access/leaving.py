"""Whether a rule leaves out anything that a list of one patient may have, whatever is in that list.

The answer comes of the rule and of the patient's consents, never of the rows that are there: one that came of the
rows would tell everybody who may not see them that there are some.
"""

from __future__ import annotations

from collections.abc import Callable

from osler.access.labels import CATEGORIES, PSYCHOTHERAPY
from osler.fhir.base import Resource
from osler.kit.errors import Issue
from osler.search.parameter import Storage
from osler.search.tree import (
    And,
    Consented,
    Everything,
    InCompartment,
    Labelled,
    Match,
    Node,
    Not,
    OfPatients,
    Or,
)

STANDING = (
    "AllergyIntolerance",
    "Condition",
    "Flag",
    "MedicationRequest",
    "MedicationStatement",
)
"""Types whose lists people rely on: to who does not see all of one, nothing found does not mean that there is none."""
_NOTES = Labelled(CATEGORIES[PSYCHOTHERAPY].labels)


def nothing_left_out(node: Node, denies: Callable[[Consented], bool]) -> bool:
    """Whether a rule that was decided for one patient lets all of a type be seen of them.

    `denies` says whether a consent of the patient may deny the type to the caller. Psychotherapy notes do not count:
    nothing of these types is one, by law (45 CFR 164.501) and because the record refuses the label (`misplaced`).
    """
    match node:
        case Or(nodes):
            return any(nothing_left_out(one, denies) for one in nodes)
        case And(nodes):
            return all(nothing_left_out(one, denies) for one in nodes)
        case Everything() | OfPatients() | Not(InCompartment()):
            return True  # Whose they are has been decided.
        case Match(param):
            return param.storage in {Storage.PATIENT, Storage.ID}
        case Not(Labelled() as labels):
            return labels == _NOTES
        case Not(Consented() as asked):
            return not denies(asked)
        case _:
            return False


def misplaced(resource: Resource) -> list[Issue]:
    """What is wrong with a resource of the standing types that is labelled as a psychotherapy note.

    Nobody but its author would see it, and nobody else could be told that it may be there.
    """
    labels = (resource.meta.security if resource.meta else None) or []
    if resource.resourceType not in STANDING or not any(
        one.system == system and one.code == code for one in labels for system, code in _NOTES.codes
    ):
        return []
    text = (
        f"A {resource.resourceType} is no psychotherapy note: diagnoses, medication, allergies and alerts must be"
        " known to who treats the patient. Label the note itself, or use another label (as PSY) here."
    )
    return [Issue("business-rule", text, f"{resource.resourceType}.meta.security")]
