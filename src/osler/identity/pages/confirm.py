"""The page that asks for fresh proof of who one is, before what must not happen from a screen left alone."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from osler.identity import forms, happenings, kept, lockout, sessions, signin, stepup
from osler.identity.middleware import ENROLLING, reachable, wants_json
from osler.identity.models import Account
from osler.identity.pages import lock
from osler.identity.pages.signin import gate
from osler.identity.redirects import next_of
from osler.identity.words import spoken
from osler.kit import clock

PAGE = "identity/confirm.html"
PATH = "/account/confirm/"


def ask(request: HttpRequest) -> HttpResponse:
    """Send whoever asks for a protected page to the proof, and then back to it."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    if wants_json(request):
        about = {"code": stepup.CODE, "confirm": PATH}
        return JsonResponse(about, status=403)
    to = lock.RESUME if kept.keep(request) else request.get_full_path()
    return HttpResponseRedirect(f"{PATH}?{urlencode({'next': to})}")


@reachable(ENROLLING)
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def confirm(request: HttpRequest) -> HttpResponse:
    """Prove who one is once more."""
    account = request.user
    assert isinstance(account, Account)
    to = next_of(request)
    about = {"next": to, "ways": lock.ways(account)}
    if request.method != "POST":
        return gate(request, PAGE, {"form": forms.Password(), **about})
    try:
        method = lock.prove(request, account, "step-up")
    except (signin.Wrong, lockout.TooMany) as error:
        status = 429 if isinstance(error, lockout.TooMany) else 403
        if wants_json(request):
            return JsonResponse({"code": "refused", "error": spoken(error)}, status=status)
        form = forms.Password({})
        form.errors.clear()
        form.add_error(None, spoken(error))
        answer = gate(request, PAGE, {"form": form, **about})
        answer.status_code = status
        return answer
    _proved(request, account, method)
    if wants_json(request):
        return JsonResponse({"state": "fresh", "minutes": stepup.MINUTES})
    return HttpResponseRedirect(to)


def _proved(request: HttpRequest, account: Account, method: str) -> None:
    row = sessions.row_of(request)
    assert row is not None
    happenings.happened(request, "step-up", account, session=row, detail=method)
    row.authenticated = clock.now()
    row.save(update_fields=["authenticated"])
