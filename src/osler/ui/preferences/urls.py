"""The addresses of one's preferences."""

from __future__ import annotations

from django.urls import path

from osler.ui.preferences import views

urlpatterns = [
    path("preferences/", views.show, name="preferences"),
    path("preferences/theme/", views.theme, name="preferences-theme"),
    path("preferences/forget/", views.forget, name="preferences-forget"),
]
