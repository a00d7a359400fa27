"""trace, now, not, aggregate, type; https://hl7.org/fhirpath/N1/#utility-functions"""

# ruff: noqa: ARG001 - every function of the language takes the context, whether it needs it or not

from __future__ import annotations

from osler.fhir.path import temporal
from osler.fhir.path.functions.registry import function
from osler.fhir.path.types import type_of
from osler.fhir.path.values import Context, Eval, Items, text, truth, unwrap
from osler.kit import clock


@function("trace", 1, 2, "lambda")
def trace(context: Context, items: Items, name: Eval, projection: Eval | None = None) -> Items:
    """Hands the items (or their projection) to the injected `trace(name, values)`; logs nothing by itself (PHI)."""
    listener = context.env.get("trace")
    if callable(listener):
        shown = items
        if projection is not None:
            shown = [each for item in items for each in projection([item], context)]
        listener(text(name(items, context), "trace()"), unwrap(shown))
    return items


def _moment(context: Context) -> temporal.Temporal:
    """One evaluation sees one instant."""
    if context.moment is None:
        context.moment = temporal.from_datetime(clock.now())
    return context.moment


@function("now")
def now(context: Context, items: Items) -> Items:
    """The instant of the evaluation, with offset."""
    return [_moment(context)]


@function("today")
def today(context: Context, items: Items) -> Items:
    """The day of the evaluation."""
    return [temporal.as_date(_moment(context))]


@function("timeOfDay")
def time_of_day(context: Context, items: Items) -> Items:
    """The time of the evaluation."""
    moment = _moment(context)
    return [temporal.make("time", moment.parts[3:], moment.fraction)]


@function("not")
def not_(context: Context, items: Items) -> Items:
    """The opposite; unknown stays unknown."""
    value = truth(items)
    return [] if value is None else [not value]


@function("aggregate", 1, 2, "lambda")
def aggregate(context: Context, items: Items, step: Eval, start: Eval | None = None) -> Items:
    """Folds the items into `$total`."""
    context.spend(len(items))
    total, index = context.total, context.index
    context.total = [] if start is None else start(items, context)
    for position, item in enumerate(items):
        context.index = position
        context.total = step([item], context)
        context.spend_on(context.total)
    found, context.total, context.index = context.total, total, index
    return found


@function("type")
def type_(context: Context, items: Items) -> Items:
    """Namespace and name of each item's type."""
    return [type_of(item) for item in items]
