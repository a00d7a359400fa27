"""The browsers an account signs in from: known by a signed cookie, and told of when they are new."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext

from osler.identity import happenings, notices
from osler.identity.models import Account, Device
from osler.kit import clock

LIFETIME = timedelta(days=400)
"""The longest that browsers keep a cookie."""
_SALT = "osler.device"
_GIVEN = "osler_device_given"


def cookie_name() -> str:
    """The cookie's name; `__Host-` only where https lets browsers take it."""
    return "__Host-osler-device" if settings.SESSION_COOKIE_SECURE else "osler-device"


def browser_of(request: HttpRequest) -> str | None:
    """The hash of what the browser's cookie says, where it is one that we signed."""
    value = getattr(request, _GIVEN, None) or request.COOKIES.get(cookie_name())
    try:
        secret = Signer(salt=_SALT).unsign(value) if value else None
    except BadSignature:
        secret = None
    return hashlib.sha256(secret.encode()).hexdigest() if secret else None


def known(request: HttpRequest, account: Account) -> Device | None:
    """The browser, where this account has signed in from it before and not forgotten it."""
    browser = browser_of(request)
    if browser is None:
        return None
    return Device.objects.filter(account=account, browser=browser, forgotten=None).first()


def seen(request: HttpRequest, account: Account) -> Device:
    """The browser of a sign-in; the owner is told of a new one (but not of their first)."""
    browser = browser_of(request) or _new_browser(request)
    first = not Device.objects.filter(account=account).exists()
    device, made = Device.objects.get_or_create(account=account, browser=browser)
    fresh = made or device.forgotten is not None
    device.client, device.address = happenings.client_of(request), happenings.address_of(request)
    device.last_seen, device.forgotten = clock.now(), None
    if fresh:
        device.first_seen = device.last_seen
    device.save()
    if fresh and not first:
        notices.new_device(account, device)
        happenings.happened(request, "device-new", account)
    return device


def forget(device: Device) -> None:
    """The next sign-in from it is one from a new browser."""
    device.forgotten = clock.now()
    device.save(update_fields=["forgotten"])


def remember(request: HttpRequest, response: HttpResponseBase) -> None:
    """Give the browser its cookie, where this request made one."""
    value = getattr(request, _GIVEN, None)
    if value is not None and isinstance(response, HttpResponse):
        response.set_cookie(
            cookie_name(),
            value,
            max_age=LIFETIME,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def _new_browser(request: HttpRequest) -> str:
    setattr(request, _GIVEN, Signer(salt=_SALT).sign(secrets.token_urlsafe(24)))
    browser = browser_of(request)
    assert browser is not None
    return browser


def words(client: str) -> str:
    """A browser's name and system in words, as far as it tells them."""
    systems = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "CrOS", "Linux")
    names = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
    shown = {"Edg": "Edge", "OPR": "Opera", "Mac OS X": "macOS", "CrOS": "ChromeOS"}
    name = next((each for each in names if each in client), "")
    system = next((each for each in systems if each in client), "")
    parts = [shown.get(part, part) for part in (name, system) if part]
    return (
        gettext("%(browser)s on %(system)s") % dict(zip(("browser", "system"), parts, strict=True))
        if len(parts) == 2
        else "".join(parts) or gettext("Unknown browser")
    )
