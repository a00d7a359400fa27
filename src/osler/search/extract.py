"""Resource to index rows: a plan per type, made once, in which elements that are absent cost nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from osler.fhir import definitions, path
from osler.fhir.base import Resource
from osler.fhir.codec import encode
from osler.kit.errors import Invalid
from osler.search import (
    composite,
    date,
    lookup,
    number,
    quantity,
    reference,
    string,
    token,
    uncovered,
    uri,
)
from osler.search.parameter import Parameter, Storage
from osler.search.paths import Leaf, Step, resolve
from osler.search.registry import Registry
from osler.search.rows import Contained, IndexRows
from osler.search.storage import NOT_STORED, WRITTEN_APART

Emit = Callable[[Any, IndexRows], None]
Make = Callable[[Parameter, str], Emit | None]

_log = logging.getLogger(__name__)
_MAKERS: dict[str, Make] = {
    "string": string.emitter,
    "token": token.emitter,
    "date": date.emitter,
    "number": number.emitter,
    "quantity": quantity.emitter,
    "uri": uri.emitter,
    "reference": reference.emitter,
}


class Plan(NamedTuple):
    """Per root attribute what to do with its value; what to do with the resource as a whole.

    `searched` says that a parameter is read from the column `patient`, so that nothing else may fill
    it; `about` are the ways to whom the resource is about.
    """

    roots: tuple[tuple[str, Emit], ...]
    whole: tuple[Emit, ...]
    searched: bool
    about: tuple[Leaf, ...]


_plans: WeakKeyDictionary[Registry, dict[str, Plan]] = WeakKeyDictionary()


def extract(resource: Resource, registry: Registry, base_url: str = "") -> IndexRows:
    """Everything a resource can be found by, and what it contains. `base_url` makes absolute references to us local."""
    rows = _extract(resource, registry, base_url)
    inside = getattr(resource, "contained", None)
    if inside:
        rows.contained = tuple(_contained(one, registry, base_url) for one in inside if one.id)
    uncovered.add(resource, rows)
    return rows


def _contained(resource: Resource, registry: Registry, base_url: str) -> Contained:
    """Its id is no logical id, so that a Patient inside another resource is not a patient of ours."""
    rows = _extract(resource, registry, base_url)
    type = resource.resourceType
    if type == "Patient":
        rows.patient = None
    inherits = type != "Patient" and not _names(resource, _plan_of(type, registry), base_url)
    return Contained(type, resource.id or "", encode(resource), rows, inherits)


def _names(resource: Resource, plan: Plan, base_url: str) -> bool:
    """Whether the resource says whom it is about, be it nobody of ours; `#` is its container."""
    for leaf in plan.about:
        for value in values(resource, leaf.steps):
            text = value.reference
            if text == "#":
                continue
            if leaf.target is None or not text:
                return True
            if reference.target(text, base_url)[0] in {leaf.target, ""}:
                return True
    return False


def _extract(resource: Resource, registry: Registry, base_url: str) -> IndexRows:
    type = resource.resourceType
    plan = _plan_of(type, registry)
    rows = IndexRows(resource, base_url=base_url)
    for attr, emit in plan.roots:
        value = getattr(resource, attr)
        if value is not None:
            emit(value, rows)
    for emit in plan.whole:
        emit(resource, rows)
    lookup.add(resource, rows)
    _finish(type, resource, rows, searched=plan.searched)
    return rows


def _finish(type: str, resource: Resource, rows: IndexRows, *, searched: bool) -> None:
    """Which patients it is about beside the one that a parameter has put into the column.

    Where that parameter reads the column (`searched`), a mother who weighed her child must not
    become the subject of what she measured.
    """
    rows.resource = None
    if type == "Patient":
        rows.patient = resource.id
    others = rows.others
    if others:
        if rows.patient is None and not searched:
            rows.patient = next(iter(others))
        for id in others:
            if id != rows.patient:
                rows.references.append((reference.COMPARTMENT, "Patient", id))


def _plan_of(type: str, registry: Registry) -> Plan:
    plans = _plans.get(registry)
    if plans is None:
        plans = _plans[registry] = {}
    plan = plans.get(type)
    if plan is None:
        plan = plans[type] = _plan(type, registry)
    return plan


def _plan(type: str, registry: Registry) -> Plan:
    roots: dict[str, list[Emit]] = {}
    whole: list[Emit] = []
    in_compartment = set(definitions.compartment("Patient").get(type, ()))
    for param in registry.for_type(type).values():
        if param.code in NOT_STORED or param.kind == "special" or param.apart:
            continue
        if param.kind == "composite":
            if not param.served_by:
                _plan_composite(param, roots)
            continue
        _plan_param(param, roots, whole, compartment=param.code in in_compartment)
    return Plan(
        tuple((attr, _both(emits)) for attr, emits in roots.items()),
        tuple(whole),
        any(p.storage is Storage.PATIENT for p in registry.for_type(type).values()),
        tuple(_about(type, registry)),
    )


def _about(type: str, registry: Registry) -> Iterator[Leaf]:
    for code in ("subject", "patient"):
        param = registry.get(type, code)
        for leaf in resolve(type, param.expression) or () if param is not None else ():
            if leaf.type == "Reference":
                yield leaf


def _both(emits: list[Emit]) -> Emit:
    """The emitters of one root attribute as one."""
    if len(emits) == 1:
        return emits[0]
    many = tuple(emits)

    def run(value: Any, rows: IndexRows) -> None:
        for emit in many:
            emit(value, rows)

    return run


def _plan_param(
    param: Parameter, roots: dict[str, list[Emit]], whole: list[Emit], *, compartment: bool
) -> None:
    leaves = resolve(param.type, param.expression)
    only = WRITTEN_APART.get((param.type, param.code), ()) if param.served_by else None
    if leaves is None:
        if only is None:
            whole.append(_evaluated(param))
        return
    target = param.served_by[0] if param.served_by else param
    for leaf in leaves:
        if only is not None and leaf.type not in only:
            continue
        emit = _emitter(target, param, leaf)
        if emit is not None:
            _add(roots, leaf, emit)
        if compartment and param.storage is not Storage.PATIENT and leaf.type == "Reference":
            _add(roots, leaf, _note_patient)


def _emitter(target: Parameter, param: Parameter, leaf: Leaf) -> Emit | None:
    if param.kind == "reference":
        return reference.emitter(target, leaf.type, leaf.target)
    return _MAKERS[param.kind](target, leaf.type)


def _note_patient(value: Any, rows: IndexRows) -> None:
    """A reference by which the resource is in a patient's compartment."""
    if value.reference:
        kind, id = reference.target(value.reference, rows.base_url)
        if kind == "Patient":
            rows.others[id] = None


