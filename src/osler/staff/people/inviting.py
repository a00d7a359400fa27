"""Inviting staff by e-mail, and the invitations that are open."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from osler.access import LOCAL
from osler.clinic.practice import practice_name
from osler.identity import invitations, mail, people, rights, stepup
from osler.identity.models import Invitation
from osler.identity.words import spoken
from osler.kit.errors import NotFound, OslerError
from osler.staff.people import forms
from osler.ui.page import Asked, page, record

_MANAGE = page(permission=people.MANAGE, kinds=("staff",))


def link_to(request: HttpRequest) -> invitations.Link:
    """The address of an invitation, under the name by which this server is known."""
    return lambda secret: request.build_absolute_uri(reverse("invitation", args=[secret]))


def practice() -> str:
    """The practice's name, for mails."""
    return practice_name(record(), LOCAL)


@_MANAGE
@stepup.required
def invite(request: Asked) -> HttpResponse:
    """Invite a member of staff."""
    rights.require(request.principal, "roles.manage")  # Before anything is filled in for nothing.
    form = forms.Invite(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            if given["person"]:
                type, _, id = people.checked_person(given["person"]).partition("/")
                record().read(request.principal, type, id)
            made, _ = invitations.invite(
                request.principal,
                given["email"],
                given["name"],
                given["roles"],
                link_to(request),
                person=given["person"],
                practice=practice(),
            )
        except mail.NotSent as error:
            messages.warning(
                request,
                gettext("The invitation is made, but not sent. %(error)s") % {"error": error},
            )
            return redirect("people")
        except OslerError as error:
            form.add_error(None, spoken(error))
        else:
            messages.success(
                request,
                gettext("Invited: %(name)s, at %(email)s.")
                % {"name": made.name, "email": made.email},
            )
            return redirect("people")
    about = {"form": form, "roles": forms.with_roles(form)}
    return render(request, "staff/people/invite.html", about)


@require_POST
@_MANAGE
@stepup.required
def again(request: Asked, number: UUID) -> HttpResponse:
    """Send an invitation anew."""
    try:
        invitations.again(request.principal, _found(number), link_to(request), practice())
    except OslerError as error:
        messages.error(request, spoken(error))
    else:
        messages.success(request, gettext("Sent anew; the earlier link opens nothing any more."))
    return redirect("people")


@require_POST
@_MANAGE
def withdraw(request: Asked, number: UUID) -> HttpResponse:
    """Withdraw an invitation."""
    invitations.withdraw(request.principal, _found(number))
    messages.success(request, gettext("Withdrawn."))
    return redirect("people")


def _found(number: UUID) -> Invitation:
    found = Invitation.objects.filter(pk=number).first()
    if found is None:
        raise NotFound("There is no such invitation.")
    return found
