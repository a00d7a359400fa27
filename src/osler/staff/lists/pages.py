"""How an item of a list is shown, changed and marked as a mistake: the same for every list of the chart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.access import Principal
from osler.clinic.lists.concepts import concept_of
from osler.clinic.lists.items import Chart, Item
from osler.clinic.terms import search
from osler.clinic.terms.tables import Term
from osler.fhir import r4
from osler.kit.errors import Invalid
from osler.record import Record, Version
from osler.staff.chart.frame import ChartAsked, Frame, render_chart, render_form
from osler.ui import merging_forms
from osler.ui.answers import Undo, saved
from osler.ui.combobox import Offer, Picked, resolved
from osler.ui.forms import Form
from osler.ui.page import Asked, one_line, page, record

MOST = 200
_OLDEST = 2_000


def chart_of(frame: Frame) -> Chart:
    """The lists of the chart that is open."""
    return Chart(frame.record, frame.principal, frame.id)


def most(request: ChartAsked) -> int:
    """How many are shown: `?n=400` after "Show older"."""
    asked = request.GET.get("n", "")
    return min(max(int(asked), MOST), _OLDEST) if asked.isdecimal() and len(asked) < 6 else MOST


def older(request: ChartAsked, more: bool) -> int:
    """How many "Show older" asks for; 0 where there is nothing older, or no more is shown at once."""
    shown = most(request)
    return min(shown * 2, _OLDEST) if more and shown < _OLDEST else 0


def listed(
    request: ChartAsked, frame: Frame, kind: str, template: str, more: bool, **found: Any
) -> HttpResponse:
    """The page of a list: what was found, what the reader may see and do, and whether there is anything older."""
    about = {
        "may": frame.writes[kind],
        "readable": frame.reads[kind],
        "more": older(request, more),
        **found,
    }
    return render_chart(request, frame, template, about)


def version_of(request: ChartAsked) -> int:
    """The version that a form was made from. Raises Invalid without one."""
    text = request.POST.get("version", "")
    if not text.isdecimal() or len(text) > 9:
        raise Invalid("The form does not say which version it changes. Open it again.")
    return int(text)


def offer(term: Term) -> Offer:
    """A term as a box shows it."""
    return Offer(term.value, term.name, _(term.about) if term.about else "", _code(term))


def _code(term: Term) -> str:
    return term.code if "icd-10" in term.system or "cvx" in term.system else ""


@require_POST
@page(kinds=("staff",))
def terms(request: Asked, kind: str) -> JsonResponse:
    """Answers to what is typed into a box, best first."""
    if kind not in search.KINDS:
        raise Http404
    text = one_line(request.POST.get("q", ""))
    found = search.search(record(), request.principal, kind, text)
    options = [
        {"value": o.value, "text": o.text, "about": o.about, "code": o.code}
        for o in map(offer, found)
    ]
    return JsonResponse({"options": options})


@dataclass(frozen=True, slots=True)
class Looked:
    """What a box means: the term, if it is one, and the concept that the record keeps."""

    term: Term | None
    concept: r4.CodeableConcept


class LookedUp(Form):
    """A form with boxes whose words are looked up once its own rules hold."""

    def look(self, here: Record, principal: Principal, kinds: dict[str, str]) -> dict[str, Looked]:
        """What each box means, by field; errors and offers go into the form."""
        found: dict[str, Looked] = {}
        for name, kind in kinds.items():
            terms: dict[str, Term] = {}
            said = resolved(
                self,
                name,
                partial(_named, here, kind, terms),
                partial(_search, here, principal, kind, terms),
            )
            picked = self.cleaned_data.get(name) or Picked()
            if name not in self.errors and picked:
                term = terms.get(said.value) if said else None
                found[name] = Looked(
                    term, concept_of(term, picked.text or (term.name if term else ""))
                )
        return found


def _named(here: Record, kind: str, seen: dict[str, Term], value: str) -> Offer | None:
    term = search.term(here, kind, value)
    if term is None:
        return None
    seen[term.value] = term
    return offer(term)


def _search(
    here: Record, principal: Principal, kind: str, seen: dict[str, Term], text: str
) -> Iterable[Offer]:
    found = search.search(here, principal, kind, text, 8)
    seen.update({one.value: one for one in found})
    return [offer(one) for one in found]


def done(
    request: ChartAsked,
    frame: Frame,
    version: Version,
    to: str,
    told: str,
    before: int = 0,
    more: bool = False,
) -> HttpResponse:
    """Back to the list with a toast that can take it back.

    `before` is the version that was changed. Where that is still the current one nothing was written (or only what
    is written along, `more`), and there is nothing to take back: Undo would take back what was written before.
    """
    back = reverse(to, args=[frame.id])
    if version.version == before:
        return saved(request, back, told if more else _("Nothing was changed"))
    undo = Undo(version.type, version.id, version.version)
    return saved(request, back, merging_forms.told(request, told), undo=undo)


def say_twice(form: LookedUp) -> None:
    """Let the form carry that its warning has been read: sent again, it is saved."""
    given = QueryDict(mutable=True)
    given.update({name: form.data.get(name) or "" for name in form.data})
    given["anyway"] = "on"
    form.data = given


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of an item's page."""

    label: str
    value: str
    kind: str = ""


def shown(
    request: ChartAsked, frame: Frame, title: str, type: str, item: Item[Any], facts: list[Fact]
) -> HttpResponse:
    """An item's page for who may read it only."""
    about = {
        "name": title,
        "type": type,
        "item": item,
        "facts": [one for one in facts if one.value],
    }
    return render_form(request, frame, "staff/lists/item.html", about)
