"""How settings are read from text; each raises ValueError and quotes no secret."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_ADDRESS = re.compile(r"[^\s@<>,;\x00-\x1f\x7f]+@[A-Za-z0-9.-]+")


def smtp_url(text: str) -> str:
    """The address of a server for mail, smtp:// or (encrypted from the start) smtps://."""
    parts = urlsplit(text)
    try:
        fits = parts.scheme in {"smtp", "smtps"} and parts.hostname and (parts.port or 25) > 0
    except ValueError:
        fits = False
    if not fits or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("is not a URL such as smtps://user:password@mail.example.org:465")
    return text


def mail_address(text: str) -> str:
    """One address for mail, without a name."""
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"{text!r} is not an address such as osler@example.org")
    return text


def pairs(text: str) -> frozenset[str]:
    """Pairs joined by =, separated by commas: Heads of Nursing=nurse, admins=practice-admin."""
    found = [part.strip() for part in text.split(",") if part.strip()]
    for part in found:
        left, equals, right = part.rpartition("=")
        if not (left.strip() and equals and re.fullmatch(r"[a-z0-9-]+", right.strip())):
            raise ValueError(f"{part!r} is not a pair such as doctors=physician")
    return frozenset(found)


def words(text: str) -> frozenset[str]:
    """Words separated by commas or spaces."""
    return frozenset(word for word in re.split(r"[,\s]+", text) if word)


def host_names(text: str) -> frozenset[str]:
    """Names of hosts, each with a port or without."""
    names = frozenset(word.lower() for word in words(text))
    for name in names:
        if not re.fullmatch(r"(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?", name):
            raise ValueError(f"{name!r} is not a host name such as ehr.example.org")
    return names


def networks(text: str) -> frozenset[str]:
    """Addresses and networks."""
    names = frozenset(words(text))
    for name in names:
        _network(name)
    return names


def _network(text: str) -> None:
    try:
        ip_network(text, strict=False)
    except ValueError as error:
        raise ValueError(
            f"{text!r} is neither an address nor a network such as 10.1.0.0/16"
        ) from error


def destinations(text: str) -> frozenset[str]:
    """Hosts, addresses and networks, http:// before each or not."""
    found = frozenset(word.lower() for word in words(text))
    for word in found:
        name = word.removeprefix("http://")
        if "/" in name or ":" in name or re.fullmatch(r"[\d.]+", name):
            _network(name.strip("[]"))
        elif not re.fullmatch(r"[a-z0-9.-]+", name):
            raise ValueError(
                f"{word!r} is neither a host, an address nor a network (http:// may stand before it)"
            )
    return found


def address(text: str) -> str:
    """An address that may hold a secret, so that it is not repeated."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError("is not an address such as https://stamps.example.org/tsa")
    return text


def documents(text: str) -> str:
    """A directory, or the URL of an object store."""
    if "://" not in text:
        return str(Path(text).expanduser())
    if urlsplit(text).scheme not in {"s3", "gs", "az", "http", "https"}:
        raise ValueError(f"{text!r} is neither a directory nor a URL such as s3://bucket/documents")
    return text.rstrip("/")


def program(text: str) -> tuple[str, ...]:
    """A command and its arguments."""
    return tuple(shlex.split(text))


def law(text: str) -> str:
    """Whose law counts the days of privacy requests."""
    if text not in {"us", "eu"}:
        raise ValueError(f"{text!r} is neither us (HIPAA) nor eu (GDPR)")
    return text


def key(text: str) -> str:
    """A secret long enough not to be guessed."""
    if len(text) < 32:
        raise ValueError("is shorter than 32 characters; `openssl rand -base64 48` makes one")
    return text


def database(text: str) -> str:
    """The URL of a PostgreSQL."""
    if urlsplit(text).scheme not in {"postgresql", "postgres"}:
        raise ValueError("is not a URL such as postgresql://user@host:5432/name")  # No secret here.
    return text


def web_address(text: str) -> str:
    """An address that others call us by."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise ValueError(f"{text!r} is not an address such as https://ehr.example.org/fhir")
    return text.rstrip("/")


def origins(text: str) -> frozenset[str]:
    """Addresses of pages, or * for all."""
    return frozenset(part if part == "*" else web_address(part) for part in words(text))


def default_data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Where records go if nothing else is said: the user's data folder, for root /var/lib/osler."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/osler")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "osler"
    given = environ.get("XDG_DATA_HOME")
    return (Path(given) if given else Path.home() / ".local" / "share") / "osler"


def time_zone(text: str) -> str:
    """A name of the time zone database. https://www.iana.org/time-zones"""
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("must be a time zone such as America/New_York or Europe/Madrid") from None
