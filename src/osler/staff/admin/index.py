"""The administration's front page: cards with words, each only for who may follow it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from osler.identity import rights
from osler.kit.errors import NotAllowed
from osler.kit.words import N_
from osler.staff.admin.gates import STAFF
from osler.ui.page import Asked


@dataclass(frozen=True, slots=True)
class Card:
    """A page: its words, the name of its address, and the permissions of which one is needed."""

    title: str
    name: str
    icon: str
    words: str
    needs: tuple[str, ...]
    url: str = ""


_P, _S = ("practice.manage",), ("system.manage",)
GROUPS: tuple[tuple[str, tuple[Card, ...]], ...] = (
    (
        N_("Practice"),
        (
            Card(
                N_("Practice and partners"),
                "admin-practice",
                "building-2",
                N_("Name, numbers and addresses; departments, payers, laboratories."),
                _P,
            ),
            Card(
                N_("Sites and rooms"),
                "admin-places",
                "map-pin",
                N_("Where you work, and when each place is open."),
                _P,
            ),
            Card(
                N_("Code lists"),
                "admin-codes",
                "library",
                N_("Diagnoses, drugs and vaccines: which release is searched."),
                _P,
            ),
            Card(
                N_("Letter templates"),
                "letter-templates",
                "mail",
                N_("What letters of the practice begin with."),
                _P,
            ),
            Card(
                N_("Note templates and phrases"),
                "note-texts",
                "file-text",
                N_("What notes begin with, and words typed by a dot."),
                _P,
            ),
        ),
    ),
    (
        N_("People and access"),
        (
            Card(
                N_("People"),
                "people",
                "id-card",
                N_("Accounts and invitations; who has which role."),
                ("accounts.manage",),
            ),
            Card(
                N_("Directory"),
                "admin-people",
                "contact",
                N_("Names, credentials, NPI, languages, and who works at which site."),
                _P,
            ),
            Card(
                N_("Patients’ access"),
                "people-patients",
                "key-round",
                N_("A patient's own account, and who acts for a patient."),
                ("enrolment.issue",),
            ),
            Card(
                N_("Roles"),
                "roles",
                "user-cog",
                N_("What each role may do; try a change on real people before it holds."),
                ("roles.manage",),
            ),
            Card(
                N_("Who can see"),
                "who",
                "eye",
                N_("Everybody who can open a patient's chart, and by which rule."),
                ("access.explain",),
            ),
            Card(
                N_("Why can somebody see this?"),
                "why",
                "circle-help",
                N_("The rules behind one answer."),
                ("access.explain",),
            ),
            Card(N_("Tokens"), "tokens", "plug", N_("Keys of programs."), ("tokens.manage",)),
        ),
    ),
    (
        N_("Oversight"),
        (
            Card(
                N_("Privacy desk"),
                "privacy",
                "shield-check",
                N_("Requests of patients, broken glass, breaches."),
                ("privacy.manage",),
            ),
            Card(
                N_("Audit"),
                "audit",
                "scroll-text",
                N_("Who did what, when, why and from where."),
                ("audit.read",),
            ),
            Card(
                N_("FHIR browser"),
                "explore",
                "braces",
                N_("Any resource that your role shows: versions, references, requests."),
                (*_P, *_S),
            ),
        ),
    ),
    (
        N_("System"),
        (
            Card(
                N_("Health and settings"),
                "admin-system",
                "activity",
                N_("Versions, checks, and the settings in effect."),
                _S,
            ),
            Card(
                N_("Jobs"),
                "admin-jobs",
                "list-checks",
                N_("What runs in the background, and whether anything does."),
                _S,
            ),
            Card(
                N_("Storage"),
                "admin-storage",
                "database",
                N_("What takes how much room, and how it grows."),
                _S,
            ),
            Card(
                N_("Backups"),
                "admin-backups",
                "archive",
                N_("What must be kept elsewhere, and when it last was."),
                _S,
            ),
            Card(
                N_("Integrations"),
                "admin-integrations",
                "cable",
                N_("Sign-in, mail, programs and interfaces: what is connected."),
                (*_S, "tokens.manage"),
            ),
        ),
    ),
)


@STAFF
def index(request: Asked) -> HttpResponse:
    """The cards that this reader may open. Raises NotAllowed where there are none."""
    held = rights.permissions(request.principal.roles)
    groups = [(title, _cards(cards, held)) for title, cards in GROUPS]
    shown = [(title, cards) for title, cards in groups if cards]
    if not shown:
        raise NotAllowed("There is nothing to administer for your roles.")
    return render(request, "staff/admin/index.html", {"groups": shown})


def _cards(cards: tuple[Card, ...], held: frozenset[str]) -> list[Card]:
    return [
        Card(card.title, card.name, card.icon, card.words, card.needs, url)
        for card in cards
        if held & set(card.needs) and (url := _url(card.name))
    ]


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:  # A page that this version does not have.
        return ""
