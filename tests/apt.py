"""Programs of the system that tests run against: installed where we are root on Debian, else named as absent."""

from __future__ import annotations

import os
import shutil
import subprocess

PROGRAMS = {"chromium": "chromium", "nginx": "nginx", "openssl": "openssl"}
"""Packages by the program that they bring."""
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def find(program: str) -> str | None:
    """Where a program is, also among those that only root has on the path."""
    return shutil.which(program, path=_PATH)


def install(*packages: str) -> str | None:
    """Install packages; None where that is done, else why it is not."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return f"{', '.join(packages)} not installed, and only root on Debian can add it"
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["update", "-q"],
        ["install", "-q", "-y", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(
            ["apt-get", *command], env=environ, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            return f"apt-get {command[0]} failed: {done.stderr.strip()[-300:]}"
    return None


def provide() -> None:
    """Before any test runs, so that no two tests install at once: what is missing of `PROGRAMS`."""
    missing = [package for program, package in PROGRAMS.items() if find(program) is None]
    if not missing:
        return
    print(f"\nInstalling {', '.join(missing)} for the tests…", flush=True)
    why = install(*missing)
    if why is not None:
        print(f"Tests that need {', '.join(missing)} will be skipped: {why}", flush=True)
