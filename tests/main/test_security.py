"""`osler doctor --security` finds what it says it finds, and says how to mend it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from osler.kit import clock
from osler.kit.settings import Settings
from osler.main import security, security_database
from osler.main.doctor import command
from osler.main.examine import Finding
from osler.main.security import examine_security
from tests.kit.web import certificate

FAR = Settings(host="0.0.0.0")


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


def level(check: Callable[[Settings], Finding], settings: Settings) -> str:
    found = check(settings)
    assert found.why
    assert found.level == "ok" or found.remedy
    return found.level


@pytest.mark.parametrize(
    ("check", "good", "bad", "expected"),
    [
        (security._tls, Settings(), FAR, "error"),
        (security._tls, Settings(), Settings(base_url="https://a.example/fhir"), "error"),
        (security._cookies, Settings(base_url="https://a.example/fhir"), FAR, "error"),
        (security._other_sites, Settings(), Settings(cors_origins=frozenset("*")), "error"),
        (
            security._other_sites,
            Settings(cors_origins=frozenset({"https://a.example"})),
            Settings(cors_origins=frozenset({"http://a.example"})),
            "warning",
        ),
        (security._rates, Settings(), Settings(rate_read=0), "warning"),
        (
            security._outgoing,
            Settings(outgoing_allow=frozenset({"10.1.2.0/24"})),
            Settings(outgoing_allow=frozenset({"10.0.0.0/8"})),
            "warning",
        ),
        (
            security._outgoing,
            Settings(),
            Settings(outgoing_allow=frozenset({"169.254.169.254"})),
            "error",
        ),
        (security._retention, Settings(), Settings(audit_years=5), "warning"),
        (
            security._anchors,
            Settings(ledger_anchor_file=Path("/x")),
            Settings(),
            "warning",
        ),
    ],
)
def test_settings(
    check: Callable[[Settings], Finding], good: Settings, bad: Settings, expected: str
) -> None:
    assert level(check, good) == "ok"
    assert level(check, bad) == expected


def test_a_certificate_about_to_end(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path, "DNS:localhost")
    settings = Settings(tls_cert=cert, tls_key=key)
    assert level(security._tls, settings) == "warning"  # It was made for two days.
    with clock.frozen(clock.now() - timedelta(days=60)):
        assert level(security._tls, settings) == "ok"
    with clock.frozen(clock.now() + timedelta(days=3)):
        assert level(security._tls, settings) == "error"
    key.chmod(0o644)
    assert level(security._tls, settings) == "error"


def test_keys_that_others_read(home: Settings) -> None:
    assert level(security._key_files, home) == "ok"
    key = home.data_dir / "ledger.key"
    key.write_text("secret")
    key.chmod(0o600)
    assert level(security._key_files, home) == "ok"
    key.chmod(0o644)
    assert level(security._key_files, home) == "error"


def test_a_master_key_beside_the_data(home: Settings) -> None:
    key = home.data_dir / "master.key"
    key.write_text("secret")
    key.chmod(0o600)
    assert level(security._key_files, home) == "warning"
    elsewhere = replace(home, database_url="postgresql://db.example/osler")
    assert level(security._key_files, elsewhere) == "ok"


def test_secrets_named_by_the_environment(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "database-url"
    secret.write_text("postgresql://x")
    secret.chmod(0o644)
    monkeypatch.setenv("OSLER_DATABASE_URL_FILE", str(secret))
    assert level(security._key_files, home) == "error"


def test_copies_of_keys_are_noted_until_the_keys_change(home: Settings) -> None:
    assert level(security._key_copies, home) == "ok"
    key = home.data_dir / "master.key"
    key.write_text("one")
    assert level(security._key_copies, home) == "warning"
    assert security.note_copies(home) == [key]
    assert level(security._key_copies, home) == "ok"
    key.write_text("two")
    assert level(security._key_copies, home) == "warning"
    assert "two" not in (home.data_dir / "keys.copied").read_text()


def test_a_data_directory_open_to_others(home: Settings) -> None:
    inside = home.data_dir / "postgres"
    inside.mkdir(mode=0o700)
    assert level(security._data_directory, home) == "ok"
    inside.chmod(0o755)
    assert level(security._data_directory, home) == "error"


def test_a_disk_encrypted_below(tmp_path: Path) -> None:
    top, below = tmp_path / "dm-1", tmp_path / "dm-0"
    (top / "dm").mkdir(parents=True)
    (top / "dm" / "uuid").write_text("LVM-abc")
    (top / "slaves").mkdir()
    (below / "dm").mkdir(parents=True)
    (below / "dm" / "uuid").write_text("CRYPT-LUKS2-abc")
    assert not security._encrypted(top)
    (top / "slaves" / "dm-0").symlink_to(below)
    assert security._encrypted(top)


def test_a_check_that_fails_hides_no_other(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def _broken(_: Settings) -> Finding:
        raise OSError("no such place")

    monkeypatch.setattr(security, "_CHECKS", (_broken, security._rates))
    found = list(examine_security(home))
    assert [one.level for one in found[:2]] == ["warning", "ok"]
    assert "no such place" in found[0].text


@pytest.fixture
def conn(fresh_database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        yield connection


@pytest.mark.database
def test_the_servers_log(conn: psycopg.Connection) -> None:
    for name, value in security_quiet().items():
        conn.execute(f"SET {name} = '{value}'")
    assert security_database._server_log(conn, Settings()).level == "ok"
    conn.execute("SET log_statement = 'all'")
    found = security_database._server_log(conn, Settings())
    assert (found.level, found.text) == ("warning", "log_statement = all")


def security_quiet() -> dict[str, str]:
    return {
        "log_statement": "none",
        "log_min_duration_statement": "-1",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length_on_error": "0",
    }


@pytest.mark.database
def test_a_role_with_too_many_rights(conn: psycopg.Connection) -> None:
    own = Settings(database_url="postgresql://x")
    assert security_database._role(conn, own).level == "error"
    assert security_database._role(conn, Settings()).level == "ok"


@pytest.mark.database
def test_a_role_that_may_become_a_greater_one(conn: psycopg.Connection) -> None:
    own = Settings(database_url="postgresql://")
    with conn.transaction(force_rollback=True):
        conn.execute("CREATE ROLE small")
        conn.execute("CREATE ROLE large SUPERUSER")
        conn.execute("SET LOCAL ROLE small")
        assert security_database._role(conn, own).level == "ok"
        conn.execute("RESET ROLE")
        conn.execute("GRANT large TO small")
        conn.execute("SET LOCAL ROLE small")
        assert security_database._role(conn, own).level == "error"
    with conn.transaction(force_rollback=True):
        conn.execute("CREATE ROLE small")
        conn.execute("GRANT pg_execute_server_program TO small")
        conn.execute("SET LOCAL ROLE small")
        assert security_database._role(conn, own).level == "warning"


@pytest.mark.database
def test_an_anchor_of_one_kind_does_not_stand_for_another(conn: psycopg.Connection) -> None:
    both = Settings(ledger_anchor_file=Path("/x"), ledger_webhook="https://a.example/")
    with conn.transaction(force_rollback=True):
        conn.execute("INSERT INTO ledger_block VALUES (0, 0, '', ''), (1, 0, '', '')")
        conn.execute("INSERT INTO ledger_anchor (height, kind, place) VALUES (1, 'file', '/x')")
        found = security_database._anchored(conn, both)
        assert (found.level, found.text) == ("warning", "webhook: never")
        conn.execute(
            "INSERT INTO ledger_anchor (height, kind, place, at)"
            " VALUES (0, 'webhook', '', clock_timestamp() - interval '3 days')"
        )
        assert "webhook: last at" in security_database._anchored(conn, both).text
        conn.execute("DELETE FROM ledger_block WHERE height = 1")
        assert security_database._anchored(conn, both).level == "ok"  # There is nothing newer.


@pytest.mark.database
def test_sealing_that_lags(conn: psycopg.Connection) -> None:
    assert security_database._sealing(conn, Settings()).level == "ok"
    conn.execute("SELECT audit_partitions(1)")
    later = clock.now() + timedelta(hours=1)
    from osler.access import LOCAL
    from osler.kit.database import Database
    from osler.record import Record
    from osler.search.parse import parse

    database = Database(conn.info.dsn)
    record = Record(database)
    record.search(LOCAL, parse("Patient", [], record.registry))
    database.close()
    assert security_database._audit(conn, Settings()).level == "ok"
    with clock.frozen(later):
        assert security_database._sealing(conn, Settings()).level == "warning"


@pytest.mark.database
def test_glass_that_nobody_reviewed(conn: psycopg.Connection) -> None:
    assert security_database._glass(conn, Settings()).level == "ok"
    conn.execute(
        "INSERT INTO break_glass (id, account, name, patient, reason, purpose, started, expires, task)"
        " VALUES ('1', 'a', 'A', 'p', 'r', 'ETREAT', now() - interval '9 days', now() - interval '8 days', 't')"
    )
    assert security_database._glass(conn, Settings()).level == "warning"


@pytest.mark.database
def test_the_command(fresh_database_url: str, tmp_path: Path) -> None:
    from tests.pages import use

    use(fresh_database_url)
    arguments = ["--security", "--json", "--database", fresh_database_url, "--data", str(tmp_path)]
    done = CliRunner().invoke(command, arguments)
    findings = json.loads(done.stdout)
    names = {finding["name"]: finding["level"] for finding in findings}
    assert {"TLS", "database role", "second factor", "sealing", "known passwords"} <= set(names)
    assert "error" not in [names["second factor"], names["known passwords"], names["audit"]]
    assert done.exit_code == int("error" in names.values())
    assert all(finding["why"] for finding in findings)
    assert all(one["remedy"] for one in findings if one["level"] != "ok")


@pytest.mark.database
def test_the_command_in_a_process_of_its_own(fresh_database_url: str, tmp_path: Path) -> None:
    """Where nothing has set the pages up before, as in the tests above."""
    arguments = ["--security", "--json", "--database", fresh_database_url, "--data", str(tmp_path)]
    command = [sys.executable, "-m", "osler.main", "doctor", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.stderr == ""
    assert "unused accounts" in {finding["name"] for finding in json.loads(done.stdout)}
