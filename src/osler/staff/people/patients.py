"""At the front desk: a code for a patient's own account, and who may act for a patient."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

import qrcode
import qrcode.image.svg
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from osler.clinic import relations
from osler.clinic.patients import searching
from osler.fhir import r4
from osler.identity import enrolment, invitations, mail, proxies, stepup
from osler.identity.models import Account, EnrolmentCode, ProxyGrant
from osler.identity.words import spoken
from osler.kit import clock
from osler.kit.errors import Gone, Invalid, NotFound, OslerError
from osler.kit.words import N_
from osler.staff.people import forms
from osler.staff.people.ages import ages
from osler.staff.people.inviting import link_to, practice
from osler.ui import people as names
from osler.ui.page import Asked, one_line, page, record

_DESK = page(permission="enrolment.issue", kinds=("staff",))
_MOST = 25
_SHORT = {
    "clinical": N_("the record"),
    "scheduling": N_("appointments"),
    "billing": N_("coverage and bills"),
    "messages": N_("messages"),
}


@_DESK
def find(request: Asked) -> HttpResponse:
    """Find the patient whom it is about; posted, for names have no place in addresses."""
    wanted = one_line(request.POST.get("q", ""))[:100]
    found = searching.find(record(), request.principal, wanted, _MOST) if wanted else []
    labels = names.patient_labels(record(), request.principal, (one.id for one in found))
    rows = [(one.id, labels[one.id], one.why) for one in found if one.id in labels]
    return render(
        request, "staff/people/find.html", {"q": wanted, "rows": rows, "most": len(rows) == _MOST}
    )


@_DESK
def patient(request: Asked, id: str) -> HttpResponse:
    """A patient's account, codes, and who acts for them."""
    found = relations.read_patient(record(), request.principal, id)
    account = Account.objects.filter(patient=id, kind=Account.Kind.PATIENT, is_active=True).first()
    codes = EnrolmentCode.objects.filter(patient=id, used=None, revoked=None)
    about = {
        "id": id,
        "label": names.label(found),
        "account": account,
        "code": codes.filter(expires__gt=clock.now()).first(),
        "grants": [
            (one, _words(sorted(one.scope())), _words(one.narrowed))
            for one in proxies.of_patient(id)
        ],
    }
    return render(request, "staff/people/patient.html", about)


def _words(categories: Iterable[str]) -> list[str]:
    return [gettext(_SHORT.get(one, one)) for one in categories]


@require_POST
@_DESK
def issue(request: Asked, id: str) -> HttpResponse:
    """Print a code with the address and a QR code of it."""
    found = relations.read_patient(record(), request.principal, id)
    born = relations.birth_date(found)
    if born is None:
        raise Invalid("The patient has no birth date in the record, and the code asks for it.")
    made, code = enrolment.issue(request.principal, id, relations.patient_name(found), born)
    address = request.build_absolute_uri(reverse("enrol"))
    about = {
        "label": names.label(found),
        "code": code,
        "address": address,
        "qr": _qr(address),
        "until": made.expires,
        "hours": enrolment.HOURS,
        "practice": practice(),
    }
    return render(request, "staff/people/code.html", about)


@_DESK
@stepup.required
def grant(request: Asked, id: str) -> HttpResponse:
    """Let somebody act for a patient."""
    found = relations.read_patient(record(), request.principal, id)
    form = forms.Grant(request.POST or None)
    if form.is_valid():
        try:
            made = _granted(request, found, form.cleaned_data)
        except mail.NotSent as error:
            messages.warning(
                request,
                gettext("The authority is given, but the mail was not sent. %(error)s")
                % {"error": error},
            )
            return redirect("people-patient", id=id)
        except OslerError as error:
            form.add_error(None, spoken(error))
        else:
            waits = "" if made.account else " " + gettext("An invitation is on its way.")
            messages.success(
                request,
                gettext("%(name)s may act for the patient.%(waits)s")
                % {"name": made.name, "waits": waits},
            )
            return redirect("people-patient", id=id)
    about = {"form": form, "label": names.label(found), "id": id, "ages": ages()}
    return render(request, "staff/people/grant.html", about)


@require_POST
@_DESK
def end(request: Asked, id: str, number: UUID) -> HttpResponse:
    """End an authority at once."""
    relations.read_patient(record(), request.principal, id)
    ended = proxies.end(request.principal, str(number), patient=id)
    unrelate(request, ended)
    messages.success(
        request, gettext("%(name)s acts for the patient no more.") % {"name": ended.name}
    )
    return redirect("people-patient", id=id)


def unrelate(request: Asked, ended: ProxyGrant) -> None:
    """Write it into the record too, on behalf of who ended it; the access has ended already."""
    try:
        relations.unrelate(
            record(), relations.steward(request.principal), ended.person, clock.now()
        )
    except (NotFound, Gone):
        messages.warning(request, gettext("The record has no such related person any more."))


def _granted(request: Asked, found: r4.Patient, given: dict[str, object]) -> ProxyGrant:
    about = proxies.Patient(
        found.id or "", relations.patient_name(found), relations.birth_date(found)
    )
    kind, name = str(given["kind"]), invitations.one_line(str(given["name"]))
    email, agreed = str(given["email"]), bool(given["agreed"])
    ends = _evening(given["ends"])
    account = _account_of(email)
    # Before anything is written: what may not be given leaves nobody related.
    wanted = frozenset[str](given["categories"])  # type: ignore[call-overload]  # the form's list
    proxies.check(request.principal, account, kind, wanted, str(given["basis"]))
    _, until = proxies.limits(kind, about, ages(), ends=ends, agreed=agreed)
    person = relations.relate(
        record(), relations.steward(request.principal), about.id, name, kind, until
    )
    made = proxies.grant(
        request.principal,
        about,
        account=account,
        name=name,
        email=email,
        person=person,
        kind=kind,
        categories=wanted,
        basis=str(given["basis"]),
        ages=ages(),
        ends=ends,
        agreed=agreed,
    )
    if account is None:
        invitations.invite_proxy(request.principal, made, link_to(request), practice=practice())
    return made


def _account_of(email: str) -> Account | None:
    """The one open account that was made by a mail to this address.

    What patients say of their own is not proved; by the invitation they may use the account they have.
    """
    proved = (Account.Kind.STAFF, Account.Kind.PROXY)
    some = list(Account.objects.filter(email__iexact=email, is_active=True, kind__in=proved)[:2])
    return some[0] if len(some) == 1 else None


def _evening(day: object) -> datetime | None:
    """The last moment of the last day, where the practice is."""
    if not isinstance(day, date):
        return None
    return clock.midnight(day + timedelta(days=1)) - timedelta(seconds=1)


def _qr(text: str) -> str:
    """A QR code as an image inside the page; the text is an address of ours, without a secret."""
    image = qrcode.make(text, image_factory=qrcode.image.svg.SvgPathImage, box_size=8, border=2)
    return str(mark_safe(image.to_string(encoding="unicode")))  # noqa: S308 - drawn here from our own address
