from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from osler.fhir.codec import SIZE_LIMIT
from osler.kit.settings import VARIABLES, BadSettings, Settings
from osler.rest.options import Options


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.load({})
    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.1", 8000, None)


def test_values_are_read() -> None:
    settings = Settings.load(
        {
            "OSLER_DATABASE_URL": "postgresql://o@db/osler",
            "OSLER_DATA_DIR": "/srv/osler",
            "OSLER_BASE_URL": "https://ehr.example.org/fhir/",
            "OSLER_MAX_BODY": "2MB",
            "OSLER_STATEMENT_TIMEOUT": "2.5",
            "OSLER_CORS_ORIGINS": "https://a.example, https://b.example",
            "OSLER_VALIDATE": "off",
            "PATH": "/bin",
        }
    )
    assert settings.database_url == "postgresql://o@db/osler"
    assert settings.data_dir == Path("/srv/osler")
    assert settings.base_url == "https://ehr.example.org/fhir"
    assert settings.max_body == 2 * 2**20
    assert settings.statement_timeout == 2.5
    assert settings.cors_origins == {"https://a.example", "https://b.example"}
    assert settings.validate is False


def test_a_body_larger_than_what_is_decoded_is_refused_and_the_default_is_that_limit() -> None:
    assert Settings.load({}).max_body == SIZE_LIMIT == Options.of(Settings()).max_body
    assert Settings.load({"OSLER_MAX_BODY": str(SIZE_LIMIT)}).max_body == SIZE_LIMIT
    for text in (str(SIZE_LIMIT + 1), "64MB", "1g"):
        with pytest.raises(BadSettings, match=r"OSLER_MAX_BODY: .* no more than 50,000,000"):
            Settings.load({"OSLER_MAX_BODY": text})


def test_an_unknown_name_is_refused_with_a_suggestion() -> None:
    with pytest.raises(BadSettings, match=r"OSLER_DATBASE_URL.*did you mean OSLER_DATABASE_URL"):
        Settings.load({"OSLER_DATBASE_URL": "x"})


def test_every_wrong_value_is_named_at_once() -> None:
    with pytest.raises(BadSettings) as caught:
        Settings.load({"OSLER_PORT": "http", "OSLER_WORKERS": "65", "OSLER_ZZZ": "1"})
    text = " ".join(issue.diagnostics for issue in caught.value.issues)
    assert len(caught.value.issues) == 3
    assert all(name in text for name in ("OSLER_PORT", "OSLER_WORKERS", "OSLER_ZZZ"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OSLER_PORT", "70000"),
        ("OSLER_PORT", "-1"),
        ("OSLER_MAX_BODY", "much"),
        ("OSLER_MAX_BODY", "0"),
        ("OSLER_STATEMENT_TIMEOUT", "0"),
        ("OSLER_STATEMENT_TIMEOUT", "nan"),
        ("OSLER_VALIDATE", "maybe"),
        ("OSLER_BASE_URL", "ehr.example.org"),
        ("OSLER_CORS_ORIGINS", "null"),
        ("OSLER_DATABASE_URL", "mysql://db"),
    ],
)
def test_wrong_values_are_refused(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=name):
        Settings.load({name: value})


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://u:hidden@db/osler\n", "utf-8")
    settings = Settings.load({"OSLER_DATABASE_URL_FILE": str(secret)})
    assert settings.database_url == "postgresql://u:hidden@db/osler"
    assert "hidden" not in repr(settings)


def test_a_wrong_secret_is_not_repeated() -> None:
    with pytest.raises(BadSettings) as caught:
        Settings.load({"OSLER_DATABASE_URL": "mysql://u:hidden@db"})
    assert "hidden" not in str(caught.value)


def test_a_secret_twice_or_from_a_missing_file_is_refused(tmp_path: Path) -> None:
    missing = str(tmp_path / "none")
    with pytest.raises(BadSettings, match="cannot read"):
        Settings.load({"OSLER_DATABASE_URL_FILE": missing})
    with pytest.raises(BadSettings, match="both"):
        Settings.load(
            {"OSLER_DATABASE_URL_FILE": missing, "OSLER_DATABASE_URL": "postgresql://db/x"}
        )


def test_only_secrets_may_come_from_files() -> None:
    with pytest.raises(BadSettings, match="OSLER_PORT_FILE"):
        Settings.load({"OSLER_PORT_FILE": "/tmp/x"})


def test_every_field_has_its_variable() -> None:
    assert {v.field for v in VARIABLES} == {f.name for f in dataclasses.fields(Settings)}
