"""The insurance of a patient as one form of several Coverages: saved against the versions that it was made from.

The form's `version` names them all ("id.3 other.1", in the order of the rows). Where one of them, or another, has
changed since, what two people changed in different fields is kept of both; what both changed, somebody chooses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from osler.clinic.patients import coverage
from osler.clinic.patients.tables import words
from osler.fhir import r4
from osler.fhir.codec import decode, encode
from osler.kit.errors import Gone, Invalid, NotAllowed, NotFound, PreconditionFailed
from osler.kit.words import N_
from osler.record import Create, Op, Update
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_form
from osler.staff.patients import forms
from osler.ui import merging
from osler.ui.answers import saved
from osler.ui.page import record

_PREFIX = "coverages"
_TOKEN = re.compile(r"[A-Za-z0-9.-]{1,64}\.[0-9]{1,9}")
_FIELDS = tuple(forms.CoverageForm.base_fields)
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Late:
    """A form that was made from other versions than those of now: rows by the ids of their Coverages, then new ones."""

    ids: tuple[str, ...]
    base: Mapping[str, Row]
    mine: Mapping[str, Row]
    new: tuple[Row, ...]


@chart_page("details")
def insurance(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Change the coverages: those that are given, in this order; those that are gone are cancelled."""
    if not frame.writes["Coverage"]:
        raise NotAllowed("Your roles do not let you change the insurance.")
    if request.method == "POST":
        form = forms.Coverages(request.POST, prefix=_PREFIX)
        if form.is_valid():
            return _saved(request, frame, [_row(one.values) for one in form.forms])
        return _page(request, frame, form, request.POST.get("version", ""))
    held = _held(frame)
    rows = [coverage.read(one) for one in held]
    return _page(request, frame, forms.Coverages(prefix=_PREFIX, initial=rows), _token(held))


def _held(frame: Frame) -> list[r4.Coverage]:
    return coverage.of_patient(frame.record, frame.principal, frame.id)


def _page(request: ChartAsked, frame: Frame, form: Any, version: str) -> HttpResponse:
    about = {
        "part": "insurance",
        "title": N_("Insurance"),
        "many": True,
        "form": form,
        "version": version,
    }
    status = 422 if form.is_bound else 200
    return render_form(request, frame, "staff/patients/detail.html", about, status=status)


def _saved(request: ChartAsked, frame: Frame, rows: list[Row]) -> HttpResponse:
    """Save the rows; somebody may be faster even while it is done, and is then asked about like before."""
    try:
        return _save(request, frame, _held(frame), rows)
    except PreconditionFailed:
        return _save(request, frame, _held(frame), rows)


def _save(
    request: ChartAsked, frame: Frame, held: Sequence[r4.Coverage], rows: list[Row]
) -> HttpResponse:
    begun = _begun(request)
    text = _("Insurance saved")
    if begun != _pairs(held):
        late = _late(request, begun, rows)
        theirs = _theirs(request, held, begun)
        fields = _fields(late, held)
        if any(one.conflict for one in fields):
            return _choose(request, late, held, theirs)
        rows = _merged(fields)
        text = _("%(text)s. What %(who)s had changed meanwhile was kept too.") % {
            "text": text, "who": theirs.who or _("somebody else"),
        }  # fmt: skip
    ops = _ops(frame, held, rows)
    written = [op.resource for op in ops if isinstance(op, Create | Update)]
    coverage.link(
        frame.record, request.principal, [one for one in written if isinstance(one, r4.Coverage)]
    )
    frame.record.commit(request.principal, ops)
    return saved(request, reverse("details", args=[frame.id]), text)


def _ops(frame: Frame, held: Sequence[r4.Coverage], rows: Sequence[Row]) -> list[Op]:
    """What makes the coverages those of the rows, of which the first are of those that are held."""
    ops: list[Op] = []
    for order, row in enumerate(rows, start=1):
        if order > len(held):
            made = coverage.made(f"Patient/{frame.id}", row, order)
            ops += [Create(made, source="typed")] if made is not None else []
            continue
        before = held[order - 1]
        after = coverage.changed(before, row, order)
        if encode(after) != encode(before):
            ops.append(Update(after, if_match=_number(before), source="typed"))
    return ops


# ---- versions


def _number(one: r4.Coverage) -> int:
    return int((one.meta.versionId if one.meta else None) or 0)


def _pairs(held: Iterable[r4.Coverage]) -> list[tuple[str, int]]:
    return [(one.id or "", _number(one)) for one in held]


def _token(held: Iterable[r4.Coverage]) -> str:
    return " ".join(f"{id}.{version}" for id, version in _pairs(held)) or "-"


def _begun(request: ChartAsked) -> list[tuple[str, int]]:
    """The ids and versions that the form was made from. Raises Invalid where it does not say."""
    text = request.POST.get("version", "")
    parts = [] if text == "-" else text.split(" ")
    if not all(map(_TOKEN.fullmatch, parts)) or len(parts) > 20:
        raise Invalid("The form does not say which version it changes. Open it again.")
    split = (part.rpartition(".") for part in parts)
    return [(id, int(version)) for id, _dot, version in split]


