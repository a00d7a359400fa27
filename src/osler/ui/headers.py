"""The headers that every page has, whatever made it: what a browser may load, run, embed and keep.

https://www.w3.org/TR/CSP3/ and https://owasp.org/www-project-secure-headers/
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

_Answer = Callable[[HttpRequest], HttpResponseBase]
_CSP = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
_POLICY = "; ".join(f"{name} {value}" for name, value in _CSP.items())
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(),"
    " gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), screen-wake-lock=(), usb=(),"
    " publickey-credentials-get=(self), publickey-credentials-create=(self)",
}


def security_headers(get_response: _Answer) -> _Answer:
    """Django middleware; the first in the list, so that no answer is without.

    A view may be stricter (a file shown in a sandbox) by setting a header itself.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in _ALWAYS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        # What a page showed must not come back by the back button after signing out.
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer
