"""Who looked at a chart, by day, and for which emergencies its glass was broken."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby

from django.http import HttpResponse
from django.utils.translation import gettext as _

from osler.identity import rights
from osler.identity.words import role_name
from osler.kit import clock
from osler.record import Look
from osler.record.audit_words import in_words
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.ui.purposes import standard

_DAYS = (30, 365, 2190)


@chart_page("access-log", permission="audit.read")
def access_log(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Who did what with this record, newest day first."""
    given = request.GET.get("days", "")
    days = int(given) if given in map(str, _DAYS) else _DAYS[0]
    since = clock.now() - timedelta(days=days)
    found = frame.record.who_looked(request.principal, frame.id, since)
    by_day = [
        (day, [(one, _did(one), standard(one.purpose), _roles(one)) for one in some])
        for day, some in groupby(found, key=lambda one: one.day)
    ]
    about = {
        "days": by_day,
        "period": days,
        "periods": [(30, _("30 days")), (365, _("A year")), (2190, _("Six years"))],
        "glass": _glass(request, frame),
    }
    return render_chart(request, frame, "staff/chart/access_log.html", about)


def _glass(request: ChartAsked, frame: Frame) -> list[object]:
    """The times that the glass was broken, for who reviews them."""
    if not frame.has("privacy.manage"):
        return []
    return list(frame.record.glass_log(request.principal, frame.id))


def _did(look: Look) -> str:
    return ", ".join(dict.fromkeys(in_words(*what, say=_) for what in look.what)) or look.words


def _roles(look: Look) -> list[str]:
    shown = (code for code in look.roles if code != rights.LOCAL_ROLE)
    return [role_name(code) for code in shown]
