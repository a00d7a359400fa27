"""Long charts: made by a worker with the rights of who asked, one file, kept for them alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from osler.access import LOCAL
from osler.clinic.documents.text import words_of
from osler.clinic.printing import chart, whole
from osler.clinic.privacy.disclosures import accounting
from osler.kit import clock
from osler.record import Record, prints
from osler.store.audit.query import AuditQuery
from tests.clinic.notes.conftest import vital
from tests.staff.people import staff, text

PRINT = "/patients/ana/print/"


@pytest.fixture
def long(here: Record, monkeypatch: pytest.MonkeyPatch) -> Record:
    monkeypatch.setattr(chart, "PIECE", dict.fromkeys(chart.PIECE, 2))
    with here.database.connection() as conn:  # The database is the module's.
        conn.execute("DELETE FROM print")
        conn.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'chart_print'")
    here.commit(LOCAL, [vital(f"w{n}", "29463-7", f"Weight {n}", 80 + n, "kg") for n in range(5)])
    return here


def ask(browser: Any, *parts: str, **more: str) -> Any:
    form = {"patient": "ana", "parts": list(parts) or ["problems", "vitals"], "where": "here"}
    return browser.post(PRINT, form | more)


def waiting(record: Record) -> list[str]:
    with record.database.connection() as conn:
        rows = conn.execute(
            "SELECT args->>'id' FROM procrastinate_jobs WHERE task_name = 'chart_print' ORDER BY id"
        ).fetchall()
    return [id for (id,) in rows]


def pages_of(answer: Any) -> list[str]:
    assert answer["Content-Type"] == "application/pdf", text(answer)
    return words_of(answer.content, "application/pdf").text.split("\f")


def test_a_long_chart_is_made_in_the_background_and_is_one_file(ada: Any, long: Record) -> None:
    answer = ask(ada)
    assert answer.status_code == 303
    assert answer["Location"] == PRINT
    assert "Waits to be made" in text(ada.get(PRINT))
    assert "hx-trigger" in ada.get(f"{PRINT}made/").content.decode()
    (id,) = waiting(long)
    assert ada.get(f"{PRINT}{id}/").status_code == 404
    whole.make(long, id)
    page = ada.get(PRINT)
    assert "Save the PDF" in text(page)
    assert "hx-trigger" not in ada.get(f"{PRINT}made/").content.decode()
    answer = ada.get(f"{PRINT}{id}/")
    found = pages_of(answer)
    everything = "\n".join(found)
    assert [everything.count(f"Weight {n}") for n in range(5)] == [1] * 5
    assert "Type 2 diabetes" in everything
    for number, one in enumerate(found, 1):
        for words in ("GARCIA, Ana", "May 2, 1961", "MRN-7", "Printed by Ada Osei, MD"):
            assert words in one
        assert f"Page {number} of {len(found)}" in one
    assert "garcia" not in answer["Content-Disposition"].lower()
    rows = long.audit(LOCAL, AuditQuery(types=("Patient",))).rows
    assert sum(row.action == "print" for row in rows) == 1


def test_a_print_is_for_who_asked_alone_and_of_its_patient(
    ada: Any, nia: Any, long: Record
) -> None:
    ask(ada)
    (id,) = waiting(long)
    whole.make(long, id)
    assert nia.get(f"{PRINT}{id}/").status_code == 404
    assert "Save the PDF" not in text(nia.get(PRINT))
    assert ada.get(f"/patients/bo/print/{id}/").status_code == 404
    nia.post(f"{PRINT}{id}/drop/", {"patient": "ana"})
    assert ada.get(f"{PRINT}{id}/").status_code == 200
    with long.database.connection() as conn:
        row = conn.execute("SELECT sealed FROM print WHERE id = %s", (id,)).fetchone()
    assert row is not None
    assert b"%PDF" not in bytes(row[0])


def test_it_is_made_with_the_rights_of_who_asked(here: Record, long: Record) -> None:
    desk = staff("front-desk", name="fay5", person="Practitioner/p2")
    caller = staff_principal("fay5")
    order = whole.Order(chart.Wanted(tuple(chart.PARTS)))
    id = here.ask_print(caller, "ana", order.kept())
    whole.make(here, id)
    everything = "\n".join(pages_of(desk.get(f"{PRINT}{id}/")))
    assert "GARCIA, Ana" in everything
    for hidden in ("Penicillin", "metFORMIN", "Weight 1"):
        assert hidden not in everything
    assert "left out: " in everything
    assert "Allergies" in everything
    assert "None recorded" not in everything.partition("Allergies")[2].partition("Immunizations")[0]


def staff_principal(name: str) -> Any:
    from osler.identity import principals

    return principals.of_account(name)


def test_what_leaves_is_registered_once_and_taken_as_an_export(ada: Any, long: Record) -> None:
    ask(ada, where="out", recipient="Lee Law", purpose="HLEGAL")
    before = len(accounting(long, LOCAL, "ana"))
    assert accounting(long, LOCAL, "ana")[0].recipient == "Lee Law"
    (id,) = waiting(long)
    whole.make(long, id)
    assert "Lee Law" in pages_of(ada.get(f"{PRINT}{id}/"))[0]
    ada.get(f"{PRINT}{id}/")
    assert len(accounting(long, LOCAL, "ana")) == before
    rows = long.audit(LOCAL, AuditQuery(types=("Patient",))).rows
    assert sum(row.action == "export" and "HLEGAL" in (row.detail or "") for row in rows) == 2


def test_what_goes_wrong_is_told_and_can_be_made_again(
    ada: Any, long: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(ada)
    (id,) = waiting(long)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the machine")

    with monkeypatch.context() as broke:
        broke.setattr(whole, "one_file", broken)
        with pytest.raises(RuntimeError):
            whole.make(long, id)
    said = text(ada.get(PRINT))
    assert "It could not be made" in said
    assert "secret" not in said
    whole.make(long, id)  # As the page of jobs does, or another worker.
    assert "Save the PDF" in text(ada.get(PRINT))


def test_a_print_that_is_given_up_ends(ada: Any, long: Record) -> None:
    ask(ada)
    (id,) = waiting(long)
    assert ada.post(f"{PRINT}{id}/drop/", {"patient": "ana"}).status_code == 303
    whole.make(long, id)
    assert "Save the PDF" not in text(ada.get(PRINT))
    assert ada.get(f"{PRINT}{id}/").status_code == 404


def test_only_so_many_at_a_time_and_none_for_longer_than_a_day(ada: Any, long: Record) -> None:
    for _ in range(prints.AT_MOST):
        assert ask(ada).status_code == 303
    refused = ask(ada)
    assert refused.status_code == 422
    assert "being made" in text(refused)
    (first, *_rest) = waiting(long)
    whole.make(long, first)
    with clock.frozen(clock.now() + timedelta(hours=25)):
        assert prints.expire(long.database) == prints.AT_MOST
    assert ada.get(f"{PRINT}{first}/").status_code == 404


def test_a_print_that_does_not_move_says_so(ada: Any, long: Record) -> None:
    ask(ada)
    assert "Nothing has moved" not in text(ada.get(f"{PRINT}made/"))
    with clock.frozen(clock.now() + timedelta(minutes=3)):
        assert "Nothing has moved" in text(ada.get(f"{PRINT}made/"))


def test_the_worker_knows_the_tasks() -> None:
    from osler.worker.app import make_app

    tasks = make_app("postgresql:///nowhere").tasks
    assert {prints.TASK, "document_text", "old_prints"} <= set(tasks)


def test_erasing_the_patient_erases_the_print(ada: Any, long: Record) -> None:
    ask(ada)
    (id,) = waiting(long)
    whole.make(long, id)
    long.erase_patient(LOCAL, "ana", "asked for by herself")
    with long.database.connection() as conn:
        assert conn.execute("SELECT count(*) FROM print").fetchone() == (0,)
