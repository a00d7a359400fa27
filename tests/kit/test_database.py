from __future__ import annotations

import os
import threading

import psycopg
import pytest

from osler.kit.database import Database
from osler.kit.errors import TooCostly, Unavailable


def test_json_comes_back_as_the_bytes_that_were_stored(database: Database) -> None:
    text = b'{"value": 1.50,  "name":"Jos\xc3\xa9"}'
    with database.connection() as connection:
        row = connection.execute("SELECT %s::text::json", (text.decode(),)).fetchone()
    assert row == (text,)


def test_json_comes_back_as_bytes_in_binary_mode_too(database: Database) -> None:
    with database.connection() as connection, connection.cursor(binary=True) as cursor:
        assert cursor.execute("""SELECT '{"a":1}'::json""").fetchone() == (b'{"a":1}',)


def test_session_has_our_settings(database: Database) -> None:
    names = "application_name", "statement_timeout", "jit", "transaction_isolation", "timezone"
    with database.connection() as connection:
        found = [
            (connection.execute("SELECT current_setting(%s)", (name,)).fetchone() or ("",))[0]
            for name in names
        ]
    assert found == ["osler", "30s", "off", "read committed", "UTC"]


def test_a_statement_over_its_time_is_too_costly(database_url: str) -> None:
    database = Database(database_url, statement_timeout_ms=50)
    try:
        with pytest.raises(TooCostly, match="50 ms"), database.connection() as connection:
            connection.execute("SELECT pg_sleep(5)")
        with database.connection() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        database.close()


def test_other_database_errors_pass_unchanged(database: Database) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), database.connection() as connection:
        connection.execute("SELECT 1/0")


def test_nobody_there_is_unavailable_and_names_no_password() -> None:
    database = Database("postgresql://u:secret@127.0.0.1:1/x", acquire_timeout_s=0.3)
    try:
        with pytest.raises(Unavailable) as caught, database.connection():
            pass
    finally:
        database.close()
    assert "secret" not in str(caught.value)


def test_a_busy_pool_is_unavailable(database_url: str) -> None:
    database = Database(database_url, max_size=1, acquire_timeout_s=0.1)
    try:
        with database.connection(), pytest.raises(Unavailable), database.connection():
            pass
    finally:
        database.close()


def test_after_the_server_dropped_a_connection_the_next_request_works(database_url: str) -> None:
    database = Database(database_url, max_size=2)
    try:
        with pytest.raises(Unavailable), database.connection() as connection:
            connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        with database.connection() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        database.close()


def test_a_forked_child_gets_connections_of_its_own(database_url: str) -> None:
    database = Database(database_url, max_size=1)
    try:
        with database.connection() as connection:
            connection.execute("SELECT 1")
        database.close()  # No pool threads while forking.
        child = os.fork()
        if child == 0:
            with database.connection() as connection:
                answer = connection.execute("SELECT 42").fetchone()
            os._exit(0 if answer == (42,) else 1)
        assert os.waitpid(child, 0)[1] == 0
        with database.connection() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        database.close()


def test_ping_and_figures(database: Database) -> None:
    database.ping()
    assert database.stats()["pool_size"] >= 1


def test_threads_share_the_pool(database: Database) -> None:
    answers: list[object] = []

    def ask(number: int) -> None:
        with database.connection() as connection:
            answers.append(connection.execute("SELECT %s::int", (number,)).fetchone())

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers, key=str) == sorted(((n,) for n in range(30)), key=str)


def test_a_rolled_back_transaction_leaves_nothing(database: Database) -> None:
    with database.connection() as connection:
        connection.execute("CREATE TABLE rolled (a int)")
        with connection.transaction(force_rollback=True):
            connection.execute("INSERT INTO rolled VALUES (1)")
        assert connection.execute("SELECT count(*) FROM rolled").fetchone() == (0,)
