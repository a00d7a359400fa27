"""`osler doctor --security`: the machine and the settings, each check a function that answers one finding."""

from __future__ import annotations

import ctypes
import hashlib
import os
import resource
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

import psutil

from osler.kit import clock
from osler.kit.addresses import is_loopback
from osler.kit.addresses import metadata as is_metadata
from osler.kit.errors import OslerError
from osler.kit.outgoing import Rules
from osler.kit.settings import VARIABLES, Settings
from osler.main.examine import Finding

Check = Callable[[Settings], Finding]
_EXPIRES_SOON = timedelta(days=21)
_STALE = timedelta(days=90)
_UNSYNCHRONIZED = 5
_OWN_PORTS = frozenset({22, 80, 443})
_COPIED = "keys.copied"
_WIDE = 2**17


def examine_security(settings: Settings) -> Iterator[Finding]:
    """Every check, the database's last."""
    from osler.main.security_database import examine_database

    for check in _CHECKS:
        try:
            yield check(settings)
        except (OSError, OslerError, psutil.Error) as error:
            name = check.__name__.strip("_").replace("_", " ")
            yield Finding(name, "warning", f"could not be looked at ({error})", "See the text.")
    yield from examine_database(settings)


def note_copies(settings: Settings) -> list[Path]:
    """Write down that the keys as they are now have been copied elsewhere; the files meant."""
    files = _kept_keys(settings)
    text = "".join(f"{_fingerprint(path)} {path.name}\n" for path in files)
    (settings.data_dir / _COPIED).write_text(text, "utf-8")
    return files


def _tls(settings: Settings) -> Finding:
    why = "Without TLS whoever shares the network reads passwords and records."
    if settings.tls_cert is not None:
        return _certificate(settings, settings.tls_cert, why)
    if settings.trusted_proxies:
        return Finding("TLS", "ok", "by the proxy in front", why=why)
    if (settings.base_url or "").startswith("https://"):
        remedy = "Name the proxy's addresses in OSLER_TRUSTED_PROXIES."
        text = "the base URL says https, but no proxy is trusted: the audit shows its address as everybody's"
        return Finding("TLS", "error", text, remedy, why)
    if is_loopback(settings.host):
        return Finding("TLS", "ok", "none; for this machine alone", why=why)
    remedy = "Give --tls-cert and --tls-key, or put nginx in front (docs/howto/deploy.md)."
    return Finding("TLS", "error", f"none on {settings.host}", remedy, why)


def _certificate(settings: Settings, file: Path, why: str) -> Finding:
    from cryptography import x509

    from osler.rest.certificate import check_certificate

    remedy = "Renew it, then `systemctl reload osler` (SIGHUP)."
    try:
        check_certificate(settings)
    except OslerError as error:
        return Finding("TLS", "error", str(error), "See the text.", why)
    ends = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    left = ends - clock.now()
    text = f"the certificate ends on {ends:%Y-%m-%d}"
    if left < timedelta(0):
        return Finding("TLS", "error", text, remedy, why)
    return Finding("TLS", "warning" if left < _EXPIRES_SOON else "ok", text, remedy, why)


def _cookies(settings: Settings) -> Finding:
    why = "A cookie that is not Secure is sent over plain http too, where others can take it."
    secure = (settings.base_url or "").startswith("https://") or settings.tls_cert is not None
    if secure:
        text = "__Host-, Secure, HttpOnly, SameSite; HSTS is sent"
        return Finding("cookies", "ok", text, why=why)
    text = "without Secure and HSTS, for there is no https"
    level = "ok" if is_loopback(settings.host) else "error"
    return Finding("cookies", level, text, "Set OSLER_BASE_URL to the https address.", why)  # type: ignore[arg-type]  # both are levels


def _other_sites(settings: Settings) -> Finding:
    why = "A page of such a site can use the API in the name of who looks at it."
    if "*" in settings.cors_origins:
        text = "OSLER_CORS_ORIGINS lets every site in"
        return Finding("other sites", "error", text, "Name the sites instead of *.", why)
    plain = sorted(one for one in settings.cors_origins if one.startswith("http://"))
    if plain:
        text = f"sites without TLS may call: {', '.join(plain)}"
        return Finding("other sites", "warning", text, "Give them https.", why)
    return Finding("other sites", "ok", f"{len(settings.cors_origins)} may call", why=why)


def _rates(settings: Settings) -> Finding:
    why = "Without limits one stolen token copies the whole record in minutes."
    names = ("address", "read", "search", "write", "heavy")
    off = [name for name in names if not getattr(settings, f"rate_{name}")]
    if off:
        remedy = "; ".join(f"unset OSLER_RATE_{name.upper()}" for name in off)
        return Finding("rate limits", "warning", f"off: {', '.join(off)}", f"{remedy}.", why)
    return Finding("rate limits", "ok", "on", why=why)


