"""Roles: the list, one explained in words, its copy or change, tried on real people before it is saved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from osler.access import PERMISSIONS, Role, check, words
from osler.identity import stepup
from osler.kit.errors import NotFound, OslerError
from osler.record import Access
from osler.staff.access.forms import GrantForm, Grants, RoleForm, role_of
from osler.staff.access.holders import holders
from osler.ui.page import Asked, page, record

_ROLES = page(permission="roles.manage", kinds=("staff",))


@_ROLES
def listed(request: Asked) -> HttpResponse:
    """Every role in force."""
    roles = sorted(record().roles().values(), key=lambda one: one.name)
    return render(request, "staff/access/roles.html", {"roles": roles})


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
        "grants": [words(one) for one in role.grants],
        "permissions": [PERMISSIONS[one] for one in sorted(role.permissions)],
        "holders": holders(code),
        "versions": record().role_history(request.principal, code),
    }
    return render(request, "staff/access/role.html", context)


@_ROLES
def edited(request: Asked, code: str) -> HttpResponseBase:
    """Change a role, or make a copy of it: try it first, then save it."""
    if request.method == "POST" and request.POST.get("do") == "save":
        return _save(request, code)
    return _edit(request, code)


def _edit(request: Asked, code: str) -> HttpResponse:
    role = _role(code)
    if request.method != "POST":
        copied = request.GET.get("copy") == "1"
        shown = replace(role, code="", name=f"{role.name} (copy)") if copied else role
        form = RoleForm(initial=RoleForm.initial_of(shown))
        grants = Grants(initial=[GrantForm.initial_of(one) for one in role.grants], prefix="g")
        return _page(request, code, form, grants)
    form, grants, changed = _filled(request, role)
    if changed is None:
        return _page(request, code, form, grants, status=400)
    trials = record().try_role(request.principal, changed, holders(changed.code) or holders(code))
    record().note(request.principal, Access("try-role", query=changed.code, hits=len(trials)))
    tried = {"grants": [words(one) for one in changed.grants], "trials": trials}
    return _page(request, code, form, grants, tried=tried)


def _filled(request: Asked, role: Role) -> tuple[RoleForm, Any, Role | None]:
    """The forms as sent, and the role they make; None with the errors in the form."""
    initial = [GrantForm.initial_of(one) for one in role.grants]
    form, grants = RoleForm(request.POST), Grants(request.POST, initial=initial, prefix="g")
    # A grant left as it was counts as much as a changed one.
    for one in grants.forms[: len(initial)]:
        one.empty_permitted = False
    if not (form.is_valid() and grants.is_valid()):
        return form, grants, None
    made = role_of(form, grants, kept=len(initial))
    for issue in check(made):
        form.add_error(None, issue.diagnostics)
    return form, grants, None if form.errors else made


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
            form.add_error(None, issue.diagnostics)
        return _page(request, code, form, grants, status=400)
    messages.success(request, f"Saved as version {number}; it applies from the next click on.")
    return redirect("role", code=changed.code)


@_ROLES
def reset(request: Asked, code: str) -> HttpResponseBase:
    """Go back to the role that Osler comes with."""
    return _reset(request, code)


@stepup.required
def _reset(request: Asked, code: str) -> HttpResponse:
    if request.method == "POST":
        record().reset_role(request.principal, code)
        messages.success(request, "The role is again what Osler comes with.")
    return redirect("roles")
