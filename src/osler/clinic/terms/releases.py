"""Official releases of code systems, file by file: how each is written, and how it comes into the record's tables.

ICD-10-CM: the "order" file of CMS (icd10cm_order_2026.txt), columns of fixed width.
RxNorm: RXNCONSO.RRF of the National Library of Medicine; only its own names (SAB=RXNORM) are taken.
CVX, MVX: the text files of CDC, fields between bars.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from osler.clinic.terms import tables
from osler.kit.errors import Invalid
from osler.record import Record
from osler.record import terms as stored
from osler.record.terms import Row

Tell = Callable[[str, int, int], None]
_BATCH = 5_000
_BLOCK = 1 << 20
_RXNORM_KINDS = frozenset({"SCD", "SBD", "GPCK", "BPCK", "IN", "PIN", "MIN", "BN"})
_LISTED = frozenset({"SCD", "SBD", "GPCK", "BPCK"})


@dataclass(frozen=True, slots=True)
class Format:
    """A file of a publisher: its code system, and what one line of it says (None: nothing of use)."""

    system: str
    parse: Callable[[str], Row | None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a load: `terms` were read now, from line `began` on."""

    system: str
    release: str
    terms: int
    began: int


def icd(line: str) -> Row | None:
    """A line of the order file: order number, code, whether it is a whole one, short and long title."""
    code, usable, title = line[6:13].strip(), line[14:15], line[77:].strip()
    if len(code) < 3 or usable not in {"0", "1"} or not title or not line[:5].isdigit():
        raise ValueError("not a line of an ICD-10-CM order file")
    return Row(code, title, "code" if usable == "1" else "heading", usable == "1")


def rxnorm(line: str) -> Row | None:
    """A line of RXNCONSO.RRF."""
    fields = line.split("|")
    if len(fields) < 18:
        raise ValueError(f"{len(fields)} fields where RXNCONSO.RRF has 18")
    code, source, kind, name, suppress = fields[0], fields[11], fields[12], fields[14], fields[16]
    if source != "RXNORM" or kind not in _RXNORM_KINDS or suppress not in {"N", ""}:
        return None
    return Row(code, name, kind, kind in _LISTED)


def cvx(line: str) -> Row | None:
    """A line of cvx.txt: code, short and full name, notes, status."""
    fields = [part.strip() for part in line.split("|")]
    if len(fields) < 5 or not fields[0].isdigit():
        raise ValueError("not a line of CDC's cvx.txt")
    return Row(
        fields[0].zfill(2), fields[1] or fields[2], fields[4], fields[4] in {"Active", "Inactive"}
    )


def mvx(line: str) -> Row | None:
    """A line of mvx.txt: code, name, notes, status."""
    fields = [part.strip() for part in line.split("|")]
    if len(fields) < 4 or not 2 <= len(fields[0]) <= 4:
        raise ValueError("not a line of CDC's mvx.txt")
    return Row(fields[0], fields[1], fields[3], fields[3] == "Active")


FORMATS: dict[str, Format] = {
    "icd-10-cm": Format(tables.ICD, icd),
    "rxnorm": Format(tables.RXNORM, rxnorm),
    "cvx": Format(tables.CVX, cvx),
    "mvx": Format(tables.MVX, mvx),
}


def load(record: Record, format: str, path: Path, release: str, tell: Tell) -> Loaded:
    """Take a publisher's file in as a release; a load that was stopped goes on where it was.

    Raises:
        Invalid: the file is not of this format; the line is named.
        Conflict: the release was begun with another file.
    """
    how = FORMATS[format]
    digest, total = _measure(path)
    id, position, done = stored.begin(record.database, how.system, release, digest)
    began = position
    if done:
        return Loaded(how.system, release, 0, began)
    count = 0
    for at, rows in _batches(path, how, position):
        stored.add(record.database, id, rows, at)
        count += len(rows)
        tell(f"{path.name}", at, total)
    if not count and not began:
        raise Invalid(f"{path} has no terms of {format}.")
    stored.finish(record.database, id)
    return Loaded(how.system, release, count, began)


def _measure(path: Path) -> tuple[str, int]:
    """SHA-256 of a file, and how many lines it has."""
    digest, count = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            count += block.count(b"\n")
    return digest.hexdigest(), count


def _batches(path: Path, how: Format, position: int) -> Iterator[tuple[int, list[Row]]]:
    """(lines read by then, terms of the last of them) from a position on."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            numbered = islice(enumerate(file, 1), position, None)
            while lines := list(islice(numbered, _BATCH)):
                yield (
                    lines[-1][0],
                    [row for number, line in lines if (row := _row(how, path, number, line))],
                )
    except UnicodeDecodeError as error:
        raise Invalid(f"{path} is not UTF-8 text. Is it still packed (zip)?") from error


def _row(how: Format, path: Path, number: int, line: str) -> Row | None:
    text = line.rstrip("\r\n")
    if not text.strip():
        return None
    try:
        return how.parse(text)
    except ValueError as error:
        raise Invalid(f"{path}, line {number}: {error}.") from error
