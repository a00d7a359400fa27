"""Checks a resource against the rules of the specification that its types do not express.

Structure is the types: what has been decoded has it. Here are the invariants, required bindings, the targets of
references, the safety of narrative, and the rules between the entries of a Bundle.
"""

from __future__ import annotations

from osler.fhir import narrative, walk
from osler.fhir.base import Base, DomainResource, Resource
from osler.fhir.validate import bundles, plan
from osler.fhir.validate.plan import Scope
from osler.kit.errors import Issue

__all__ = ["validate"]


def validate(resource: Resource) -> list[Issue]:
    """Every rule that `resource` breaks, errors and warnings; empty when it breaks none.

    Resources in a Bundle or in Parameters are validated too, each by its own rules.
    """
    issues: list[Issue] = []
    _resource(walk.root(resource), resource, issues)
    return issues


def _resource(start: walk.Node, root: Resource, issues: list[Issue]) -> None:
    resource = start.element
    assert isinstance(resource, Resource)
    scope = Scope(resource, root)
    waiting = [start]
    while waiting:
        node = waiting.pop()
        element = node.element
        if isinstance(element, Resource) and element is not resource:
            _inner(node, resource, root, issues)
            continue
        for rule in plan.rules(type(element)):
            rule(node, scope, issues)
        waiting.extend(walk.children(node))
    if isinstance(resource, DomainResource):
        _narrative(start, resource, issues)
    bundles.check(start, issues)


def _inner(node: walk.Node, outer: Resource, root: Resource, issues: list[Issue]) -> None:
    """A contained resource shares the root of its container; one in a Bundle is its own root."""
    assert isinstance(node.element, Resource)
    contained = isinstance(outer, DomainResource)
    _resource(node, root if contained else node.element, issues)


def _narrative(start: walk.Node, resource: DomainResource, issues: list[Issue]) -> None:
    if resource.text is not None and resource.text.div is not None:
        for issue in narrative.check(resource.text.div, ""):
            where = f"{start.path}.text.div"
            issues.append(Issue(issue.code, f"{where}{issue.diagnostics}", where))


def has_errors(issues: list[Issue]) -> bool:
    """Whether any of the issues is more than a warning."""
    return any(issue.severity in ("error", "fatal") for issue in issues)


def of_element(element: Base) -> list[Issue]:
    """The rules that a datatype by itself breaks, for forms and operations that handle no whole resource."""
    holder = Resource()
    issues: list[Issue] = []
    scope = Scope(holder, holder)
    for node in walk.walk(walk.root(element)):
        for rule in plan.rules(type(node.element)):
            rule(node, scope, issues)
    return issues
