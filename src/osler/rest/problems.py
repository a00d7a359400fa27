"""Errors that only HTTP knows; all others come from the layers below as they are."""

from __future__ import annotations

from typing import ClassVar

from osler.kit.errors import OslerError


class Problem(OslerError):
    """An error with an HTTP status of its own and perhaps headers."""

    status: ClassVar[int] = 400
    headers: tuple[tuple[str, str], ...] = ()


class UnknownPath(Problem):
    """No route has this path, or the resource type does not exist."""

    status = 404
    code = "not-found"


class MethodNotAllowed(Problem):
    """The path exists, the method does not; `headers` carries Allow."""

    status = 405
    code = "not-supported"

    def __init__(self, method: str, allow: str) -> None:
        super().__init__(f"{method} is not possible here; possible: {allow}")
        self.headers = (("Allow", allow),)


class NotAcceptable(Problem):
    """No format that the client accepts is one we can write."""

    status = 406
    code = "not-supported"


class UnsupportedMedia(Problem):
    """The body is in a format or encoding that we do not read."""

    status = 415
    code = "not-supported"


class WrongHost(Problem):
    """The Host header names a server that this is not (a guard against DNS rebinding)."""

    status = 421
    code = "security"


class ForeignOrigin(Problem):
    """A browser page of another site tries to write."""

    status = 403
    code = "security"


class SlowBody(Problem):
    """The body did not arrive in time."""

    status = 408
    code = "timeout"
    headers = (("Connection", "close"),)


class TooManyBodies(Problem):
    """As many slow bodies are awaited as may be; to wait for one more would keep readers out."""

    status = 503
    code = "transient"
    headers = (("Retry-After", "2"), ("Connection", "close"))

    def __init__(self) -> None:
        super().__init__("Too many requests are still sending their bodies; try again")


class TooOften(Problem):
    """More requests than one account or address may send; `headers` carries Retry-After."""

    status = 429
    code = "throttled"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many requests; try again in {seconds} s")
        self.headers = (("Retry-After", str(seconds)),)


class NotByProxy(Problem):
    """A request that came past the proxy, without encryption."""

    status = 403
    code = "security"

    def __init__(self) -> None:
        super().__init__("This server answers through its proxy only")


class Failed(Problem):
    """What should not happen did; the log has the place."""

    status = 500
    code = "exception"

    def __init__(self) -> None:
        super().__init__("Something went wrong on the server")