def _add(roots: dict[str, list[Emit]], leaf: Leaf, emit: Emit) -> None:
    first, *rest = leaf.steps
    for step in reversed(rest):
        emit = _hop(step, emit)
    roots.setdefault(first.attr, []).append(_each(first, emit))


def _hop(step: Step, then: Emit) -> Emit:
    attr = step.attr
    inner = _each(step, then)

    def run(value: Any, rows: IndexRows) -> None:
        found = getattr(value, attr)
        if found is not None:
            inner(found, rows)

    return run


def _each(step: Step, then: Emit) -> Emit:
    """Applies `then` to the value of a step, or to every one of its values."""
    if step.equal is not None:
        name, wanted = step.equal

        def filtered(value: Any, rows: IndexRows) -> None:
            for one in value if step.many else (value,):
                if one is not None and getattr(one, name, None) == wanted:
                    then(one, rows)

        return filtered
    if not step.many:
        return then

    def run(values: Any, rows: IndexRows) -> None:
        for one in values:
            if one is not None:
                then(one, rows)

    return run


# ---- composites


def _plan_composite(param: Parameter, roots: dict[str, list[Emit]]) -> None:
    bases = resolve(param.type, param.expression)
    if bases is None:
        return
    for base in bases:
        reads = tuple(_reads(param, base, c.expression) for c in param.components)
        emit = composite.emitter(param, reads)
        if base.steps:
            _add(roots, base, emit)
            continue
        # On the resource itself: run only where the last part is present.
        leaves = resolve(base.type, param.components[-1].expression) or ()
        for attr in {leaf.steps[0].attr for leaf in leaves}:
            roots.setdefault(attr, []).append(_on_resource(emit))


def _on_resource(emit: Emit) -> Emit:
    def run(_: Any, rows: IndexRows) -> None:
        emit(rows.resource, rows)

    return run


def _reads(param: Parameter, base: Leaf, expression: str) -> tuple[tuple[str, composite.Read], ...]:
    """How to read a component: for each of its FHIR types a function of the base element and the resource."""
    if expression.startswith("%resource."):
        leaves = resolve(param.type, expression.removeprefix("%resource.")) or ()
        return tuple((leaf.type, _from_resource(leaf)) for leaf in leaves)
    leaves = resolve(base.type, expression) or ()
    return tuple((leaf.type, _from_base(leaf)) for leaf in leaves)


def _from_base(leaf: Leaf) -> composite.Read:
    steps = leaf.steps
    return lambda base, _resource: values(base, steps)


def _from_resource(leaf: Leaf) -> composite.Read:
    steps = leaf.steps
    return lambda _base, resource: values(resource, steps)


def values(start: Any, steps: tuple[Step, ...]) -> list[Any]:
    """The values that the steps lead to."""
    found = [start]
    for step in steps:
        next_: list[Any] = []
        for one in found:
            value = getattr(one, step.attr)
            if step.many:
                next_.extend(v for v in value or () if v is not None)
            elif value is not None:
                next_.append(value)
        found = next_
    return found


# ---- expressions that are more than paths


def _evaluated(param: Parameter) -> Emit:
    """Evaluates the expression as FHIRPath and chooses the emitter by each value's type."""
    emits: dict[str, Emit | None] = {}

    def run(resource: Any, rows: IndexRows) -> None:
        for value in _evaluate(param, resource):
            kind = _type_of(value, param)
            if kind not in emits:
                emits[kind] = _MAKERS[param.kind](param, kind)
            emit = emits[kind]
            if emit is not None:
                emit(value, rows)
            elif param.kind == "reference" and isinstance(value, Resource) and value.id:
                rows.references.append((param.id, kind, value.id))
                rows.beside = True

    return run


def _evaluate(param: Parameter, resource: Any) -> Sequence[Any]:
    """The values of the expression; none, and a warning, where it fails on this resource.

    A custom parameter may be wrong about some resources; that must not keep them from being written.
    """
    try:
        return path.compile(param.expression)(resource)
    except Invalid as error:
        # Not what the error says: it may quote the resource.
        _log.warning("Search parameter %s: %s", param.name, type(error).__name__)
        return ()


_PRIMITIVE = {"date": "dateTime", "uri": "uri", "reference": "uri", "string": "string"}


def _type_of(value: Any, param: Parameter) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return _PRIMITIVE.get(param.kind, "code")
    if isinstance(value, int):
        return "integer"
    return getattr(value, "__fhir_type__", "decimal")
