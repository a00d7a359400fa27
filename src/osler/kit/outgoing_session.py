"""A `requests` session for libraries that insist on one: it goes out through `kit.outgoing`."""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

from osler.kit import outgoing
from osler.kit.errors import OslerError
from osler.kit.outgoing import Limits

_OURS = frozenset({"host", "connection", "accept-encoding", "content-length", "cookie"})


def session() -> requests.Session:
    """A session without the environment's proxies, passwords and cookies; every hop is checked."""
    made = requests.Session()
    made.trust_env = False
    made.mount("https://", _Adapter())
    made.mount("http://", _Adapter())
    return made


class _Adapter(BaseAdapter):
    """Hands each prepared request to `outgoing`."""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - answers are small, and whole
        timeout: Any = None,
        verify: Any = True,  # noqa: ARG002 - certificates are always checked
        cert: Any = None,  # noqa: ARG002
        proxies: Any = None,  # noqa: ARG002
    ) -> requests.Response:
        """The answer; raises requests.ConnectionError, which the library knows, for every refusal."""
        limits = Limits(seconds=float(timeout)) if isinstance(timeout, int | float) else Limits()
        body = request.body
        if not isinstance(body, str | bytes | None):
            raise requests.RequestException("Only whole bodies are sent", request=request)
        content = body.encode() if isinstance(body, str) else body
        headers = {k: str(v) for k, v in request.headers.items() if k.lower() not in _OURS}
        try:
            answer = outgoing.request(
                request.method or "GET",
                request.url or "",
                content,
                headers=headers,
                limits=limits,
            )
        except OslerError as error:
            raise requests.ConnectionError(str(error), request=request) from error
        return _response(request, answer)

    def close(self) -> None:
        """Nothing stays open."""


def _response(request: requests.PreparedRequest, answer: outgoing.Answer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(answer.headers)
    response.encoding = get_encoding_from_headers(response.headers)
    response._content = answer.body  # noqa: SLF001 - how adapters without a stream give it
    response.url = answer.url
    response.request = request
    return response
