"""What an operator may set, from the environment, as one frozen value.

Every variable is OSLER_NAME; a secret may come from a file instead, OSLER_NAME_FILE.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from osler.kit.errors import Invalid, Issue
from osler.kit.readers import (
    address,
    database,
    default_data_dir,
    destinations,
    documents,
    host_names,
    key,
    law,
    mail_address,
    networks,
    origins,
    pairs,
    program,
    smtp_url,
    time_zone,
    web_address,
    words,
)

PREFIX = "OSLER_"
MAX_BODY = 50_000_000
"""What the decoder takes (`fhir.codec.SIZE_LIMIT`): a body above it could only be refused later."""
_IGNORED = ("OSLER_TEST_", "OSLER_SETUP_")  # The test suite's own, and what one command reads.
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


class BadSettings(Invalid):
    """The environment has settings that cannot be meant; one issue for each."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may differ between two installations. Sizes are bytes, times seconds."""

    database_url: str | None = field(default=None, repr=False)  # May hold a password.
    secret_key: str | None = field(default=None, repr=False)
    data_dir: Path = field(default_factory=default_data_dir)
    blobs_url: str | None = None
    master_key_file: Path | None = None
    key_command: tuple[str, ...] = ()
    base_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 0
    threads: int = 8
    statement_timeout: float = 30.0
    max_body: int = MAX_BODY
    body_timeout: float = 60.0
    cors_origins: frozenset[str] = frozenset()
    privacy_law: str = "us"
    time_zone: str = "UTC"
    check_references: bool = True
    validate: bool = True
    access_log: bool = True
    audit_years: int = 6
    audit_archive: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    hosts: frozenset[str] = frozenset()
    trusted_proxies: frozenset[str] = frozenset()
    outgoing_allow: frozenset[str] = frozenset()
    rate_address: int = 6000
    rate_read: int = 3000
    rate_search: int = 1200
    rate_write: int = 1200
    rate_heavy: int = 60
    ledger_key_file: Path | None = None
    ledger_sign_command: tuple[str, ...] = field(default=(), repr=False)  # May have secrets.
    ledger_anchor_file: Path | None = None
    ledger_timestamp_url: str | None = field(default=None, repr=False)  # As an address may be.
    ledger_timestamp_ca: Path | None = None
    ledger_webhook: str | None = field(default=None, repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str = "osler@localhost"
    oidc_url: str | None = None
    oidc_name: str = "Single sign-on"
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = field(default=None, repr=False)
    oidc_claim: str = "groups"
    oidc_roles: frozenset[str] = frozenset()
    oidc_create: bool = False
    oidc_mfa: frozenset[str] = frozenset()
    sso_only: frozenset[str] = frozenset()
    proxy_narrow_age: int = 13
    proxy_end_age: int = 18

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the environment; raises `BadSettings` naming every wrong variable and how to mend it."""
        given = {k: v for k, v in environ.items() if _is_ours(k)}
        problems = [_unknown(name) for name in sorted(given) if name not in _accepted()]
        values: dict[str, Any] = {}
        for variable in VARIABLES:
            try:
                text = _text(variable, given)
                if text is not None:
                    values[variable.field] = variable.parse(text)
            except ValueError as error:
                problems.append(f"{variable.name}: {error}")
        if problems:
            issues = [Issue("invalid", problem) for problem in problems]
            raise BadSettings("Settings: " + "; ".join(problems), issues=issues)
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: its name, the field it fills, how it is read, and its line in the reference."""

    name: str
    field: str
    parse: Callable[[str], Any]
    help: str
    secret: bool = False


def _is_ours(name: str) -> bool:
    return name.startswith(PREFIX) and not name.startswith(_IGNORED)


def _accepted() -> set[str]:
    names = {variable.name for variable in VARIABLES}
    return names | {f"{variable.name}_FILE" for variable in VARIABLES if variable.secret}


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, sorted(_accepted()), n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else "`osler serve --help` lists the names"
    return f"{name} is not a setting; {hint}"


def _text(variable: Variable, given: Mapping[str, str]) -> str | None:
    """The value as written, from the variable or from the file it names; empty counts as absent."""
    file = given.get(f"{variable.name}_FILE") if variable.secret else None
    value = given.get(variable.name)
    if file and value:
        raise ValueError(f"is set both directly and by {variable.name}_FILE; keep one of them")
    if file:
        try:
            value = Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"cannot read {file} ({error})") from error
        if not value:
            raise ValueError(f"{file} is empty")
    return (value or "").strip() or None


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"{text!r} is not a whole number from {low} to {high}")
        return int(text)

    return parse


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d{1,6}(\.\d{1,3})?", text) or float(text) <= 0:
        raise ValueError(f"{text!r} is not a number of seconds above 0, such as 30 or 2.5")
    return float(text)


