"""Whose language a page and a mail have: the account's, else this browser's choice, else what it asks for."""

from __future__ import annotations

import pytest

from osler.record import Record

pytestmark = pytest.mark.database


def _paul(language: str):  # type: ignore[no-untyped-def]  # Django must be set up first
    from osler.identity.models import Preferences
    from tests.identity import people

    one = people.nurse("paul", person="Practitioner/p1")
    one.roles, one.email = ["physician"], "paul@practice.example"
    one.save()
    Preferences.objects.update_or_create(account=one, defaults={"language": language})
    return one, people.signed_in(people.with_app(one))


def test_the_choice_of_an_account_wins_over_the_browser(record: Record) -> None:
    _account, paul = _paul("es")
    answer = paul.get("/preferences/", headers={"accept-language": "en"})
    assert '<html lang="es" dir="ltr"' in answer.content.decode()
    assert "<h1>Preferencias</h1>" in answer.content.decode()
    assert answer["Content-Language"] == "es"
    assert {"Accept-Language", "Cookie"} <= {one.strip() for one in answer["Vary"].split(",")}
    assert answer.cookies["django_language"].value == "es"


def test_who_has_chosen_nothing_gets_what_the_browser_asks_for(record: Record) -> None:
    _account, paul = _paul("")
    for asked, got in (("es-MX,es;q=0.9", "es"), ("fr", "en"), ("en-US", "en")):
        answer = paul.get("/preferences/", headers={"accept-language": asked})
        assert answer["Content-Language"] == got
        assert "django_language" not in answer.cookies


def test_a_visitor_chooses_at_the_sign_in(record: Record) -> None:
    from django.test import Client

    visitor = Client(headers={"host": "localhost"})
    assert "Sign in" in visitor.get("/account/login/").content.decode()
    chosen = visitor.get("/account/login/?language=es")
    assert chosen.cookies["django_language"].value == "es"
    assert "Iniciar sesión" in chosen.content.decode()
    assert "Iniciar sesión" in visitor.get("/account/login/").content.decode()
    assert visitor.get("/account/login/?language=xx")["Content-Language"] == "es"


def test_mails_go_out_in_the_language_of_who_gets_them(record: Record) -> None:
    from django.utils import translation

    from osler.identity import notices
    from osler.identity.models import Mail
    from osler.kit.words import N_

    account, _client = _paul("es")
    with translation.override("en"):
        said = N_("The password of your account %(username)s was changed.")
        notices.changed(account, said, username=account.username)
    mail = Mail.objects.latest("id")
    assert mail.subject == "Un cambio en su forma de iniciar sesión"
    assert mail.body.startswith("Se cambió la contraseña de su cuenta paul.")
    assert "Nunca le pide su contraseña" in mail.body


def test_what_the_audit_says_is_put_into_the_readers_language(record: Record) -> None:
    from django.utils import translation
    from django.utils.translation import gettext

    from osler.access import shipped, words
    from osler.record.audit_words import in_words

    with translation.override("es"):
        assert in_words("read", "Condition", say=gettext) == "leyó diagnósticos y problemas"
        grant = words(shipped()["patient"].grants[0], gettext)
        assert grant.startswith("Ver")
    assert in_words("read", "Condition") == "read diagnoses and problems"
