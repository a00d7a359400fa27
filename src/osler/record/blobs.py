"""Documents of resources: encrypted before they are stored, opened before they are answered."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import msgspec
from psycopg import Connection

from osler.fhir.base import Resource
from osler.fhir.codec import encode
from osler.kit.database import Database
from osler.kit.errors import Gone, OslerError
from osler.kit.ids import uuid7
from osler.kit.keys import KEY_BYTES, Keyring, KeySource, KeyTrouble, seal, unseal
from osler.kit.settings import Settings
from osler.record import marks
from osler.record.marks import Holder, Mark
from osler.store import blobs as store
from osler.store.blobs import PRACTICE, Found, WrappedKey
from osler.store.objects import Missing, Objects
from osler.store.rows import BlobRow, Version

_log = logging.getLogger("osler.record")

SMALL = 16 * 1024
"""Up to so many bytes a blob lies in its row: one trip, and no file of its own."""
_OPENED_AT_ONCE = 50
_BYTES_AT_ONCE = 8 << 20
_ABSENT = (
    b'"_data":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason",'
    b'"valueCode":"%b"}]}'
)
_DESTROYED = _ABSENT % b"masked"
_DAMAGED = _ABSENT % b"error"


class Damaged(OslerError):
    """A stored document is missing, or is not what was stored."""

    code = "incomplete"


@dataclass(frozen=True, slots=True)
class Storage:
    """Where documents and the master keys lie: a value that can be handed to another process."""

    url: str
    keys: KeySource

    @classmethod
    def of(cls, settings: Settings) -> Storage:
        """As the settings say: in the data directory unless told otherwise."""
        file = settings.master_key_file or settings.data_dir / "master.key"
        url = settings.blobs_url or str(settings.data_dir / "blobs")
        return cls(url, KeySource(file, settings.key_command))


@dataclass(frozen=True, slots=True)
class Key:
    """A key, opened, that documents of one owner are encrypted with."""

    id: str
    owner: str
    secret: bytes

    def mac(self, kind: str, plain: bytes) -> str:
        """A hash of plain content that only this key's holder can make: equal content is known by it."""
        own = hmac.digest(self.secret, b"osler blob mac", "sha256")
        return hmac.new(own, kind.encode() + plain, "sha256").hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Sealed:
    """The documents of one resource, encrypted: what to put into their places, and rows to write."""

    texts: list[tuple[Holder, str]]
    rows: tuple[BlobRow, ...]


NO_DOCUMENTS = Sealed([], ())


