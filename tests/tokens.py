"""A token for a test's own server, as an operator would make one."""

from __future__ import annotations

from collections.abc import Iterable

from osler.access import LOCAL
from tests.pages import use


def service(
    database_url: str,
    name: str = "tests",
    *,
    roles: Iterable[str] = (),
    scopes: Iterable[str] = ("system/*.cruds",),
) -> str:
    """The token of a service account, which is made where there is none."""
    use(database_url)
    from osler.identity import tokens

    return tokens.create(LOCAL, name, roles=roles, scopes=scopes)[1]
