"""What the palette answers: a list for the dialog, and a page of its own where no script runs."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from osler.ui.answers import in_panel
from osler.ui.page import Asked, one_line, page
from osler.ui.palette import sources

_LONGEST = 100


@page(kinds=("staff",))
def palette(request: Asked) -> HttpResponse:
    """Find; what is sought comes by POST alone, for names have no place in addresses."""
    text = one_line(request.POST.get("q", ""))[:_LONGEST]
    found = sources.ask(request, text)
    about = {"groups": found, "q": text, "patient": sources.open_chart(request)}
    template = "ui/palette/found.html" if in_panel(request) else "ui/palette/page.html"
    answer = render(request, template, about)
    answer["Vary"] = "HX-Request"
    return answer
