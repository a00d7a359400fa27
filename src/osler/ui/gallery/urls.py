"""The address of the gallery."""

from __future__ import annotations

from django.urls import path

from osler.ui.gallery import views

urlpatterns = [path("gallery/", views.gallery, name="gallery")]
