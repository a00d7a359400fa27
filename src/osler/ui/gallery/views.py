"""The page of all components, with made-up content."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from osler.ui.gallery import samples
from osler.ui.page import Asked, page


@page(kinds=("staff",))
def gallery(request: Asked) -> HttpResponse:
    """Show them; a form that is posted comes back with its errors, for nothing is kept."""
    about = samples.everything(request)
    return render(request, "ui/gallery/show.html", about, status=422 if request.POST else 200)
