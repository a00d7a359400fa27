"""Time stamps from a service of others: that a head was there at a time, attested by their key.

https://www.rfc-editor.org/rfc/rfc3161
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from osler.kit import outgoing
from osler.kit.errors import OslerError
from osler.ledger import der

_HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
_GRANTED = (0, 1)


class BadStamp(OslerError):
    """What the time-stamp service answered is no time stamp of what was sent."""

    code = "processing"


def request(url: str, message: bytes, authorities: Path | None) -> bytes:
    """A time stamp over a message, checked: the response's bytes (DER)."""
    query = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = outgoing.post(url, query.as_bytes(), headers=_HEADERS)
    if not answer.ok:
        raise BadStamp(f"The time-stamp service answered with status {answer.status}.")
    response = _decoded(answer.body)
    if response.tst_info.nonce != query.nonce:
        raise BadStamp("The time-stamp service answered another question (its nonce differs).")
    check(answer.body, message, authorities)
    return answer.body


def check(token: bytes, message: bytes, authorities: Path | None) -> datetime:
    """The time that a stamp attests; BadStamp unless it is over this message.

    With `authorities` (a PEM file of the certificates that are trusted) also who attests it.
    """
    response = _decoded(token)
    imprint = response.tst_info.message_imprint
    if imprint.message != hashlib.sha256(message).digest():
        raise BadStamp("The time stamp is one of something else.")
    if authorities is not None:
        _check_signer(response, message, authorities)
    return response.tst_info.gen_time


def _check_signer(response: TimeStampResponse, message: bytes, authorities: Path) -> None:
    builder = VerifierBuilder()
    try:
        for certificate in load_pem_x509_certificates(authorities.read_bytes()):
            builder = builder.add_root_certificate(certificate)
        builder.build().verify_message(response, message)
    except (OSError, ValueError) as error:
        raise BadStamp(f"Cannot check the time stamp with {authorities} ({error}).") from error
    except VerificationError as error:
        raise BadStamp(f"The time stamp is not signed by one of {authorities}: {error}") from error


def _decoded(token: bytes) -> TimeStampResponse:
    try:
        response = decode_timestamp_response(der.ordered(token))
        if response.status not in _GRANTED:
            raise BadStamp(f"The time-stamp service refused (status {response.status}).")
        return response
    except ValueError as error:
        raise BadStamp(
            f"The time-stamp service did not answer with a time stamp: {error}"
        ) from error
