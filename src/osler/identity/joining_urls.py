"""The addresses at which accounts are made."""

from __future__ import annotations

from django.urls import include, path

from osler.identity.pages import joining

urlpatterns = [
    path("invitation/<str:secret>/", joining.invitation, name="invitation"),
    path("join/", joining.join, name="join"),
    path("enrol/", joining.enrol, name="enrol"),
    path("oidc/<str:provider_id>/login/", joining.provider, name="provider"),
    path("", include("allauth.socialaccount.providers.openid_connect.urls")),
]
