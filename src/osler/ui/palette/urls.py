"""The address of the palette."""

from __future__ import annotations

from django.urls import path

from osler.ui.palette import views

urlpatterns = [path("palette/", views.palette, name="palette")]