# ---- somebody else was faster


def _late(request: ChartAsked, begun: Sequence[tuple[str, int]], rows: Sequence[Row]) -> _Late:
    base = {id: _as_it_was(request, id, version) for id, version in begun}
    ids = tuple(id for id, _version in begun)
    mine = dict(zip(ids, rows, strict=False))
    return _Late(ids, base, mine, tuple(rows[len(ids) :]))


def _as_it_was(request: ChartAsked, id: str, version: int) -> Row:
    try:
        found = decode(record().vread(request.principal, "Coverage", id, version).content)
    except (NotFound, Gone):
        return {}  # Then every difference is asked.
    return _row(coverage.read(found)) if isinstance(found, r4.Coverage) else {}


def _theirs(
    request: ChartAsked, held: Sequence[r4.Coverage], begun: Sequence[tuple[str, int]]
) -> merging.Theirs:
    """Who changed what there is now, of the first that is another than the form began with."""
    known = dict(begun)
    changed = next((id for id, version in _pairs(held) if known.get(id) != version), None)
    gone = next((id for id, _v in begun if id not in {one.id for one in held}), None)
    id = changed or gone
    told = record().written_by(request.principal, "Coverage", id) if id else None
    return merging.Theirs({}, _token(held), *(told or ("", None)))


def _order(late: _Late, held: Sequence[r4.Coverage]) -> list[str]:
    """The ids of the rows of the form that both changes make: those of now, then those that were cancelled."""
    now = [one.id or "" for one in held]
    return [*now, *(id for id in late.ids if id not in now)]


def _fields(late: _Late, held: Sequence[r4.Coverage]) -> list[merging.Field]:
    return merging.merged(*_values(late, held), _labels(late, held))


def _values(
    late: _Late, held: Sequence[r4.Coverage]
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Mine, theirs and what it was, by the names under which the form posts them."""
    now = {one.id or "": _row(coverage.read(one)) for one in held}
    mine: dict[str, str] = {}
    theirs: dict[str, str] = {}
    base: dict[str, str] = {}
    for at, id in enumerate(_order(late, held)):
        for values, row in zip((mine, theirs, base), _three(late, now, id), strict=True):
            values |= {_name(at, field): row.get(field, "") for field in _FIELDS}
    for at, row in enumerate(late.new, start=len(_order(late, held))):
        mine |= {_name(at, field): row.get(field, "") for field in _FIELDS}
    return mine, theirs, base


def _three(late: _Late, now: Mapping[str, Row], id: str) -> tuple[Row, Row, Row]:
    """One coverage as I have it, as they have it, as it was.

    Where one took it away and the other changed it, whether it stays is asked, and nothing else.
    """
    theirs, base = now.get(id, {}), late.base.get(id, {})
    if id not in late.ids:
        return theirs, theirs, theirs  # What I was not shown I did not change.
    mine = late.mine.get(id, {})
    was = ", ".join(filter(None, (base.get("payer"), base.get("member")))) + " ✓"
    if base.get("payer") and not theirs.get("payer") and mine.get("payer") and mine != base:
        return mine, {}, {"payer": was}
    if base.get("payer") and not mine.get("payer") and theirs.get("payer") and theirs != base:
        return {**theirs, "payer": ""}, theirs, {**theirs, "payer": was}
    return mine, theirs, base


def _name(at: int, field: str) -> str:
    return f"{_PREFIX}-{at}-{field}"


def _labels(late: _Late, held: Sequence[r4.Coverage]) -> dict[str, str]:
    fields = forms.CoverageForm.base_fields
    return {
        _name(at, field): f"{at + 1}. {fields[field].label}"
        for at in range(len(_order(late, held)) + len(late.new))
        for field in _FIELDS
    }


def _choose(
    request: ChartAsked, late: _Late, held: Sequence[r4.Coverage], theirs: merging.Theirs
) -> HttpResponse:
    """The page of both changes: its form has a row for every coverage of now, in their order."""
    mine, now, base = _values(late, held)
    rows = len(_order(late, held)) + len(late.new)
    asked = {
        "patient": request.POST.get("patient", ""),
        f"{_PREFIX}-TOTAL_FORMS": str(rows),
        f"{_PREFIX}-INITIAL_FORMS": str(len(held)),
    }
    told = merging.Theirs(now, theirs.version, theirs.who, theirs.when)
    relations = dict(forms.choices(words.INSURED))
    said = {name: relations for name in mine if name.endswith("-relation")}
    return merging.differences(
        request, mine=mine | asked, theirs=told, base=base, labels=_labels(late, held), choices=said
    )


def _merged(fields: Iterable[merging.Field]) -> list[Row]:
    rows: dict[int, dict[str, str]] = {}
    for one in fields:
        _prefix, at, name = one.name.split("-")
        rows.setdefault(int(at), {})[name] = "".join(one.result)
    return [rows[at] for at in sorted(rows)]


def _row(values: Mapping[str, Any]) -> Row:
    return {name: " ".join(str(values.get(name) or "").split()) for name in _FIELDS}
