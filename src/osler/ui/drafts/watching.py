"""What open pages ask: who else is here and what was missed, and the words for what was announced."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from osler.fhir.codec import decode
from osler.kit.errors import Gone, Invalid, NotAllowed, NotFound
from osler.record import changing
from osler.ui import navigation
from osler.ui.drafts import words
from osler.ui.page import Asked, page, record

_WORDS_AT_MOST = 5


@require_POST
@page(kinds=("staff",))
def here(request: Asked) -> HttpResponse:
    """A page says that it is open on a patient; answers who else is, and what was written since `since`.

    Pages ask every 20 seconds. It is how one without a stream learns of changes, and how one with a stream
    finds what that may have missed. With `counts` it says how much waits too.
    """
    given, who = request.POST, request.principal
    tab, patient = given.get("tab", ""), given.get("patient", "")
    if given.get("gone"):
        record().gone(who, tab)
        return JsonResponse({})
    record().here(who, tab, patient, given.get("doing", ""))
    watched = frozenset({patient} - {""})
    if not patient and given.get("doing") == changing.DAY:
        watched = frozenset({changing.DAY})
    people = record().present(who, watched)
    answer: dict[str, object] = {
        "people": [{"patient": one.patient, "name": one.name, "doing": one.doing} for one in people]
    }
    if given.get("counts"):
        answer["counts"] = navigation.counts(who)
    if not given.get("since"):
        return JsonResponse(answer | {"cursor": changing.cursor(record().database)})
    found = changing.since(record().database, given["since"], watched)
    told = changing.told(record(), who, watched, found.changes)
    changes = [changing.as_json(one, who) for one in told]
    return JsonResponse(answer | {"cursor": found.cursor, "changes": changes, "more": found.more})


@page(kinds=("staff",))
def counts(request: Asked) -> HttpResponse:
    """How much waits, for pages that are open already."""
    return JsonResponse(navigation.counts(request.principal))


@require_POST
@page(kinds=("staff",))
def said(request: Asked) -> HttpResponse:
    """The words for what was announced: a reading of the record like any other."""
    items = request.POST.getlist("item")[:_WORDS_AT_MOST]
    rows = []
    for item in items:
        type, _, rest = item.partition("/")
        id, _, new = rest.partition("/")
        if not (type and id):
            raise Invalid("What was announced is named as Type/id.")
        try:
            version = record().read(request.principal, type, id)
        except (NotFound, NotAllowed, Gone):
            continue  # No longer to be seen: then nothing is said of it.
        resource = decode(version.content)
        rows.append(
            {
                "type": type,
                "id": id,
                "patient": version.patient,
                "text": words.line(resource, new=new == "new"),
                "url": words.address(resource, version.patient),
            }
        )
    return JsonResponse({"said": rows})
