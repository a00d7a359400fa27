"""Where a page may send a browser on to: to paths of Osler's own, nowhere else."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

FIELD = "next"


def is_inside(url: str | None) -> bool:
    """Whether it is a path of Osler's own."""
    if not url or not url.startswith("/") or url.startswith("/account/logout"):
        return False
    # Browsers drop tabs and line ends, and take a backslash for a slash.
    plain = url.isprintable() and "\\" not in url
    return plain and url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def next_of(request: HttpRequest, otherwise: str = "/") -> str:
    """Where the form or the address says to go on to, if that is inside."""
    wanted = request.POST.get(FIELD) or request.GET.get(FIELD) or ""
    return wanted if is_inside(wanted) else otherwise