def _size(text: str) -> int:
    match = re.fullmatch(r"(\d{1,9})\s*(|k|m|g)b?", text.lower())
    if match is None or int(match[1]) == 0:
        raise ValueError(f"{text!r} is not a size such as 20MB or 500000")
    return int(match[1]) * {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}[match[2]]


def _body_size(text: str) -> int:
    size = _size(text)
    if size > MAX_BODY:
        raise ValueError(
            f"{text!r} is {size:,} bytes, but no more than {MAX_BODY:,} are decoded at once;"
            " load larger files with `osler load`"
        )
    return size


def _switch(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError(f"{text!r} is neither on nor off")
    return text.lower() in _TRUE


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[,\s]+", text) if word]


_rate = _whole(0, 1_000_000)


def _directory(text: str) -> Path:
    return Path(text).expanduser()


VARIABLES = (
    Variable(
        "OSLER_DATABASE_URL",
        "database_url",
        database,
        "PostgreSQL 15 or later to use instead of the built-in one",
        secret=True,
    ),
    Variable(
        "OSLER_SECRET_KEY",
        "secret_key",
        key,
        "signs cookies and links; the same on every machine (default: made in the data directory)",
        secret=True,
    ),
    Variable("OSLER_DATA_DIR", "data_dir", _directory, "directory of the built-in PostgreSQL"),
    Variable(
        "OSLER_BLOBS_URL",
        "blobs_url",
        documents,
        "where encrypted documents lie: a directory, or s3://bucket/prefix; default DATA_DIR/blobs",
    ),
    Variable(
        "OSLER_MASTER_KEY_FILE",
        "master_key_file",
        _directory,
        "file of the master keys that open documents; default DATA_DIR/master.key",
    ),
    Variable(
        "OSLER_KEY_COMMAND",
        "key_command",
        program,
        "program that wraps and unwraps the keys of that file (a KMS), called with wrap or unwrap",
    ),
    Variable("OSLER_BASE_URL", "base_url", web_address, "address that clients use, ends in /fhir"),
    Variable(
        "OSLER_HOST",
        "host",
        str,
        "address to listen on; beyond loopback only with TLS or behind a proxy",
    ),
    Variable("OSLER_PORT", "port", _whole(1, 65535), "port to listen on"),
    Variable(
        "OSLER_WORKERS",
        "workers",
        _whole(0, 64),
        "server processes; 0: as many as processors, 4 at most",
    ),
    Variable("OSLER_THREADS", "threads", _whole(1, 128), "requests at once in each process"),
    Variable(
        "OSLER_STATEMENT_TIMEOUT", "statement_timeout", _seconds, "longest database statement, in s"
    ),
    Variable(
        "OSLER_MAX_BODY",
        "max_body",
        _body_size,
        f"largest request body, such as 20MB; default and most {MAX_BODY} bytes",
    ),
    Variable(
        "OSLER_BODY_TIMEOUT",
        "body_timeout",
        _seconds,
        "longest time for a body, in s, checked when data come",
    ),
    Variable("OSLER_CORS_ORIGINS", "cors_origins", origins, "browser origins that may call, or *"),
    Variable("OSLER_CHECK_REFERENCES", "check_references", _switch, "refuse references to nothing"),
    Variable("OSLER_VALIDATE", "validate", _switch, "check invariants and bindings on every write"),
    Variable(
        "OSLER_AUDIT_YEARS",
        "audit_years",
        _whole(6, 100),
        "years that rows of the audit stay in the database before `osler audit archive` moves them",
    ),
    Variable(
        "OSLER_AUDIT_ARCHIVE",
        "audit_archive",
        _directory,
        "directory of archived months of the audit; default DATA_DIR/audit-archive",
    ),
    Variable("OSLER_ACCESS_LOG", "access_log", _switch, "a line on stderr for each request"),
    Variable(
        "OSLER_TLS_CERT", "tls_cert", _directory, "certificate chain (PEM) to serve https with"
    ),
    Variable(
        "OSLER_TLS_KEY", "tls_key", _directory, "its private key (PEM), readable by Osler alone"
    ),
    Variable(
        "OSLER_TLS_CLIENT_CA",
        "tls_client_ca",
        _directory,
        "authorities (PEM) of which every client must show a certificate",
    ),
    Variable("OSLER_HOSTS", "hosts", host_names, "names to answer to, beside that of the base URL"),
    Variable(
        "OSLER_TRUSTED_PROXIES",
        "trusted_proxies",
        networks,
        "addresses of the proxies in front, whose X-Forwarded headers hold",
    ),
    Variable(
        "OSLER_OUTGOING_ALLOW",
        "outgoing_allow",
        destinations,
        "private hosts or networks Osler may call; http://HOST: without encryption",
    ),
    Variable("OSLER_RATE_ADDRESS", "rate_address", _rate, "requests a minute from one address"),
    Variable("OSLER_RATE_READ", "rate_read", _rate, "reads a minute by one account; 0: no limit"),
    Variable("OSLER_RATE_SEARCH", "rate_search", _rate, "searches a minute by one account"),
    Variable("OSLER_RATE_WRITE", "rate_write", _rate, "writes a minute by one account"),
    Variable("OSLER_RATE_HEAVY", "rate_heavy", _rate, "exports and the like a minute, by account"),
    Variable(
        "OSLER_LEDGER_KEY_FILE",
        "ledger_key_file",
        _directory,
        "key that signs the ledger (PEM, Ed25519); default ledger.key in the data directory",
    ),
    Variable(
        "OSLER_LEDGER_SIGN_COMMAND",
        "ledger_sign_command",
        program,
        "program that signs instead, with a key of its own (a client of a key service)",
        secret=True,
    ),
    Variable(
        "OSLER_LEDGER_ANCHOR_FILE",
        "ledger_anchor_file",
        _directory,
        "file on other storage to which the ledger's heads are added",
    ),
    Variable(
        "OSLER_LEDGER_TIMESTAMP_URL",
        "ledger_timestamp_url",
        address,
        "RFC 3161 service that stamps the ledger's heads",
        secret=True,
    ),
    Variable(
        "OSLER_LEDGER_TIMESTAMP_CA",
        "ledger_timestamp_ca",
        _directory,
        "certificates (PEM) of which one must have signed such a stamp",
    ),
    Variable(
        "OSLER_LEDGER_WEBHOOK",
        "ledger_webhook",
        address,
        "address to which the ledger's heads are posted",
        secret=True,
    ),
    Variable(
        "OSLER_SMTP_URL",
        "smtp_url",
        smtp_url,
        "server for mail, smtps://user:password@host:465",
        True,
    ),
    Variable("OSLER_MAIL_FROM", "mail_from", mail_address, "address that mails come from"),
    Variable("OSLER_OIDC_URL", "oidc_url", web_address, "sign-in provider: its issuer's address"),
    Variable("OSLER_OIDC_NAME", "oidc_name", str, "what the button of the provider says"),
    Variable("OSLER_OIDC_CLIENT_ID", "oidc_client_id", str, "who Osler is to the provider"),
    Variable(
        "OSLER_OIDC_CLIENT_SECRET", "oidc_client_secret", str, "and its secret there", secret=True
    ),
    Variable("OSLER_OIDC_CLAIM", "oidc_claim", str, "claim that holds a person's groups"),
    Variable("OSLER_OIDC_ROLES", "oidc_roles", pairs, "roles of groups, as doctors=physician"),
    Variable("OSLER_OIDC_CREATE", "oidc_create", _switch, "make accounts at the first sign-in"),
    Variable(
        "OSLER_OIDC_MFA", "oidc_mfa", words, "values of acr or amr that count as a second factor"
    ),
    Variable("OSLER_SSO_ONLY", "sso_only", words, "roles that may not sign in by password here"),
    Variable(
        "OSLER_PROXY_NARROW_AGE",
        "proxy_narrow_age",
        _whole(0, 18),
        "age from which parents see no clinical data without consent; 0: never",
    ),
    Variable(
        "OSLER_PROXY_END_AGE", "proxy_end_age", _whole(16, 21), "age at which parents' access ends"
    ),
    Variable("OSLER_TIME_ZONE", "time_zone", time_zone, "of the practice, as America/New_York"),
    Variable("OSLER_PRIVACY_LAW", "privacy_law", law, "whose days privacy requests have: us or eu"),
)
