"""The whole route table: what every method on every path does.

`metadata` describes the server from this table; a new interaction or operation is one line here.
"""

from __future__ import annotations

from osler.rest import health, home
from osler.rest.interactions import (
    audit_event,
    batch,
    capabilities,
    compartment,
    create,
    delete,
    history,
    patch,
    read,
    search,
    update,
)
from osler.rest.operations import everything, meta, validate
from osler.rest.table import Route, Table

COMPARTMENTS = ("Patient", "Encounter", "Practitioner", "RelatedPerson", "Device")

ROUTES: tuple[Route, ...] = (
    Route("GET", "/health/live", "live", health.live, plain=True),
    Route("GET", "/health/ready", "ready", health.ready, plain=True),
    Route("GET", "/metrics", "metrics", health.metrics, plain=True),
    # the whole system
    Route("GET", "/fhir/metadata", "capabilities", capabilities.capabilities, public=True),
    Route("POST", "/fhir", "transaction", batch.batch),
    Route("GET", "/fhir", "search-system", home.base, public=True),  # a search asks who calls
    Route("POST", "/fhir/_search", "search-system", search.system, form=True),
    Route("GET", "/fhir/_history", "history-system", history.history),
    Route("POST", "/fhir/$validate", "$validate", validate.validate),
    # the audit, which the server alone writes
    Route("GET", "/fhir/AuditEvent", "search-type", audit_event.search),
    Route("POST", "/fhir/AuditEvent/_search", "search-type", audit_event.search, form=True),
    Route("GET", "/fhir/AuditEvent/{id}", "read", audit_event.read),
    *(
        Route(method, path, "audit-event", audit_event.refused)
        for path in ("/fhir/AuditEvent", "/fhir/AuditEvent/{id}")
        for method in ("POST", "PUT", "PATCH", "DELETE")
    ),
    # a type
    Route("GET", "/fhir/{type}", "search-type", search.by_type),
    Route("POST", "/fhir/{type}/_search", "search-type", search.by_type, form=True),
    Route("POST", "/fhir/{type}", "create", create.create),
    Route("PUT", "/fhir/{type}", "conditional-update", update.conditional),
    Route("PATCH", "/fhir/{type}", "conditional-patch", patch.conditional),
    Route("DELETE", "/fhir/{type}", "conditional-delete", delete.conditional),
    Route("GET", "/fhir/{type}/_history", "history-type", history.history),
    Route("POST", "/fhir/{type}/$validate", "$validate", validate.validate),
    # an instance
    Route("GET", "/fhir/{type}/{id}", "read", read.read),
    Route("PUT", "/fhir/{type}/{id}", "update", update.update),
    Route("PATCH", "/fhir/{type}/{id}", "patch", patch.patch),
    Route("DELETE", "/fhir/{type}/{id}", "delete", delete.delete),
    Route("GET", "/fhir/{type}/{id}/_history", "history-instance", history.history),
    Route("GET", "/fhir/{type}/{id}/_history/{version}", "vread", read.vread),
    Route("GET", "/fhir/{type}/{id}/$validate", "$validate", validate.stored),
    Route("POST", "/fhir/{type}/{id}/$validate", "$validate", validate.validate),
    Route("GET", "/fhir/{type}/{id}/$meta", "$meta", meta.meta),
    Route("GET", "/fhir/{type}/{id}/_history/{version}/$meta", "$meta", meta.meta),
    Route("POST", "/fhir/{type}/{id}/$meta-add", "$meta-add", meta.add),
    Route("POST", "/fhir/{type}/{id}/$meta-delete", "$meta-delete", meta.delete),
    Route(
        "GET", "/fhir/{type}/{id}/$everything", "$everything", everything.everything, ("Patient",)
    ),
    # a compartment
    Route(
        "GET", "/fhir/{type}/{id}/{member}", "search-compartment", compartment.search, COMPARTMENTS
    ),
    Route(
        "POST",
        "/fhir/{type}/{id}/{member}/_search",
        "search-compartment",
        compartment.search,
        COMPARTMENTS,
        form=True,
    ),
)


TABLE = Table(ROUTES)
