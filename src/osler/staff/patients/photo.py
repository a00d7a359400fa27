"""The patient's photo beside their name: small, and as private as the chart.

It is read under the same policy as the Patient, and so audited as a reading of it. The browser of who may see it
keeps it for a while under the number of its version: a new photo is seen at once, and going from page to page in a
chart that is open does not write a line for each. A Binary is read, and audited, as itself.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error

from django.http import HttpResponse

from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import sniffing, uploads
from osler.kit.errors import NotFound
from osler.staff.chart.frame import ChartAsked, Frame, chart_page

_SIDE = 132
"""Three times as large as it is shown, for screens that draw so finely."""
_KEPT_S = 900


@chart_page("details")
def photo(request: ChartAsked, frame: Frame) -> HttpResponse:  # noqa: ARG001 - a view's
    """The first photo, cut to a square."""
    shown = next(iter(frame.patient.photo or ()), None)
    data = (shown.data or _of_binary(frame, shown.url or "")) if shown is not None else ""
    try:
        content = b64decode(data or "", validate=True)
    except Error:
        content = b""
    if not content:
        raise NotFound("This patient has no photo here.")
    answer = HttpResponse(uploads.square(content, _SIDE), content_type=sniffing.JPEG)
    answer["Cache-Control"] = f"private, max-age={_KEPT_S}"
    answer["Vary"] = "Cookie"  # Whoever signs in next at this computer asks for it anew.
    return answer


def _of_binary(frame: Frame, url: str) -> str:
    type, _slash, id = url.partition("/")
    if type != "Binary" or not id:
        return ""  # Elsewhere: nothing is fetched from there.
    found = decode(frame.reader.read("Binary", id).content)
    return (found.data or "") if isinstance(found, r4.Binary) else ""
