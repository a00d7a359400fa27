"""Roles: the list, one explained in words, its copy or change, tried on real people before it is saved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from osler.access import PERMISSIONS, Role, check, shipped, words
from osler.identity import rights, stepup
from osler.identity.models import Account
from osler.identity.people import uuid_of
from osler.identity.words import spoken
from osler.kit.errors import NotFound, OslerError
from osler.record.roles import RoleVersion
from osler.staff.access.forms import GrantForm, Grants, RoleForm, complain, filled, role_of
from osler.staff.access.holders import holders
from osler.ui.page import Asked, page, record
from osler.ui.purposes import standard

_ROLES = page(permission="roles.manage", kinds=("staff",))
_TRIED = 25
"""Holders on whom a change is tried; each costs a count for every kind of resource that changes."""


@_ROLES
def listed(request: Asked) -> HttpResponse:
    """Every role in force."""
    roles = sorted(record().roles().values(), key=lambda one: one.name)
    return render(
        request,
        "staff/access/roles.html",
        {"roles": roles, "may_ask": rights.has(request.principal, "access.explain")},
    )


def _role(code: str) -> Role:
    found = record().roles().get(code)
    if found is None:
        raise NotFound(f"There is no role {code!r}.")
    return found


@_ROLES
def shown(request: Asked, code: str) -> HttpResponse:
    """One role in words, who has it, and its earlier versions."""
    role = _role(code)
    context = {
        "role": role,
        "grants": [words(one, gettext) for one in role.grants],
        "permissions": [gettext(PERMISSIONS[one]) for one in sorted(role.permissions)],
        "holders": holders(code),
        "versions": _versions(request, code),
        "ours": record().roles()[code] != shipped().get(code),
        "is_shipped": code in shipped(),
        "purposes": [(one, standard(one)) for one in role.purposes],
    }
    return render(request, "staff/access/role.html", context)


def _versions(request: Asked, code: str) -> list[tuple[RoleVersion, str]]:
    """The saved versions, each with the name of who saved it."""
    found = record().role_history(request.principal, code)
    ids = {number for one in found if (number := uuid_of(one.by))}
    accounts = Account.objects.filter(pk__in=ids).values_list("pk", "name")
    names = {str(number): name for number, name in accounts}
    return [(one, names.get(one.by, one.by)) for one in found]


@_ROLES
def edited(request: Asked, code: str) -> HttpResponseBase:
    """Change a role, or make a copy of it: try it first, then save it."""
    if request.method == "POST" and request.POST.get("do") == "save":
        return _save(request, code)
    return _edit(request, code)


def _edit(request: Asked, code: str) -> HttpResponse:
    role = _role(code)
    if request.method != "POST":
        shown = replace(role, code="", name=f"{role.name} (copy)") if _copies(request) else role
        start = RoleForm.initial_of(shown) | {"version": _version(request, code)}
        form = _form(request, role, initial=start)
        grants = Grants(initial=[GrantForm.initial_of(one) for one in role.grants], prefix="g")
        return _page(request, code, form, grants)
    form, grants, changed = _filled(request, role)
    if changed is None:
        return _page(request, code, form, grants, status=400)
    have = holders(code)
    trials = record().try_role(request.principal, _as_held(changed, code), have[:_TRIED])
    tried = {
        "grants": [words(one, gettext) for one in changed.grants],
        "trials": trials,
        "more": max(0, len(have) - _TRIED),
    }
    return _page(request, code, form, grants, tried=tried)


def _as_held(changed: Role, code: str) -> Role:
    """A copy is tried on those who have what it is a copy of."""
    return replace(changed, code=code)


def _copies(request: Asked) -> bool:
    return request.GET.get("copy") == "1"


def _version(request: Asked, code: str) -> int:
    """The number of the version in force; 0 of a role that is as Osler comes with it."""
    saved = record().role_history(request.principal, code)
    return saved[0].version if saved else 0


def _form(request: Asked, role: Role, *args: Any, **kwargs: Any) -> RoleForm:
    known = frozenset(record().roles()) if _copies(request) else None
    kwargs.setdefault("initial", {"code": role.code})
    return RoleForm(*args, now=_version(request, role.code), known=known, **kwargs)


def _filled(request: Asked, role: Role) -> tuple[RoleForm, Any, Role | None]:
    """The forms as sent, and the role they make; None with the errors in the form."""
    initial = [GrantForm.initial_of(one) for one in role.grants]
    form = _form(request, role, request.POST)
    grants = Grants(request.POST, initial=initial, prefix="g")
    # A grant left as it was counts as much as a changed one.
    for one in grants.forms[: len(initial)]:
        one.empty_permitted = False
    both = [form.is_valid(), grants.is_valid()]
    if not all(both):
        return form, grants, None
    stay = filled(grants, kept=len(initial))
    made = role_of(form, stay)
    complain(form, stay, check(made))
    wrong = form.errors or any(one.errors for one in stay)
    return form, grants, None if wrong else made


def _page(
    request: Asked,
    code: str,
    form: RoleForm,
    grants: Any,
    *,
    tried: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"code": code, "form": form, "grants": grants, "tried": tried}
    context |= {"copy": _copies(request), "was": _role(code)}
    return render(request, "staff/access/edit.html", context, status=status)


@stepup.required
def _save(request: Asked, code: str) -> HttpResponse:
    form, grants, changed = _filled(request, _role(code))
    if changed is None:
        return _page(request, code, form, grants, status=400)
    try:
        number = record().save_role(request.principal, changed)
    except OslerError as error:
        for issue in error.issues:
            form.add_error(None, spoken(issue.diagnostics))
        return _page(request, code, form, grants, status=400)
    messages.success(
        request,
        gettext("%(name)s: saved as version %(number)s; it applies from the next click on.")
        % {"name": changed.name, "number": number},
    )
    return redirect("role", code=changed.code)


@_ROLES
def reset(request: Asked, code: str) -> HttpResponseBase:
    """Go back to the role that Osler comes with."""
    return _reset(request, code)


@stepup.required
def _reset(request: Asked, code: str) -> HttpResponse:
    if request.method == "POST":
        record().reset_role(request.principal, code)
        again = code in shipped()
        said = (
            gettext("The role is again what Osler comes with.")
            if again
            else gettext("The role is removed.")
        )
        messages.success(request, said)
    return redirect("roles")
