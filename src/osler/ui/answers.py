"""What a page answers when something has been saved: go there, and a toast that says so and offers Undo.

    return saved(request, reverse("problems", args=[frame.id]), _("Problem added"), undo=Undo("Condition", id, 1))

A toast travels as a Django message; `toasts` reads them for the page, each with what its Undo button posts.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from osler.ui import drafts

_MARK = "toast:"


@dataclass(frozen=True, slots=True)
class Undo:
    """What Undo takes back: the write that made `version` of a resource. The one before it comes back.

    `at` is the name of the address that does it, where the page has one of its own.
    """

    type: str
    id: str
    version: int
    at: str = ""


@dataclass(frozen=True, slots=True)
class Toast:
    """One toast as templates show it; `url`, `patient` and `undo` are what its Undo button posts."""

    text: str
    level: str = "success"
    undo: Undo | None = None
    patient: str = ""

    @property
    def url(self) -> str:
        """Where Undo is posted to."""
        if self.undo is None:
            return ""
        if self.undo.at:
            return reverse(self.undo.at)
        # What is about no patient is the practice's own.
        return reverse("undo", args=[self.patient]) if self.patient else reverse("admin-undo")


class _SeeOther(HttpResponseRedirect):
    """After a form: fetch the next page, whatever was posted."""

    status_code = 303


def saved(
    request: HttpRequest, url: str, text: str, *, undo: Undo | None = None, patient: str = ""
) -> HttpResponse:
    """Go to `url` and say `text` there; `patient` is the one in the address of the request unless given."""
    where = request.resolver_match
    whose = patient or str(where.kwargs.get("id", "") if where else "")
    drafts.drop(request, patient=request.POST.get("patient") or whose)
    about = {"undo": asdict(undo) if undo else None, "patient": whose}
    messages.success(request, text, extra_tags=_MARK + json.dumps(about))
    return go(request, url)


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Go to another page: as a form does, or as a workspace panel does."""
    if in_panel(request):
        answer = HttpResponse(status=200)
        answer["HX-Redirect"] = url
        return answer
    return _SeeOther(url)


def in_panel(request: HttpRequest) -> bool:
    """Whether a part of a page asks, not the browser for a whole one."""
    return request.headers.get("HX-Request") == "true"


def toasts(request: HttpRequest) -> list[Toast]:
    """The messages that wait for this reader; they are told once."""
    return [_toast(one) for one in messages.get_messages(request)]


def _toast(message: Message) -> Toast:
    tags = message.extra_tags or ""
    if not tags.startswith(_MARK):
        return Toast(str(message.message), message.level_tag)
    about = json.loads(tags.removeprefix(_MARK))
    undo = Undo(**about["undo"]) if about["undo"] else None
    return Toast(str(message.message), message.level_tag, undo, about["patient"])
