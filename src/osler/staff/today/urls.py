"""The addresses of today."""

from __future__ import annotations

from django.urls import path

from osler.staff.today import moving, views

urlpatterns = [
    path("today/", views.today, name="today"),
    path("today/visit/<fhir:item>/", moving.move, name="visit-move"),
    path("today/task/<fhir:item>/", moving.done, name="task-done"),
    path("today/undo/", moving.undo, name="today-undo"),
]
