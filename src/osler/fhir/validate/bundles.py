"""Rules between the entries of a Bundle that the invariants do not state; https://hl7.org/fhir/R4/bundle.html"""

from __future__ import annotations

from osler.fhir import r4, reference
from osler.fhir.walk import Node
from osler.kit.errors import Issue


def check(start: Node, issues: list[Issue]) -> None:
    """Append what is wrong with the entries where `start` is a Bundle."""
    bundle = start.element
    if bundle.__fhir_type__ != "Bundle":
        return
    assert isinstance(bundle, r4.Bundle)
    for index, entry in enumerate(bundle.entry or ()):
        where = f"{start.path}.entry[{index}]"
        _full_url(entry, where, issues)
        if bundle.type in ("batch", "transaction"):
            _request(entry, where, issues)


def _full_url(entry: r4.BundleEntry, where: str, issues: list[Issue]) -> None:
    """`fullUrl` may not say another type or id than the resource itself."""
    if entry.fullUrl is None or entry.resource is None:
        return
    named = reference.parse(entry.fullUrl)
    resource = entry.resource
    if named.type is None or resource.id is None:
        return
    if entry.fullUrl.endswith(f"#{resource.id}"):
        return  # a contained resource that a search answered alone
    if (named.type, named.id) != (resource.resourceType, resource.id):
        text = (
            f"{where}.fullUrl: found {named.type}/{named.id}, "
            f"expected {resource.resourceType}/{resource.id} as in the resource"
        )
        issues.append(Issue("invalid", text, f"{where}.fullUrl"))


def _request(entry: r4.BundleEntry, where: str, issues: list[Issue]) -> None:
    """POST and PUT carry a resource, the others do not; PATCH carries a Binary or Parameters."""
    if entry.request is None:
        return  # invariant bdl-3 says so
    carries = entry.resource is not None
    method = entry.request.method
    if method in ("PUT", "PATCH") and not carries:
        text = f"{where}.resource: found nothing, expected a resource for {method}"
        issues.append(Issue("required", text, f"{where}.resource"))
    if method in ("GET", "HEAD", "DELETE") and carries:
        text = f"{where}.resource: found a resource, expected none for {method}"
        issues.append(Issue("invalid", text, f"{where}.resource"))
