"""The addresses of drafts."""

from __future__ import annotations

from django.urls import path

from osler.ui.drafts import views

urlpatterns = [
    path("", views.drafts, name="drafts"),
    path("discard/", views.discard, name="draft-discard"),
]
