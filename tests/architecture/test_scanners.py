"""Scanners of others over our code and over what we build on."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.architecture.test_house_rules import ROOT

# The same as ruff's, with the same reasons (pyproject.toml).
_NOT_ASKED = {
    "B101": "assert narrows types; nothing relies on it for safety",
    "B404": "programs are started with argument lists of our own",
    "B603": "programs are started with argument lists of our own",
}
_ACCEPTED = {
    (
        "main/sample/",
        "B311",
    ): "made-up patients need numbers that can be had again, not secret ones",
    ("kit/cluster.py", "B108"): "/dev/shm is only measured",
    ("main/site/database.py", "B105"): "the word PASSWORD is a key of Django's settings",
    ("main/setup.py", "B105"): "the name of a variable",
    ("identity/pages/", "B105"): "names of keys of the session",
    ("staff/people/first.py", "B105"): "the demo's, which is on no network",
    ("staff/people/patients.py", "B308"): "a QR code drawn here from our own address",
    ("staff/people/patients.py", "B703"): "a QR code drawn here from our own address",
    ("ui/assets/icons.py", "B405"): "files of a package that the lock file pins by its hash",
    ("ui/assets/icons.py", "B314"): "files of a package that the lock file pins by its hash",
    ("ui/charts/svg.py", "B703"): "every part and attribute is escaped in one place",
    ("ui/rendering.py", "B703"): "what Django's own templates write, compared in a test",
    ("ui/templatetags/osler.py", "B308"): "two values of format_html, one after the other",
    ("ui/templatetags/osler.py", "B703"): "two values of format_html, one after the other",
    (
        "identity/adapter.py",
        "B104",
    ): "an address that stands for an unknown one; nothing binds to it",
}


def test_bandit() -> None:
    command = [sys.executable, "-m", "bandit", "-q", "-r", "src/osler", "-x", "src/osler/fhir/r4"]
    command += ["-s", ",".join(_NOT_ASKED), "-f", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert report["errors"] == []
    assert report["metrics"]["_totals"]["loc"] > 10_000
    found = {
        (result["filename"].removeprefix("src/osler/"), result["test_id"]): result
        for result in report["results"]
    }
    unknown = {
        place: (result["line_number"], result["issue_text"])
        for place, result in found.items()
        if not any(place[0].startswith(path) and place[1] == id for path, id in _ACCEPTED)
    }
    assert unknown == {}
    stale = [
        (path, id)
        for path, id in _ACCEPTED
        if not any(name.startswith(path) and id == test for name, test in found)
    ]
    assert stale == [], "accepted, but no longer there"


def test_nothing_we_build_on_has_a_known_hole() -> None:
    """The lock file of what runs, against the advisories of the package index."""
    command = [sys.executable, "-m", "pip_audit", "-r", "requirements/runtime.txt"]
    command += ["--require-hashes", "--disable-pip", "--timeout", "10", "-f", "json"]
    done = subprocess.run(
        [*command, "--progress-spinner", "off"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        pytest.skip(f"pip-audit cannot reach the advisories: {done.stderr.strip()[-200:]}")
    audited = [package for package in packages if "vulns" in package]
    if not audited:
        pytest.skip("the package index that can be reached here has no advisories")
    holes = {
        package["name"]: [vuln["id"] for vuln in package["vulns"]]
        for package in audited
        if package["vulns"]
    }
    assert holes == {}, "upgrade with `make lock`"
    assert len(audited) == len(packages), "some packages are unknown to the index"
