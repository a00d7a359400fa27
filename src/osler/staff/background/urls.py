"""The addresses of: family, social and surgical history."""

from __future__ import annotations

from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from osler.staff.background import asking, history, social

_AT = "patients/<fhir:id>/"
_FAMILY = f"{_AT}family/"
_SOCIAL = f"{_AT}social/"
_SURGICAL = f"{_AT}surgical-history/"
urlpatterns: list[URLPattern] = [
    path(_FAMILY, history.family_page, name="family"),
    path(f"{_FAMILY}statement/", history.statement, name="family-statement"),
    path(
        f"{_FAMILY}statement/<fhir:item>/wrong/",
        require_POST(history.withdraw),
        name="family-statement-wrong",
    ),
    *history.RELATIVES.urls(_FAMILY),
    path(_SOCIAL, social.social, name="social"),
    path(f"{_SOCIAL}new/<slug:name>/", asking.ask, name="questionnaire-new"),
    path(f"{_SOCIAL}score/<slug:name>/", asking.score, name="questionnaire-score"),
    path(f"{_SOCIAL}<fhir:item>/", social.one, name="questionnaire"),
    path(f"{_SOCIAL}<fhir:item>/change/", asking.change, name="questionnaire-change"),
    path(f"{_SOCIAL}<fhir:item>/wrong/", social.wrong, name="questionnaire-wrong"),
    path(_SURGICAL, history.surgical_page, name="surgical"),
    *history.STAYS.urls(_SURGICAL, "stays/"),
    *history.OPERATIONS.urls(_SURGICAL, "operations/"),
]
