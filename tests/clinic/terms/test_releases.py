"""Official releases: read by their formats, loaded side by side, gone on with after a stop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from osler.access import LOCAL
from osler.clinic.terms import releases, search, tables
from osler.kit.database import Database
from osler.kit.errors import Conflict, Invalid, NotFound
from osler.record import Record
from osler.record import terms as stored

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
ORDER = """00001 A00     0 Cholera                                                      Cholera
00002 A000    1 Cholera due to biovar cholerae                               Cholera due to biovar cholerae
00003 W5622XA 1 Struck by orca, initial encounter                            Struck by orca, initial encounter
"""
CONSO = (
    "900001|ENG||||||||||RXNORM|SCD|900001|zebrastatin 10 MG Oral Tablet||N|4096|\n"
    "900001|ENG||||||||||RXNORM|SY|900001|zebrastatin 10 MG tab||N|4096|\n"
    "900002|ENG||||||||||RXNORM|IN|900002|zebrastatin||N|4096|\n"
    "900003|ENG||||||||||MMSL|CD|900003|zebrastatin oral||N||\n"
    "900004|ENG||||||||||RXNORM|SBD|900004|zebrastatin 10 MG Oral Tablet [Zebra]||O|4096|\n"
)


@pytest.fixture
def here(database: Database) -> Iterator[Record]:
    """A record without any release."""
    yield Record(database)
    with database.connection() as conn:
        conn.execute("TRUNCATE term_release, term, term_use")


def quiet(what: str, done: int, total: int) -> None:
    assert what and done <= max(total, done)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def loaded(here: Record, format: str, path: Path, release: str) -> releases.Loaded:
    done = releases.load(here, format, path, release, quiet)
    stored.use(here.database, done.system, release)
    return done


def test_an_imported_code_is_found_beside_the_shipped_ones(here: Record, tmp_path: Path) -> None:
    assert search.search(here, LOCAL, "diagnosis", "orca") == []
    done = loaded(here, "icd-10-cm", write(tmp_path / "order.txt", ORDER), "2026")
    assert done.terms == 3
    found = search.search(here, LOCAL, "diagnosis", "struck orca")
    assert [(one.code, one.name) for one in found] == [
        ("W56.22XA", "Struck by orca, initial encounter")
    ]
    assert [one.code for one in search.search(here, LOCAL, "diagnosis", "A00")] == ["A00.0"]
    term = search.term(here, "diagnosis", f"{tables.ICD}|W56.22XA")
    assert term is not None and term.name == "Struck by orca, initial encounter"


def test_rxnorm_takes_its_own_names_only(here: Record, tmp_path: Path) -> None:
    assert loaded(here, "rxnorm", write(tmp_path / "RXNCONSO.RRF", CONSO), "2026-10").terms == 2
    found = search.search(here, LOCAL, "drug", "zebrastatin")
    assert [one.name for one in found] == ["zebrastatin 10 mg oral tablet"]


def test_vaccines_and_makers(here: Record, tmp_path: Path) -> None:
    cvx = "998 |orca pox|orca pox vaccine| |Active|False|2026/01/01\n"
    cvx += "5|old one|old vaccine||Never Active|False|2026/01/01\n"
    loaded(here, "cvx", write(tmp_path / "cvx.txt", cvx), "2026-01")
    assert [one.code for one in search.search(here, LOCAL, "vaccine", "orca")] == ["998"]
    loaded(
        here, "mvx", write(tmp_path / "mvx.txt", "ORC|Orca Works||Active|2026/01/01\n"), "2026-01"
    )
    assert [one.name for one in search.search(here, LOCAL, "manufacturer", "orca")] == [
        "Orca Works"
    ]


def test_releases_stand_side_by_side_and_old_codes_keep_their_names(
    here: Record, tmp_path: Path
) -> None:
    loaded(here, "icd-10-cm", write(tmp_path / "a.txt", ORDER), "2026")
    newer = "00001 W5623XA 1 Bitten by orca                                               Bitten by orca\n"
    loaded(here, "icd-10-cm", write(tmp_path / "b.txt", newer), "2027")
    assert [one.name for one in search.search(here, LOCAL, "diagnosis", "orca")] == [
        "Bitten by orca"
    ]
    old = search.term(here, "diagnosis", f"{tables.ICD}|W56.22XA")
    assert old is not None and old.name.startswith("Struck by orca")
    stored.use(here.database, tables.ICD, "2026")
    assert [one.code for one in search.search(here, LOCAL, "diagnosis", "orca")] == ["W56.22XA"]
    assert [(one.release, one.in_use, one.terms) for one in stored.releases(here.database)] == [
        ("2026", True, 3),
        ("2027", False, 1),
    ]


def test_a_stopped_load_goes_on_where_it_was(
    here: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releases, "_BATCH", 1)
    path = write(tmp_path / "order.txt", ORDER)

    def stop(what: str, done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        releases.load(here, "icd-10-cm", path, "2026", stop)
    with pytest.raises(NotFound):
        stored.use(here.database, tables.ICD, "2026")
    done = releases.load(here, "icd-10-cm", path, "2026", quiet)
    assert (done.began, done.terms) == (2, 1)
    assert releases.load(here, "icd-10-cm", path, "2026", quiet).terms == 0


def test_another_file_under_the_same_release_is_refused(here: Record, tmp_path: Path) -> None:
    loaded(here, "icd-10-cm", write(tmp_path / "a.txt", ORDER), "2026")
    with pytest.raises(Conflict, match="another file"):
        releases.load(here, "icd-10-cm", write(tmp_path / "b.txt", ORDER * 2), "2026", quiet)


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("icd-10-cm", "code,title\n"),
        ("rxnorm", "1|ENG|\n"),
        ("cvx", "MMR|x\n"),
        ("mvx", "toolong|x|y|z\n"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_its_line(
    here: Record, tmp_path: Path, format: str, text: str
) -> None:
    with pytest.raises(Invalid, match="line 1"):
        releases.load(here, format, write(tmp_path / "wrong.txt", text), "1", quiet)


def test_a_packed_file_is_told_from_text(here: Record, tmp_path: Path) -> None:
    path = tmp_path / "release.zip"
    path.write_bytes(b"PK\x03\x04\xff\xfe\x80")
    with pytest.raises(Invalid, match="zip"):
        releases.load(here, "icd-10-cm", path, "1", quiet)


def test_what_somebody_chose_comes_first_next_time(here: Record) -> None:
    term = search.term(here, "diagnosis", f"{tables.ICD}|E11.65")
    for _ in range(2):
        search.chosen(here, LOCAL, term)
    assert search.search(here, LOCAL, "diagnosis", "")[0].code == "E11.65"
    with pytest.raises(NotFound, match="no terms of the kind"):
        search.search(here, LOCAL, "spells", "x")


@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the tables for developers are not beside this checkout"
)
def test_every_shipped_diagnosis_has_the_official_title() -> None:
    import csv
    import gzip

    with gzip.open(SHARED / "problems" / "icd10cm_2026.tsv.gz", "rt", encoding="utf-8") as file:
        official = {row["code"]: row for row in csv.DictReader(file, delimiter="\t")}
    for one in tables.diagnoses():
        assert official[one.code]["title"] == one.name
        assert official[one.code]["billable"] == "Y"
