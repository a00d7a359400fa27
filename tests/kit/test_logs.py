"""Log lines name places, never values."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from osler.kit.logs import Formatter, places, trusted


def line(name: str, message: object, *args: object, **extra: Any) -> str:
    record = logging.getLogger(name).makeRecord(
        name, logging.ERROR, "x.py", 7, message, args, extra.pop("exc_info", None), "view", extra
    )
    return Formatter().format(record)


def failure() -> BaseException:
    try:
        try:
            raise KeyError("c4nary-inner")
        except KeyError as error:
            raise ValueError("c4nary") from error
    except ValueError as error:
        return error


def test_our_own_lines_are_whole() -> None:
    assert line("osler.rest", "made %d partitions", 3).endswith("osler.rest made 3 partitions")


def test_of_others_only_the_template() -> None:
    assert line("procrastinate.worker", "Job %s failed", "c4nary").endswith("Job %s failed")


def test_what_others_filled_in_themselves_is_left_out() -> None:
    assert line("allauth", "c4nary failed").endswith("allauth error in x.view")


def test_of_a_page_its_route_and_status() -> None:
    request = SimpleNamespace(resolver_match=SimpleNamespace(route="staff/<slug:id>"))
    text = line(
        "django.request", "%s: %s", "Not Found", "/staff/c4nary", status_code=404, request=request
    )
    assert text.endswith("status 404, route staff/<slug:id>")
    assert "c4nary" not in text


def test_an_error_is_its_kind_and_place() -> None:
    error = failure()
    text = line("osler.rest", "failed", exc_info=(type(error), error, error.__traceback__))
    assert "c4nary" not in text
    assert "ValueError at failure" in text
    assert "from KeyError at failure" in text
    assert places(error) in text


def test_an_error_as_a_message_is_left_out() -> None:
    assert "c4nary" not in line("django", failure())


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [
        ("osler.rest", True),
        ("osler", True),
        ("oslerx", False),
        ("psycopg.pool", True),
        ("psycopg", False),
    ],
)
def test_whose_lines_are_trusted(name: str, is_ours: bool) -> None:
    assert trusted(name) is is_ours