def _outgoing(settings: Settings) -> Finding:
    why = "Whoever may enter an address in Osler could reach these through it."
    rules = Rules.of(settings.outgoing_allow)
    if any(is_metadata(network.network_address) for network in rules.networks.members):
        text = "OSLER_OUTGOING_ALLOW opens a cloud's metadata service"
        return Finding("outgoing", "error", text, "Take it out: it hands out credentials.", why)
    wide = [str(one) for one in rules.networks.members if one.num_addresses >= _WIDE]
    if wide:
        remedy = "Name the machines that are meant."
        return Finding("outgoing", "warning", f"wide: {', '.join(wide)}", remedy, why)
    text = ", ".join(sorted(settings.outgoing_allow)) or "https to public addresses alone"
    return Finding("outgoing", "ok", text, why=why)


def _secret_files(settings: Settings) -> list[Path]:
    named = [
        Path(os.environ[f"{variable.name}_FILE"])
        for variable in VARIABLES
        if variable.secret and os.environ.get(f"{variable.name}_FILE")
    ]
    given = [settings.tls_key] if settings.tls_key else []
    return [path for path in (*given, *_kept_keys(settings), *named) if path.exists()]


def _kept_keys(settings: Settings) -> list[Path]:
    """The keys that nothing can bring back: what they open or sign is lost with them."""
    home = settings.data_dir
    files = (
        settings.master_key_file or home / "master.key",
        settings.ledger_key_file or home / "ledger.key",
        home / "signing.key",
    )
    return [path for path in files if path.exists()]


def _key_files(settings: Settings) -> Finding:
    why = "Whoever reads a key reads what it locks, and signs in Osler's name."
    files = _secret_files(settings)
    loose = [path for path in files if path.stat().st_mode & (stat.S_IRWXO | stat.S_IWGRP)]
    if loose:
        remedy = "; ".join(f"chmod 600 {path}" for path in loose)
        text = f"others may read or change {', '.join(map(str, loose))}"
        return Finding("key files", "error", text, f"{remedy}. Then replace the keys.", why)
    beside = [path for path in files if settings.database_url is None and path.name == "master.key"
              and path.parent == settings.data_dir]  # fmt: skip
    if beside:
        text = "the master key lies beside the data that it locks, so one stolen disk has both"
        remedy = (
            "Move it to other storage: OSLER_MASTER_KEY_FILE, or a key service: OSLER_KEY_COMMAND."
        )
        return Finding("key files", "warning", text, remedy, why)
    return Finding("key files", "ok", f"{len(files)}, closed to others", why=why)


def _key_copies(settings: Settings) -> Finding:
    why = "Without the master key every document is lost; without the ledger's, its chain must begin anew."
    files = _kept_keys(settings)
    noted = settings.data_dir / _COPIED
    known = set(noted.read_text("utf-8").split()) if noted.exists() else set()
    missing = [path.name for path in files if _fingerprint(path) not in known]
    if missing:
        text = f"not noted for {', '.join(missing)}"
        remedy = "Copy them to a safe place elsewhere, then `osler doctor --keys-copied`."
        return Finding("copies of keys", "warning", text, remedy, why)
    return Finding("copies of keys", "ok", f"noted for {len(files)} files", why=why)


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(b"osler copy of a key\0" + path.read_bytes()).hexdigest()


def _data_directory(settings: Settings) -> Finding:
    why = "Another account on this machine could copy the record past every rule."
    home = settings.data_dir
    if not home.exists():
        return Finding("data directory", "ok", "not made yet", why=why)
    mode = home.stat().st_mode
    inside = home / "postgres"
    if mode & stat.S_IWOTH or (inside.exists() and inside.stat().st_mode & 0o077):
        text = f"others may enter {inside if inside.exists() else home}"
        return Finding("data directory", "error", text, f"chmod 700 {inside}", why)
    return Finding("data directory", "ok", "closed to others", why=why)


def _disk_encryption(settings: Settings) -> Finding:
    why = "A disk that is stolen, sold or sent in for repair can be read without any password."
    home = next(path for path in (settings.data_dir, *settings.data_dir.absolute().parents)
                if path.exists())  # fmt: skip
    device = home.stat().st_dev
    place = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}")
    if place.exists() and _encrypted(place.resolve()):
        return Finding("disk encryption", "ok", "the data lie on an encrypted device", why=why)
    text = f"none seen under {home} (one below this system, as a cloud's, cannot be seen from here)"
    remedy = "Use LUKS or the provider's encryption; on laptops and removable media too."
    return Finding("disk encryption", "warning", text, remedy, why)


