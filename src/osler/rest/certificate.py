"""TLS of our own server: the certificate, the key that nobody else may read, and taking new ones up."""

from __future__ import annotations

import logging
import ssl
import stat
from pathlib import Path
from typing import Any

from granian.constants import SSLProtocols

from osler.kit.settings import BadSettings, Settings

_log = logging.getLogger("osler.rest")
_OLD = "the new certificate cannot be used, the old one stays: `osler doctor --security` says why"
_OTHERS = stat.S_IRWXO | stat.S_IWGRP | stat.S_IXGRP


def check_certificate(settings: Settings) -> None:
    """Refuse a certificate that cannot serve, or a key that others can read.

    Raises:
        BadSettings: says which file and how to mend it.
    """
    cert, key, clients = settings.tls_cert, settings.tls_key, settings.tls_client_ca
    if cert is None and key is None and clients is None:
        return
    if cert is None or key is None:
        raise BadSettings("TLS needs both --tls-cert and --tls-key (OSLER_TLS_CERT, OSLER_TLS_KEY)")
    for path in (cert, key, *([clients] if clients else [])):
        _require_file(path)
    mend = exposed(key)
    if mend:
        raise BadSettings(mend)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert, key, password=_no_password)
        if clients:
            context.load_verify_locations(clients)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise BadSettings(
            f"TLS cannot use {cert} with {key}: {_reason(error)}. The certificate chain and the key that"
            " belongs to it are expected as PEM, the key without a passphrase."
        ) from error


def exposed(key: Path) -> str | None:
    """What to do about a secret file that other accounts may read or change; None if they may not."""
    mode = key.stat().st_mode
    if not mode & _OTHERS:
        return None
    return f"Other accounts of this machine can read {key}: `chmod 600 {key}` (or 640 for a group)"


def use_certificate(server: Any, settings: Settings) -> None:
    """Let granian serve TLS 1.2 and later; SIGHUP makes it read the files again."""
    if settings.tls_cert is None:
        return

    def read() -> None:
        # The paths as given: what a link leads to changes when the certificate is renewed.
        clients = settings.tls_client_ca
        server.build_ssl_context(
            settings.tls_cert,
            settings.tls_key,
            None,
            SSLProtocols.tls12,
            clients,
            [],
            clients is not None,
        )

    def read_again() -> None:
        try:
            read()
        except (OSError, ValueError):
            _log.error(_OLD)

    read()
    server.on_reload(read_again)
    reload = server.signal_handler_reload

    def checked(*args: Any) -> None:
        # Processes that start with files that do not fit would end at once, and the server with them.
        try:
            check_certificate(settings)
        except BadSettings:
            _log.error(_OLD)
        else:
            reload(*args)

    server.signal_handler_reload = checked


def _require_file(path: Path) -> None:
    try:
        with path.open("rb"):
            return
    except OSError as error:
        raise BadSettings(f"TLS cannot read {path}: {error.strerror}") from error


def _no_password() -> str:
    raise ValueError("the key is protected by a passphrase")


def _reason(error: Exception) -> str:
    return getattr(error, "reason", None) or str(error)
