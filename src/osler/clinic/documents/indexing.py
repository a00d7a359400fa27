"""The words of documents that came by the API, taken out by a worker as those of uploads are when they are filed.

They are put beside the file as a further content of the DocumentReference, which so gets a version of its own.
"""

from __future__ import annotations

import logging
from base64 import b64decode
from binascii import Error as NotBase64

from osler.access import Principal
from osler.clinic.documents import text
from osler.clinic.documents.document import (
    READ_TEXT,
    TEXT_OF,
    Document,
    is_text,
    of_version,
    without,
)
from osler.clinic.documents.filing import read_text, words
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import sniffing
from osler.kit.errors import Conflict, Gone, NotFound, PreconditionFailed
from osler.record import Record, Update, Version
from osler.record.events import WORDS
from osler.search.parse import parse

READER = Principal("system:documents", "Reader of documents", roles=frozenset({"local"}))
_READ = frozenset({sniffing.PDF, sniffing.TEXT, sniffing.CSV})
_MOST_BYTES = 100_000_000
_DOCUMENTS = 20
_TRIES = 4
_log = logging.getLogger("osler.documents")


def index(record: Record, type: str, id: str) -> int:
    """Take out the words of a DocumentReference, or of those that lead to a Binary; how many have new ones."""
    if type == "Binary":
        query = [("location", f"Binary/{id}"), ("_count", str(_DOCUMENTS))]
        page = record.search(READER, parse("DocumentReference", query, record.registry))
        return sum(_index(record, one.id) for one in page.matches)
    return int(_index(record, id))


def _index(record: Record, id: str) -> bool:
    """Whether there was something to write; over what others write meanwhile, it is read again."""
    for _try in range(_TRIES):
        try:
            version = record.read(READER, "DocumentReference", id)
            update = _changed(record, version)
            if update is None:
                return False
            record.commit(READER, [update])
            return True
        except (NotFound, Gone):
            return False  # Deleted since, or its file: then there is nothing to read.
        except (Conflict, PreconditionFailed):
            continue
    _log.warning("DocumentReference/%s changes too often; its words are left out", id)
    return False


def _changed(record: Record, version: Version) -> Update | None:
    document = of_version(version)
    if document.mistaken or document.note or document.media_type not in _READ:
        return None
    content = _file(record, version, document)
    name = text.name_of(content)
    if not content or name == document.read_of:
        return None
    found = text.words_of(content, document.media_type)
    made = document.resource
    made.content = [*(one for one in made.content if not is_text(one)), *words(found.text)]
    made.extension = [
        *without(made.extension, READ_TEXT, TEXT_OF),
        *read_text(found.state, content),
    ]
    return Update(made, if_match=version.version, source=WORDS)


def _file(record: Record, version: Version, document: Document) -> bytes:
    """The bytes of a document's file; none where they are elsewhere, another patient's, or need no reading."""
    attachment = document.attachment
    data = attachment.data if attachment else None
    if data and document.plain:
        return b""  # Plain text inside the resource is searched as it is.
    if not data and document.binary:
        found = record.read(READER, "Binary", document.binary)
        binary = decode(found.content)
        same = found.patient in {None, version.patient}
        data = binary.data if same and isinstance(binary, r4.Binary) else None
    try:
        content = b64decode(data or "")
    except (NotBase64, ValueError):
        return b""
    return content if len(content) <= _MOST_BYTES else b""
