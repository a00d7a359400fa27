"""The sample practice in a record: made once per run, and copied for every module that wants one."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from osler.fhir.base import Resource
from osler.kit.database import Database
from osler.kit.settings import Settings
from osler.main.sample import demo
from osler.main.sample.generate import generate
from osler.record import Record, Storage
from tests import pages, postgres

_ABOUT = "practice.json"


@dataclass(frozen=True)
class Practice:
    """A record that has the practice, where its documents lie, and somebody to look at."""

    record: Record
    url: str
    files: Path
    patient: str
    """With the fullest chart."""
    items: dict[str, str]
    """Type of resource: the id of one of the patient's, else of anybody's."""


@contextmanager
def opened(server_url: str, template: str, folder: Path) -> Iterator[Practice]:
    """The practice in a database of its own, its documents and their keys in `folder`."""
    pages.use(server_url)  # Which day it is at the practice is a setting of Django's.
    source = f"osler_practice_{os.environ[postgres.RUN]}_{demo.now():%Y%m%d}"
    kept = Path(os.environ[postgres.DATA]) / source
    postgres.made_once(server_url, source, template, lambda url: _make(url, kept))
    shutil.copytree(kept, folder, dirs_exist_ok=True)
    patient, items = json.loads((folder / _ABOUT).read_text())
    url = postgres.clone(server_url, source)
    database = Database(url)
    yield Practice(_record(database, folder), url, folder, patient, items)
    database.close()
    postgres.drop(server_url, url)


def _make(url: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    database = Database(url)
    resources = list(generate(demo.now(), seed=demo.SEED))
    for _kind, status in demo._write(_record(database, folder), resources):
        assert status == "created"
    database.close()
    (folder / _ABOUT).write_text(json.dumps(_fullest(resources)))


def _record(database: Database, folder: Path) -> Record:
    documents = Storage.of(Settings(data_dir=folder))
    return Record(database, base_url="http://localhost/fhir", documents=documents)


def _fullest(resources: list[Resource]) -> tuple[str, dict[str, str]]:
    charts: dict[str, dict[str, str]] = {}
    for one in resources:
        subject = getattr(one, "subject", None) or getattr(one, "patient", None)
        reference = getattr(subject, "reference", None) or ""
        if reference.startswith("Patient/") and one.id:
            charts.setdefault(reference.removeprefix("Patient/"), {}).setdefault(
                one.resourceType, one.id
            )
    patient, *others = sorted(charts, key=lambda one: -len(charts[one]))
    # What is of no patient stands for itself, and what this one has none of is another's.
    rest = {one.resourceType: one.id for one in resources if one.id}
    return patient, {**rest, **charts[patient], "Another": others[0]}
