"""The addresses of today."""

from __future__ import annotations

from django.urls import path

from osler.staff.today import views

urlpatterns = [
    path("today/", views.today, name="today"),
]
