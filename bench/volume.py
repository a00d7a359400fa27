"""Makes any number of plausible resources: copies of sample patients, each a person of its own.

Every copy has new ids, references that agree with them, shifted dates and another name; organizations
and practitioners are shared. `python -m bench.volume 1000000 DIRECTORY` writes NDJSON.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
from collections.abc import Iterator
from functools import partial
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from osler.exchange.bulk.items import Item, read
from osler.exchange.bulk.links import Links
from osler.exchange.bulk.sources import find
from osler.fhir.codec import encode
from osler.main.sample.demo import samples
from osler.main.sample.generate import generate
from osler.main.sample.make import ZONE

_SHARED = frozenset({"Organization", "Practitioner", "PractitionerRole", "Location"})
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DATE = re.compile(rb'"((?:19|20)\d\d-\d\d-\d\d)(?=["T])')
_FAMILIES = [
    "García",
    "Nguyễn",
    "Smith",
    "Müller",
    "Okafor",
    "Kowalski",
    "Rossi",
    "Haddad",
    "Kim",
    "Silva",
    "Johansson",
    "Dubois",
    "Petrov",
    "Yılmaz",
    "O’Connor",
    "Tanaka",
    "Khan",
    "Papadopoulos",
    "Novák",
    "Andersen",
    "Mbeki",
    "Castro",
    "Lindgren",
    "Chen",
    "Patel",
    "Brown",
    "Jones",
    "Martínez",
    "Ivanova",
    "Schmidt",
    "Hassan",
    "Park",
    "Costa",
    "Moreau",
    "Horváth",
    "Popescu",
    "Jansen",
    "Fischer",
    "Lopez",
    "Walker",
]
_GIVEN = [
    "José",
    "María",
    "Anh",
    "Thomas",
    "Zoë",
    "Chinedu",
    "Agnieszka",
    "Luca",
    "Layla",
    "Ji-ho",
    "Beatriz",
    "Björn",
    "Élise",
    "Dmitri",
    "Elif",
    "Niamh",
    "Haruto",
    "Aisha",
    "Eleni",
    "Tomáš",
    "Freja",
    "Sipho",
    "Camila",
    "Astrid",
    "Wei",
    "Priya",
    "James",
    "Olivia",
    "Mateo",
    "Svetlana",
    "Jürgen",
    "Omar",
]
_TYPE = re.compile(rb'"resourceType":\s*"(\w+)"')


class _Original:
    """One resource to copy, as compact JSON, and what its copies must change."""

    __slots__ = ("content", "type")

    def __init__(self, content: bytes) -> None:
        self.content = msgspec.json.format(content, indent=-1)
        match = _TYPE.search(self.content)
        assert match
        self.type = match[1].decode()


def volume(size: int, *, seed: int = 1, folder: Path | None = None) -> Iterator[bytes]:
    """Exactly `size` resources as compact JSON, patient by patient; the first copies are the originals."""
    people = originals(folder)
    fixed = {
        id
        for person in people
        for one in person
        if one.type in _SHARED
        for id in _UUID.findall(one.content)[:1]
    }
    return islice(_copies(people, fixed, seed), size)


def _copies(people: list[list[_Original]], fixed: set[bytes], seed: int) -> Iterator[bytes]:
    """Without end. What patients share comes once."""
    shared: set[bytes] = set()
    for one in (one for person in people for one in person if one.type in _SHARED):
        if one.content not in shared:
            shared.add(one.content)
            yield one.content
    for number in count():
        for person in people:
            yield from _copy(person, number, fixed, seed)


def originals(folder: Path | None = None) -> list[list[_Original]]:
    """The resources of each sample patient, of the sample practice where there are no files."""
    folder = folder or samples()
    if folder is None:
        now = dt.datetime(2026, 6, 1, 12, tzinfo=ZONE)
        return [[_Original(encode(made)) for made in generate(now)]]
    people = []
    for number, source in enumerate(find([folder])):
        with source.open() as (stream, _):
            items = [i for i in read(stream, lines=source.lines) if isinstance(i, Item)]
        links = Links(number, lambda _kind, _query: None, {})
        for item in items:
            links.note(item)
        settled = (links.settle(item) for item in items)
        people.append([_Original(item.content) for item in settled if isinstance(item, Item)])
    return people


def _copy(person: list[_Original], number: int, fixed: set[bytes], seed: int) -> Iterator[bytes]:
    """One copy of a patient with everything of theirs; number 0 is the original."""
    own = [one for one in person if one.type not in _SHARED]
    if number == 0:
        yield from (one.content for one in own)
        return
    random = Random(f"{seed}/{number}/{person[0].content[:200]!r}")
    # The ids of a copy differ from the original's in their first eight digits, and all alike.
    mask = (number * 2654435761 + seed) % (1 << 32)
    days = random.randint(-900, 900)
    ids: dict[bytes, bytes] = {}
    dates: dict[bytes, bytes] = {}

    def new_id(match: re.Match[bytes]) -> bytes:
        old = match[0]
        found = ids.get(old)
        if found is None:
            found = old if old in fixed else b"%08x" % (int(old[:8], 16) ^ mask) + old[8:]
            ids[old] = found
        return found

    def new_date(match: re.Match[bytes]) -> bytes:
        found = dates.get(match[1])
        if found is None:
            found = dates[match[1]] = _shift(match[1], days)
        return b'"' + found

    for one in own:
        content = _DATE.sub(new_date, _UUID.sub(new_id, one.content))
        yield _rename(content, random, number) if one.type == "Patient" else content


def _shift(date: bytes, days: int) -> bytes:
    """A later or earlier day, but not in the future."""
    try:
        day = dt.date.fromisoformat(date.decode()) + dt.timedelta(days=days)
    except ValueError:
        return date
    return day.isoformat().encode() if day < dt.date(2026, 11, 1) else date


def _rename(content: bytes, random: Random, number: int) -> bytes:
    patient: dict[str, Any] = msgspec.json.decode(content)
    for name in patient.get("name", ()):
        name["family"] = random.choice(_FAMILIES)
        name["given"] = [random.choice(_GIVEN), random.choice(_GIVEN)]
        name.pop("text", None)
    for identifier in patient.get("identifier", ()):
        if not _UUID.fullmatch(identifier.get("value", "").encode()):
            identifier["value"] = f"{identifier.get('value', '')}-{number}"
    return msgspec.json.encode(patient)


def write_bundles(folder: Path, size: int) -> int:
    """Copies of the sample files as they were published (pretty-printed transactions); how many resources.

    At least `size`, where there are sample files; 0 where there are none.
    """
    sources = find([samples_folder]) if (samples_folder := samples()) else []
    texts = []
    for source in sources:
        with source.open() as (stream, _):
            texts.append(stream.read())
    made = 0
    for number in count() if texts else ():
        mask = (number * 2654435761) % (1 << 32)
        for index, text in enumerate(texts):
            content = _UUID.sub(partial(_masked, mask), text)
            (folder / f"{number}-{index}.json").write_bytes(content)
            made += content.count(b'"fullUrl"')
            if made >= size:
                return made
    return made


def _masked(mask: int, match: re.Match[bytes]) -> bytes:
    old = match[0]
    return b"%08x" % (int(old[:8], 16) ^ mask) + old[8:]


def write(path: Path, size: int, *, seed: int = 1) -> int:
    """A file of NDJSON with `size` resources; its size in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        for content in volume(size, seed=seed):
            out.write(content + b"\n")
        return out.tell()


def main() -> int:
    """Write a file of so many resources."""
    parser = argparse.ArgumentParser(prog="python -m bench.volume", description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("path", type=Path)
    options = parser.parse_args()
    size = write(options.path, options.count)
    print(f"{options.count:,} resources, {size:,} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
