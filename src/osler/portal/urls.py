"""The addresses of the portal pages."""

from __future__ import annotations

from django.urls import path

from osler.portal.consents import views as consents
from osler.portal.privacy import views as privacy
from osler.portal.proxies import views as proxies
from osler.portal.record import views as record

urlpatterns = [
    path("proxies/", proxies.mine, name="my-proxies"),
    path("proxies/act/", proxies.act, name="my-act"),
    path("proxies/<uuid:number>/end/", proxies.end, name="my-proxy-end"),
    path("looked", record.looked, name="my-looked"),
    path("disclosed", record.disclosed, name="my-disclosed"),
    path("consents", consents.mine, name="my-consents"),
    path("consents/<fhir:id>/end", consents.withdrawn, name="my-consent-end"),
    path("requests", privacy.mine, name="my-requests"),
    path("requests/<fhir:id>", privacy.step, name="my-request"),
]
