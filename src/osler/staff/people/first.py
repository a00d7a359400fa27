"""The first page of an empty installation, and that of the demo; both are for who is not signed in."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from osler.access import Origin, Principal
from osler.clinic.practice import NewPractice
from osler.identity import happenings, installing, lockout, rights, signin
from osler.identity.models import Account
from osler.identity.words import role_name, spoken
from osler.kit.errors import OslerError
from osler.staff.founding import set_up
from osler.staff.people.tours import TOURS
from osler.ui.door import record

_PLAIN = {"autocapitalize": "none", "spellcheck": "false"}
DEMO_PASSWORD = "osler demo only"  # noqa: S105 - known to everybody, in the demo alone


def _clinicians() -> list[tuple[str, str]]:
    wanted = ("physician", "nurse", "medical-assistant", "pharmacist")
    known = rights.roles()
    return [
        ("", gettext("No")),
        *(
            (code, gettext("Yes: %(role)s") % {"role": role_name(code)})
            for code in wanted
            if code in known
        ),
    ]


class Setup(forms.Form):
    """The practice, and who manages it."""

    code = forms.CharField(
        label=gettext_lazy("Setup code"),
        max_length=100,
        help_text=gettext_lazy("Osler printed it where it was started."),
        widget=forms.TextInput(attrs={**_PLAIN, "autocomplete": "off"}),
    )
    practice = forms.CharField(label=gettext_lazy("Name of the practice"), max_length=200)
    phone = forms.CharField(label=gettext_lazy("Telephone"), max_length=50, required=False)
    name = forms.CharField(
        label=gettext_lazy("Your full name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    clinician = forms.ChoiceField(
        label=gettext_lazy("Do you treat patients?"), required=False, choices=_clinicians
    )
    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=150,
        widget=forms.TextInput(attrs={**_PLAIN, "autocomplete": "username"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=4096,
        help_text=gettext_lazy("At least 12 characters; a few unrelated words work well."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


@sensitive_post_parameters("code", "password")
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """Make the practice and its administrator; only where nobody can sign in yet."""
    if not installing.needed():
        return redirect("account_login")
    form = Setup(request.POST or None)
    if form.is_valid():
        try:
            account = _set_up(request, form.cleaned_data)
        except OslerError as error:
            place = error.issues[0].expression
            form.add_error(place if place in form.fields else None, spoken(error))
        else:
            return signin.enter_by_password(request, account, "/")
    return render(request, "staff/people/setup.html", {"form": form})


def _set_up(request: HttpRequest, given: dict[str, str]) -> Account:
    attempt = lockout.attempt(request, "setup", None, "setup")
    installing.check_code(given["code"])
    attempt.succeeded()
    origin = Origin(happenings.address_of(request), happenings.client_of(request))
    # Whoever knows the code is at the machine: the record is written as its operator writes it.
    actor = Principal("system:setup", "First run", roles=frozenset({"local"}), origin=origin)
    administrator = installing.Administrator(
        name=given["name"],
        username=given["username"],
        password=given["password"],
        email=given["email"],
        clinician=given["clinician"] or None,
    )
    return set_up(record(), actor, NewPractice(given["practice"], given["phone"]), administrator)


@require_GET
def demo(request: HttpRequest) -> HttpResponse:
    """Whom one can be in the demo, and five minutes with each of them (`?tour=USERNAME`)."""
    if not installing.is_demo():
        raise Http404
    wanted = request.GET.get("tour")
    if wanted is not None:
        return _tour(request, wanted)
    rows = [(one, roles, TOURS.get(one.username)) for one, roles in _people()]
    order = {username: place for place, username in enumerate(TOURS)}
    rows.sort(key=lambda row: order.get(row[0].username, len(order)))
    return render(request, "staff/people/demo.html", {"rows": rows, "password": DEMO_PASSWORD})


def _people() -> list[tuple[Account, str]]:
    """The demo's own accounts with the names of their roles; not who was added later."""
    known = rights.roles()
    return [
        (one, ", ".join(role_name(code) for code in one.roles if code in known))
        for one in Account.objects.exclude(kind=Account.Kind.SERVICE).order_by("kind", "created")
        if one.is_active and one.email.endswith("@demo.osler.example")
    ]


def _tour(request: HttpRequest, username: str) -> HttpResponse:
    tour = TOURS.get(username)
    found = next((row for row in _people() if row[0].username == username), None)
    if tour is None or found is None:
        raise Http404
    one, roles = found
    context = {"one": one, "roles": roles, "tour": tour, "password": DEMO_PASSWORD}
    return render(request, "staff/people/tour.html", context)
