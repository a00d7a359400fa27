"""The links of the portal pages, for whoever may follow them."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from osler.identity import proxies
from osler.identity.models import Account
from osler.identity.principals import acting_for
from osler.kit.words import N_
from osler.ui.navigation import Item

_OWN = (
    (N_("Who looked"), "my-looked", "eye"),
    (N_("Who got data"), "my-disclosed", "send"),
    (N_("My consents"), "my-consents", "file-check"),
    (N_("My requests"), "my-requests", "inbox"),
)


def links(request: HttpRequest) -> list[Item]:
    """What is open to who is signed in: patients, and those who act for them.

    Who looked, who got data and requests are the patient's own: they would tell others of care that is
    hidden from them.
    """
    user = request.user
    if not isinstance(user, Account):
        return []
    place = "menu" if user.kind == Account.Kind.STAFF else "rail"
    own = _OWN if _is_themselves(request, user) else ()
    found = [Item(gettext(label), reverse(name), icon, place, name) for label, name, icon in own]
    if user.kind in (Account.Kind.PATIENT, Account.Kind.PROXY) or proxies.acts(user):
        others = gettext("Acting for others")
        found.append(Item(others, reverse("my-proxies"), "users-round", place, "my-proxies"))
    return found


def _is_themselves(request: HttpRequest, user: Account) -> bool:
    return user.kind == Account.Kind.PATIENT and acting_for(request, user) is None
