"""The checks of `osler doctor --security` that ask the database: its own guard, accounts, audit and ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from psycopg import Connection, Error

from osler.kit import clock
from osler.kit.addresses import is_loopback
from osler.kit.database import Database
from osler.kit.embedded import exists
from osler.kit.errors import OslerError
from osler.kit.settings import Settings
from osler.main.examine import Finding
from osler.main.opening import database_url
from osler.store import migrate, security

Conn = Connection[Any]
Check = Callable[[Conn, Settings], Finding]
_LAG = timedelta(minutes=10)
_ANCHOR_AGE = timedelta(days=2)
_UNUSED = timedelta(days=90)
_REVIEW = timedelta(days=7)
_SHOWN = 5


def examine_database(settings: Settings) -> Iterator[Finding]:
    """Every check; none where there is no database yet."""
    try:
        if settings.database_url is None and not exists(settings.data_dir):
            yield Finding("database", "ok", "none yet")
            return
        url = database_url(settings)
        with Database(url).connect() as conn:
            for check in (_role, _connection, _server_log):
                yield _safely(check, conn, settings)
            if migrate.pending(conn):
                yield Finding("schema", "warning", "not up to date", "Run `osler serve` once.")
                return
            for check in (_audit, _sealing, _anchored, _glass):
                yield _safely(check, conn, settings)
        yield from _people(settings, url)
    except OslerError as error:
        yield Finding("database", "error", str(error), "See the text.")


def _safely(check: Check, conn: Conn, settings: Settings) -> Finding:
    try:
        with conn.transaction():
            return check(conn, settings)
    except Error as error:
        name = check.__name__.strip("_").replace("_", " ")
        text = f"the check failed ({type(error).__name__})"
        return Finding(name, "error", text, "Report this with the text.")


def _role(conn: Conn, settings: Settings) -> Finding:
    why = "A role with more rights than its own tables makes a small hole a large one."
    powers = security.powers(conn)
    if settings.database_url is None or not powers:
        text = (
            "built in, on a socket of its own"
            if settings.database_url is None
            else "no more than needed"
        )
        return Finding("database role", "ok", text, why=why)
    remedy = "ALTER ROLE … NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS; REVOKE the roles it is a member of."
    level = "error" if any("superuser" in one for one in powers) else "warning"
    return Finding("database role", level, ", ".join(powers), remedy, why)  # type: ignore[arg-type]  # both are levels


def _connection(conn: Conn, _: Settings) -> Finding:
    why = "The whole record crosses this connection."
    link = security.link(conn)
    if not link.remote:
        return Finding("database connection", "ok", "on this machine", why=why)
    if not link.encrypted:
        remedy = "Add sslmode=verify-full and sslrootcert to OSLER_DATABASE_URL."
        return Finding("database connection", "error", "remote, not encrypted", remedy, why)
    if not link.checked:
        text = "encrypted, but whose certificate it is nobody checks"
        remedy = "Add sslmode=verify-full and sslrootcert to OSLER_DATABASE_URL."
        return Finding("database connection", "warning", text, remedy, why)
    return Finding("database connection", "ok", "encrypted and checked", why=why)


def _server_log(conn: Conn, _: Settings) -> Finding:
    why = "A statement in the server's log is health data in a file nobody guards."
    telling = security.telling_settings(conn)
    if not telling:
        return Finding("database log", "ok", "holds no statements and no values", why=why)
    remedy = (
        "ALTER ROLE osler SET … as superuser: log_statement none, log_min_duration_statement -1,"
        " log_min_error_statement panic, log_error_verbosity terse, log_parameter_max_length_on_error 0."
    )
    return Finding("database log", "warning", "; ".join(telling), remedy, why)


def _audit(conn: Conn, _: Settings) -> Finding:
    why = "What is not written down cannot be found out."
    last = security.last_audit(conn)
    if last is None:
        remedy = "Read something, then look again; see `osler doctor`."
        return Finding("audit", "warning", "nothing was ever written", remedy, why)
    return Finding("audit", "ok", f"last written to at {last:%Y-%m-%d %H:%M} UTC", why=why)


def _sealing(conn: Conn, _: Settings) -> Finding:
    why = "Until it is sealed, a row can be changed without a trace."
    since = security.unsealed_since(conn)
    remedy = "Is a worker running? `osler ledger seal` does it by hand."
    if since is not None and clock.now() - since > _LAG:
        text = f"behind since {since:%Y-%m-%d %H:%M} UTC"
        return Finding("sealing", "warning", text, remedy, why)
    return Finding("sealing", "ok", f"up to date, {security.blocks(conn):,} blocks", why=why)


def _anchored(conn: Conn, settings: Settings) -> Finding:
    why = "An anchor proves nothing about what came after it."
    places = {
        "file": settings.ledger_anchor_file,
        "timestamp": settings.ledger_timestamp_url,
        "webhook": settings.ledger_webhook,
    }
    done = security.anchored(conn)
    late = []
    for kind in (kind for kind, place in places.items() if place and security.blocks(conn)):
        last = done.get(kind)
        if kind not in done:
            late.append(f"{kind}: never")
        elif last is not None and clock.now() - last > _ANCHOR_AGE:
            late.append(f"{kind}: last at {last:%Y-%m-%d %H:%M} UTC")
    if late:
        remedy = "Is a worker running? `osler ledger anchor` does it by hand and says what fails."
        return Finding("last anchor", "warning", "; ".join(late), remedy, why)
    return Finding("last anchor", "ok", "none due", why=why)


def _glass(conn: Conn, _: Settings) -> Finding:
    why = "Broken glass that nobody looks at is an open door."
    waiting = security.unreviewed_glass(conn, _REVIEW)
    if waiting:
        text = f"{waiting:,} breaks of the glass wait for over a week"
        return Finding("reviews", "warning", text, "The privacy officer reviews them.", why)
    return Finding("reviews", "ok", "none overdue", why=why)


def _people(settings: Settings, url: str) -> Iterator[Finding]:
    from django.db import connection

    from osler.main.site import configure

    configure(settings, url)
    try:
        yield _second_factor()
        yield _passwords(settings)
        yield _unused()
    finally:
        connection.close()


def _second_factor() -> Finding:
    from osler.identity import rights

    why = "A password alone is what phishing takes."
    outside = {"patient", "proxy", "integration"}
    without = sorted(code for code, role in rights.roles().items()
                     if not role.mfa and code not in outside)  # fmt: skip
    if without:
        text = f"not asked of {', '.join(without[:_SHOWN])}"
        return Finding("second factor", "warning", text, "Ask for it in the role.", why)
    return Finding("second factor", "ok", "asked of every role of staff", why=why)


def _passwords(settings: Settings) -> Finding:
    from osler.identity import installing

    why = "Everybody knows the passwords of the demo."
    if not installing.is_demo():
        return Finding("known passwords", "ok", "none", why=why)
    near = is_loopback(settings.host) and not (settings.base_url or settings.trusted_proxies)
    text = "this is the demo"
    remedy = "Keep it to this machine; a practice begins with `osler setup` on an empty database."
    return Finding("known passwords", "warning" if near else "error", text, remedy, why)


def _unused() -> Finding:
    from osler.identity.models import Account

    why = "An account that nobody uses is one whose theft nobody notices."
    before = clock.now() - _UNUSED
    stale = Account.objects.filter(is_active=True, kind=Account.Kind.STAFF, created__lt=before)
    count = stale.exclude(last_login__gte=before).count()
    if count:
        text = f"{count:,} accounts of staff without a sign-in for 90 days"
        return Finding("unused accounts", "warning", text, "Disable them.", why)
    return Finding("unused accounts", "ok", "none", why=why)