def _encrypted(device: Path) -> bool:
    """Whether this block device or one that it lies on is of dm-crypt."""
    uuid = device / "dm" / "uuid"
    if uuid.exists() and uuid.read_text().startswith("CRYPT-"):
        return True
    below = device / "slaves"
    return below.exists() and any(_encrypted(one.resolve()) for one in below.iterdir())


def _time(_: Settings) -> Finding:
    why = "The audit is worth as much as its clock."
    remedy = "Let it follow a time server: `apt-get install chrony`."
    if not sys.platform.startswith("linux"):
        return Finding("time", "warning", "cannot be looked at on this system", remedy, why)
    state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(512))
    if state in (-1, _UNSYNCHRONIZED):
        return Finding("time", "warning", "the clock follows no time server", remedy, why)
    return Finding("time", "ok", "the clock follows a time server", why=why)


def _ports(settings: Settings) -> Finding:
    why = "Every open port is a way in; PostgreSQL's leads to the whole record."
    own = _OWN_PORTS | ({settings.port} if settings.tls_cert or settings.trusted_proxies else set())
    listening = set()
    for one in psutil.net_connections("tcp"):
        if one.status == psutil.CONN_LISTEN and one.laddr:
            address, port = one.laddr
            if not address.startswith(("127.", "::1")):
                listening.add(port)
    other = sorted(listening - own)
    if other:
        text = f"this machine listens to others on {', '.join(map(str, other))}"
        remedy = "Close what is not needed (`ss -tlnp` names the programs), or let a firewall."
        return Finding("open ports", "warning", text, remedy, why)
    return Finding("open ports", "ok", "none but what is needed", why=why)


def _account(_: Settings) -> Finding:
    why = "A hole in a server that runs as root is a hole in the whole machine."
    if os.geteuid() == 0:
        remedy = "Run it as an account of its own (deploy/systemd/osler.service)."
        return Finding("account", "warning", "this is root", remedy, why)
    return Finding("account", "ok", "not root", why=why)


def _crashes(_: Settings) -> Finding:
    why = "A core file holds what was in memory: records and keys."
    if resource.getrlimit(resource.RLIMIT_CORE)[0] != 0:
        return Finding("core files", "warning", "written", "LimitCORE=0 in the unit.", why)
    return Finding("core files", "ok", "none", why=why)


def _debugging(_: Settings) -> Finding:
    why = "What helps a developer shows strangers the inside."
    if sys.flags.dev_mode:  # The pages' DEBUG is off for good; no setting turns it on.
        return Finding("debugging", "error", "on", "Unset PYTHONDEVMODE.", why)
    return Finding("debugging", "ok", "off", why=why)


def _updates(_: Settings) -> Finding:
    why = "Most break-ins use holes for which there was an update."
    if Path("/var/run/reboot-required").exists():
        return Finding("updates", "warning", "the system waits for a restart", "Restart it.", why)
    found = [Path(str(one.locate_file(""))) / f"{one.name}" for one in metadata.distributions()]
    times = [path.parent.stat().st_mtime for path in found if path.parent.exists()]
    newest = datetime.fromtimestamp(max(times), UTC)
    text = f"packages last changed on {newest:%Y-%m-%d}"
    if clock.now() - newest > _STALE:
        remedy = "Install the newest Osler; `pip-audit` names known holes."
        return Finding("updates", "warning", text, remedy, why)
    return Finding("updates", "ok", text, why=why)


def _retention(settings: Settings) -> Finding:
    why = "45 CFR 164.316 asks for six years."
    if settings.audit_years < 6:
        text = f"the audit is kept for {settings.audit_years} years"
        return Finding("retention", "warning", text, "Set OSLER_AUDIT_YEARS to 6 or more.", why)
    return Finding(
        "retention", "ok", f"the audit is kept for {settings.audit_years} years", why=why
    )


def _anchors(settings: Settings) -> Finding:
    why = "Who owns the database and the key could write a new chain; a head that lies elsewhere proves it."
    kinds = {
        "file": settings.ledger_anchor_file,
        "time stamps": settings.ledger_timestamp_url,
        "webhook": settings.ledger_webhook,
    }
    used = [name for name, value in kinds.items() if value]
    if not used:
        remedy = "Set OSLER_LEDGER_TIMESTAMP_URL, OSLER_LEDGER_WEBHOOK or OSLER_LEDGER_ANCHOR_FILE."
        return Finding("anchors", "warning", "none configured", remedy, why)
    return Finding("anchors", "ok", ", ".join(used), why=why)


_CHECKS: tuple[Check, ...] = (
    _tls,
    _cookies,
    _other_sites,
    _rates,
    _outgoing,
    _key_files,
    _key_copies,
    _data_directory,
    _disk_encryption,
    _time,
    _ports,
    _account,
    _crashes,
    _debugging,
    _updates,
    _retention,
    _anchors,
)
