"""A posted form that could not be taken yet (the session was locked, or proof was due): kept, offered again.

It is kept in the session, which is encrypted with a key that only the browser's cookie makes.
"""

from __future__ import annotations

from typing import TypedDict, cast

from django.http import HttpRequest

_KEY = "osler.kept"
_LONGEST = 500_000
_NEVER = frozenset({"csrfmiddlewaretoken", "credential"})
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


class Kept(TypedDict):
    """One form: where it goes, and its fields in order. Files are not kept; `files` says how many there were."""

    path: str
    fields: list[tuple[str, str]]
    files: int


def keep(request: HttpRequest) -> bool:
    """Keep the form of this request; False where there is none, or it is too large."""
    if request.method != "POST" or request.content_type not in {FORM, MULTIPART}:
        return False
    fields = [
        (name, str(value))
        for name, values in request.POST.lists()
        if name not in _NEVER and "password" not in name
        for value in values
    ]
    if sum(len(name) + len(value) for name, value in fields) > _LONGEST:
        return False
    kept = Kept(path=request.get_full_path(), fields=fields, files=len(request.FILES))
    request.session[_KEY] = kept
    return True


def there(request: HttpRequest) -> bool:
    """Whether a form is kept."""
    return _KEY in request.session


def take(request: HttpRequest) -> Kept | None:
    """The kept form, once."""
    return cast("Kept | None", request.session.pop(_KEY, None))