class Vault:
    """One per process: the store of documents and the keys to it, opened when first needed."""

    def __init__(self, database: Database, storage: Storage | None = None) -> None:
        self._database = database
        self._given = storage
        self._is_claimed = False

    @cached_property
    def storage(self) -> Storage:
        """Where everything lies; from the environment unless given."""
        return self._given or Storage.of(Settings.load())

    @cached_property
    def keyring(self) -> Keyring:
        """The master keys."""
        return Keyring(self.storage.keys)

    @cached_property
    def objects(self) -> Objects:
        """Where large documents lie."""
        return Objects(self.storage.url)

    def claimed(self, conn: Connection[Any]) -> Objects:
        """The store of large documents, once it is known to be this database's."""
        if not self._is_claimed:
            self.objects.claim(store.store_id(conn))
            self._is_claimed = True
        return self.objects

    def sealer(self, conn: Connection[Any]) -> Sealer:
        """What encrypts the documents of one commit."""
        return Sealer(self, conn)

    def opened(self, version: Version) -> Version:
        """The version with its documents.

        Raises:
            Damaged: one of them is not what was stored. KeyTrouble: there is no key for it.
        """
        if not _marked(version):
            return version
        with self._database.connection() as conn:
            return self.opened_by(conn, version)

    def opened_by(self, conn: Connection[Any], version: Version) -> Version:
        """The same on a connection at hand."""
        return next(self._open(conn, [version], strict=True))

    def opened_all(self, versions: Iterable[Version], *, strict: bool = False) -> list[Version]:
        """The versions with their documents; a damaged one is said to be absent, unless `strict`."""
        return list(self.streamed(versions, strict=strict))

    def streamed(self, versions: Iterable[Version], *, strict: bool = False) -> Iterator[Version]:
        """The versions as they come, in the same order, with their documents."""
        waiting: list[Version] = []
        size = 0
        for version in versions:
            if not waiting and not _marked(version):
                yield version
                continue
            waiting.append(version)
            size += sum(mark.size for mark in marks.marks(version.content))
            if len(waiting) >= _OPENED_AT_ONCE or size > _BYTES_AT_ONCE:
                yield from self._opened(waiting, strict=strict)
                waiting, size = [], 0
        yield from self._opened(waiting, strict=strict)

    def _opened(self, versions: Sequence[Version], *, strict: bool) -> Iterator[Version]:
        if not versions:
            return
        with self._database.connection() as conn:
            found = list(self._open(conn, versions, strict=strict))
        yield from found

    def _open(
        self, conn: Connection[Any], versions: Sequence[Version], *, strict: bool
    ) -> Iterator[Version]:
        ids = {mark.id for version in versions for mark in marks.marks(version.content)}
        found = store.find(conn, sorted(ids)) if ids else {}
        for version in versions:
            if not _marked(version):
                yield version
                continue
            member = partial(self._member, version, found=found, strict=strict)
            yield replace(version, content=marks.substituted(version.content, member))

    def _member(
        self, version: Version, mark: Mark, *, found: dict[str, Found], strict: bool
    ) -> bytes:
        """The member that stands in the place of a marker in what is answered."""
        blob = found.get(mark.id)
        try:
            if blob is not None and blob.key.wrapped is None:
                return _DESTROYED
            plain = self._plain(version, mark, blob)
        except Damaged as error:
            if strict:
                raise
            _log.error("%s", error)
            return _DAMAGED
        if mark.kind == "b":
            return b'"data":"%b"' % b64encode(plain)
        return b'"data":%b' % msgspec.json.encode(plain.decode())

    def _plain(self, version: Version, mark: Mark, blob: Found | None) -> bytes:
        id, _, _ = version.id.partition(
            "#"
        )  # A contained resource answered alone names its container.
        if blob is None or (blob.type, blob.resource) != (version.type, id):
            raise Damaged(f"The database has no document {mark.id} of {version.type}/{id}.")
        where = f"The document {mark.id} of {version.type}/{id}"
        sealed = blob.sealed
        if sealed is None:
            try:
                sealed = self.objects.get(mark.id)
            except Missing as error:
                raise Damaged(f"{where}: {error}") from error
            where += f" at {self.objects.place(mark.id)}"
        if hashlib.sha256(sealed).hexdigest() != mark.sha256:
            raise Damaged(f"{where} is not what was stored. Restore it from a copy.")
        key = self.key(blob.key)
        try:
            return unseal(key.secret, sealed, _bound(mark.id, key, version.type, id))
        except KeyTrouble as error:
            raise Damaged(f"{where} cannot be opened with its key.") from error

    def key(self, row: WrappedKey) -> Key:
        """The key of a row, opened."""
        assert row.wrapped is not None
        secret = self.keyring.unwrap(row.master, row.wrapped, row.name)
        return Key(row.id, row.owner, secret)

    def sealed_file(
        self, conn: Connection[Any], patient: str, plain: bytes, name: str
    ) -> tuple[str, bytes]:
        """(key, sealed bytes) of a file about a patient that is of no resource; it opens by the same name only."""
        whose = owner("Patient", patient, patient)
        row = store.key_of(conn, whose)
        if row is None:
            self.make_key(whose, patient)
            row = store.key_of(conn, whose)
        if row is None:
            raise KeyTrouble(f"The key of {whose} was destroyed at this moment.")
        key = self.key(row)
        return key.id, seal(key.secret, plain, f"osler file 1 {key.id} {name}".encode())

    def opened_file(self, conn: Connection[Any], key: str, sealed: bytes, name: str) -> bytes:
        """The file again. Raises Damaged, or Gone where its key was destroyed."""
        row = store.keys(conn, [key]).get(key)
        if row is None or row.wrapped is None:
            raise Gone("This file was erased.")
        try:
            secret = self.key(row).secret
            return unseal(secret, sealed, f"osler file 1 {key} {name}".encode())
        except KeyTrouble as error:
            raise Damaged(f"The {name} cannot be opened with its key.") from error

    def make_key(self, owner: str, patient: str | None) -> None:
        """Give an owner a key, in a transaction of its own, so that others who write at this moment find it too.

        Its connection is a second one of the thread; pools have some to spare for that.
        """
        with self._database.connection() as conn, conn.transaction():
            store.keep_masters(conn)
            self._may_begin(conn)
            id = uuid7()
            bare = WrappedKey(id, owner, None, "")
            master, wrapped = self.keyring.wrap(secrets.token_bytes(KEY_BYTES), bare.name)
            store.add_key(conn, replace(bare, wrapped=wrapped, master=master), patient)

    def _may_begin(self, conn: Connection[Any]) -> None:
        """A database whose keys were wrapped with other master keys must not get one more of them."""
        used = store.outermost_masters(conn)
        if not used:
            self.keyring.make()
            return
        held = {key.id for key in self.keyring.held()}
        lacking = sorted(used - held)
        if lacking:
            raise KeyTrouble(
                f"Documents of this database are locked with master key {', '.join(lacking)}, which"
                f" {self.storage.keys.file} does not have. Put that key back before new ones are stored."
            )


