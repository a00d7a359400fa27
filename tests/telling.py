"""What a long run tells: a failure as soon as there is one, and at the end where the time went."""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePosixPath

import pytest

_SLOWEST = 25


def pytest_configure(config: pytest.Config) -> None:
    """Only the process that has the terminal tells; workers of xdist send it their reports."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Telling(config), "osler-telling")


class Telling:
    """Listens to every report of a run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._seconds: defaultdict[str, float] = defaultdict(float)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up, and tell a failure at once: whoever waits for CI need not wait for its end."""
        self._seconds[report.nodeid] += report.duration
        if report.failed:
            terminal = self._config.pluginmanager.get_plugin("terminalreporter")
            word = "FAILED" if report.when == "call" else f"ERROR in {report.when} of"
            if terminal is not None:
                terminal.ensure_newline()
                terminal.write_line(f"{word} {report.nodeid}")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Folders and the slowest tests, by seconds of a worker, with fixtures."""
        terminalreporter.section("seconds by folder")
        folders: dict[str, list[float]] = {}
        for node, seconds in self._seconds.items():
            folders.setdefault(folder(node), []).append(seconds)
        for name, each in sorted(folders.items(), key=lambda one: -sum(one[1])):
            terminalreporter.write_line(f"{sum(each):8.1f}  {name} ({len(each)} tests)")
        terminalreporter.write_line(f"{sum(self._seconds.values()):8.1f}  all")
        terminalreporter.section(f"the {_SLOWEST} slowest tests")
        slowest = sorted(self._seconds.items(), key=lambda one: -one[1])
        for node, seconds in slowest[:_SLOWEST]:
            terminalreporter.write_line(f"{seconds:8.1f}  {node}")


def folder(node: str) -> str:
    """The folder of `tests` that a test is in: `tests/rest/test_x.py::test_y` is in `rest`."""
    parts = PurePosixPath(node.partition("::")[0]).parts
    return parts[1] if len(parts) > 2 else parts[0]
