"""Ctrl-C reaches every process of a load, and only the reader may heed it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.exchange.bulk.test_resume import RECORDS, SCRIPT, _count, _input

CHILDREN = "/proc/{0}/task/{0}/children"


@pytest.mark.skipif(
    not Path(CHILDREN.format(os.getpid())).exists(), reason="looks children up in /proc"
)
def test_loading_processes_never_see_an_interrupt(fresh_database_url: str, tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(SCRIPT)
    path = _input(tmp_path / "in.ndjson")
    command = [sys.executable, str(tmp_path / "run.py"), fresh_database_url, str(path), "2"]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    interrupted: set[str] = set()
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env) as reader:
        while reader.poll() is None:
            with suppress(FileNotFoundError, ProcessLookupError):
                for child in Path(CHILDREN.format(reader.pid)).read_text().split():
                    os.kill(int(child), signal.SIGINT)
                    interrupted.add(child)
            time.sleep(0.005)
        assert reader.stderr is not None
        assert reader.stderr.read() == ""
    assert reader.returncode == 0
    assert len(interrupted) >= 2
    assert _count(fresh_database_url) == RECORDS