class Sealer:
    """Encrypts the documents of one commit; keys are looked up once for each owner."""

    def __init__(self, vault: Vault, conn: Connection[Any]) -> None:
        self._vault = vault
        self._conn = conn
        self._keys: dict[str, Key] = {}

    def as_stored(self, resource: Resource, content: bytes, before: Version) -> bytes:
        """The content with the markers of the version before wherever the documents are the same."""
        known = {mark.mac: mark for mark in marks.marks(before.content)}
        key = self._existing(owner(before.type, before.id, before.patient)) if known else None
        if key is None:
            return content
        same = []
        for holder in marks.holders(resource):
            kind, plain = _plain_of(holder)
            mark = known.get(key.mac(kind, plain))
            if mark is not None:
                same.append((holder, mark.text))
        with marks.placed(same):
            return encode(resource)

    def seal(
        self, resource: Resource, id: str, patient: str | None, before: Version | None
    ) -> Sealed:
        """Encrypt and store what the resource has; a document that the version before has is not written again."""
        found = marks.holders(resource)
        if not found:
            return NO_DOCUMENTS
        type = resource.resourceType
        known = {mark.mac: mark for mark in marks.marks(before.content)} if before else {}
        key = self._key(owner(type, id, patient), patient)
        # A marker among the data is one that we have put back, as what a principal may not change.
        kept = {mark.text: mark for mark in known.values()}
        texts, rows = [], []
        for holder in found:
            kind, plain = _plain_of(holder)
            mark = kept.get(holder.data or "") or known.get(key.mac(kind, plain))
            if mark is None:
                mark, row = self._store(key, kind, plain, type, id)
                known[mark.mac] = mark
                rows.append(row)
            texts.append((holder, mark.text))
        return Sealed(texts, tuple(rows))

    def _store(self, key: Key, kind: str, plain: bytes, type: str, id: str) -> tuple[Mark, BlobRow]:
        blob = uuid7()
        sealed = seal(key.secret, plain, _bound(blob, key, type, id))
        digest = hashlib.sha256(sealed).hexdigest()
        mark = Mark(blob, len(sealed), digest, key.mac(kind, plain), kind)
        small = len(sealed) <= SMALL
        if not small:
            self._vault.claimed(self._conn).put(blob, sealed)
        inline = f"\\x{sealed.hex()}" if small else None
        return mark, BlobRow(blob, key.id, type, id, len(sealed), inline)

    def _existing(self, owner: str) -> Key | None:
        key = self._keys.get(owner)
        if key is None:
            row = store.key_of(self._conn, owner)
            if row is None:
                return None
            key = self._keys[owner] = self._vault.key(row)
        return key

    def _key(self, owner: str, patient: str | None) -> Key:
        key = self._existing(owner)
        if key is None:
            self._vault.make_key(owner, patient)
            key = self._existing(owner)
        if key is None:
            raise KeyTrouble(f"The key of {owner} was destroyed at this moment; try again.")
        return key


def owner(type: str, id: str, patient: str | None) -> str:
    """Whose key encrypts the documents of a resource.

    A Binary that is about nobody yet has a key of its own, which goes with whom it is about later.
    """
    if patient is not None:
        return f"Patient/{patient}"
    return f"Binary/{id}" if type == "Binary" else PRACTICE


def _bound(blob: str, key: Key, type: str, id: str) -> bytes:
    """What a blob is bound to: in any other place it does not open."""
    return f"osler blob 1 {blob} {key.id} {key.owner} {type}/{id}".encode()


def _plain_of(holder: Holder) -> tuple[str, bytes]:
    """(kind, plain content) of an element's data; see `Mark`."""
    text = holder.data or ""
    try:
        plain = b64decode(text, validate=True)
    except (NotBase64, ValueError):
        return "t", text.encode()
    return ("b", plain) if b64encode(plain).decode() == text else ("t", text.encode())


def _marked(version: Version) -> bool:
    return marks.HINT in version.content
