"""Settings come from the environment, then from `.env`, then from their defaults; every fault is named."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from bot.settings import VARIABLES, SettingsError, load_settings

ROOT = Path(__file__).parents[2]
SECRET = "0123456789abcdef0123456789abcdef"


SLACK = {
    "DOJO_SLACK_BOT_TOKEN": "xoxb-1",
    "DOJO_SLACK_APP_TOKEN": "xapp-1",
    "DOJO_SLACK_SIGNING_SECRET": "signing",
    "DOJO_SLACK_CLIENT_ID": "1.2",
    "DOJO_SLACK_CLIENT_SECRET": "client",
    "DOJO_SLACK_WORKSPACES": "T1 T2",
    "DOJO_SLACK_HOST": "0.0.0.0",
    "DOJO_SLACK_PORT": "3000",
    "DOJO_SLACK_API_URL": "http://127.0.0.1:9/api/",
    "DOJO_SLACK_NOTICES": "C0123ABCD",
    "DOJO_SLACK_NOTICES_ADDRESS": "https://dojo.example.com",
    "DOJO_SLACK_TEAM": "North",
}


def test_an_empty_environment_gives_the_defaults(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)
    assert settings.home == tmp_path / "var"
    assert settings.database_url == f"sqlite:///{tmp_path}/var/dojo.db"
    assert (settings.host, settings.port, settings.rasa_port, settings.actions_port) == (
        "127.0.0.1",
        8000,
        5005,
        5055,
    )
    assert (settings.redis_url, settings.secret, settings.action_token, settings.lang) == ("", "", "", "en")
    assert settings.secret_file == tmp_path / "var" / "secret"


def test_every_variable_is_read(tmp_path: Path) -> None:
    values = {
        "DOJO_HOME": "/srv/dojo",
        "DOJO_DATABASE_URL": "postgresql://dojo:pw@db/dojo",
        "DOJO_REDIS_URL": "redis://cache:6379/0",
        "DOJO_SECRET": SECRET,
        "DOJO_ACTION_TOKEN": SECRET[::-1],
        "DOJO_HOST": "0.0.0.0",
        "DOJO_PORT": "80",
        "DOJO_RASA_PORT": "81",
        "DOJO_ACTIONS_PORT": "82",
        "DOJO_LANG": "zh",
        "DOJO_GUESTS": "no",
        "DOJO_KEEP_TEXT_DAYS": "90",
        "DOJO_OIDC_ISSUER": "https://id.example.com",
        "DOJO_OIDC_CLIENT_ID": "dojo",
        "DOJO_OIDC_CLIENT_SECRET": "s3cret",
        "DOJO_OIDC_NAME": "Example",
        "DOJO_OIDC_TEAM": "North",
        **SLACK,
    }
    assert set(values) == set(VARIABLES)
    settings = load_settings(values, tmp_path)
    assert settings.home == Path("/srv/dojo")
    assert settings.database_url == values["DOJO_DATABASE_URL"]
    assert settings.redis_url == values["DOJO_REDIS_URL"]
    assert (settings.secret, settings.action_token) == (SECRET, SECRET[::-1])
    assert (settings.host, settings.port, settings.rasa_port, settings.actions_port) == (
        "0.0.0.0",
        80,
        81,
        82,
    )
    assert settings.lang == "zh"
    assert (settings.guests, settings.keep_text_days) == (False, 90)
    assert (settings.oidc_issuer, settings.oidc_client_id) == ("https://id.example.com", "dojo")
    assert (settings.oidc_name, settings.oidc_team) == ("Example", "North")
    assert settings.oidc_client_secret == "s3cret" and "s3cret" not in repr(settings)
    assert settings.slack == SLACK and "xoxb-1" not in repr(settings)


@pytest.mark.parametrize(
    ("values", "variable"),
    [
        ({"DOJO_SLACK_BOT_TOKEN": "xoxb-1"}, "DOJO_SLACK_APP_TOKEN"),
        ({"DOJO_SLACK_SIGNING_SECRET": "s"}, "DOJO_SLACK_BOT_TOKEN"),
        ({"DOJO_SLACK_SIGNING_SECRET": "s", "DOJO_SLACK_CLIENT_ID": "1"}, "DOJO_SLACK_BOT_TOKEN"),
        ({"DOJO_SLACK_APP_TOKEN": "xapp-1", "DOJO_SLACK_BOT_TOKEN": "xoxp-1"}, "DOJO_SLACK_BOT_TOKEN"),
        ({"DOJO_SLACK_APP_TOKEN": "xoxb-1", "DOJO_SLACK_BOT_TOKEN": "xoxb-1"}, "DOJO_SLACK_APP_TOKEN"),
        ({**SLACK, "DOJO_SLACK_PORT": "x"}, "DOJO_SLACK_PORT"),
        ({**SLACK, "DOJO_SLACK_NOTICES": "#trainers"}, "DOJO_SLACK_NOTICES"),
        ({**SLACK, "DOJO_SLACK_NOTICES": "C0123ABCD, C0456EFGH"}, "DOJO_SLACK_NOTICES"),
        ({**SLACK, "DOJO_SLACK_NOTICES_ADDRESS": "dojo.example.com"}, "DOJO_SLACK_NOTICES_ADDRESS"),
        ({"DOJO_SLACK_NOTICES": "C1", "DOJO_SLACK_APP_TOKEN": "xapp-1"}, "DOJO_SLACK_BOT_TOKEN"),
    ],
)
def test_slack_set_up_half_is_named(tmp_path: Path, values: dict[str, str], variable: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(values, tmp_path)
    assert [fault.variable for fault in refused.value.faults] == [variable]


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u@h/d", "postgresql://u@h/d"),
        ("postgresql+psycopg2://u@h/d", "postgresql+psycopg2://u@h/d"),
        ("sqlite:////abs/dojo.db", "sqlite:////abs/dojo.db"),
        ("sqlite:///rel/dojo.db", "sqlite:///{folder}/rel/dojo.db"),
    ],
)
def test_the_database_url_is_made_good_for_every_folder(tmp_path: Path, given: str, used: str) -> None:
    settings = load_settings({"DOJO_DATABASE_URL": given}, tmp_path)
    assert settings.database_url == used.format(folder=tmp_path)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DOJO_HOME", "/srv/do?jo"),
        ("DOJO_DATABASE_URL", "mysql://root:hunter2@db/dojo"),
        ("DOJO_DATABASE_URL", "sqlite://"),
        ("DOJO_DATABASE_URL", "sqlite:///"),
        ("DOJO_DATABASE_URL", "sqlite:///:memory:"),
        ("DOJO_DATABASE_URL", "dojo.db"),
        ("DOJO_REDIS_URL", "http://:hunter2@cache"),
        ("DOJO_SECRET", "hunter2"),
        ("DOJO_SECRET", "hunter2 " * 8 + "x"),
        ("DOJO_ACTION_TOKEN", "hunter2"),
        ("DOJO_HOST", "http://localhost"),
        ("DOJO_PORT", "0"),
        ("DOJO_PORT", "65536"),
        ("DOJO_PORT", "80.5"),
        ("DOJO_PORT", "eight"),
        ("DOJO_PORT", "５００５"),
        ("DOJO_RASA_PORT", "-1"),
        ("DOJO_ACTIONS_PORT", "x"),
        ("DOJO_PORT", "5005"),
        ("DOJO_LANG", "fr"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_never_repeated(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({variable: value}, tmp_path)
    (fault,) = refused.value.faults
    assert fault.variable == variable
    assert "hunter2" not in str(refused.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({"DOJO_PORT": "x", "DOJO_LANG": "fr", "DOJO_SECRET": "s"}, tmp_path)
    assert {fault.variable for fault in refused.value.faults} == {"DOJO_PORT", "DOJO_LANG", "DOJO_SECRET"}
    assert str(refused.value).count("; ") == 2


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE", "LC_ALL": "zh_TW"}, "zh"),
        ({"LANG": "zh_CN", "DOJO_LANG": "en"}, "en"),
        ({"LANG": "zh_CN", "DOJO_LANG": ""}, "zh"),
    ],
)
def test_the_language_follows_the_locale_unless_it_is_set(
    tmp_path: Path, environment: dict[str, str], lang: str
) -> None:
    assert load_settings(environment, tmp_path).lang == lang


def test_what_is_secret_is_not_printed(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "DOJO_SECRET": SECRET,
            "DOJO_ACTION_TOKEN": SECRET,
            "DOJO_DATABASE_URL": "postgresql://u:hunter2@h/d",
            "DOJO_REDIS_URL": "redis://:hunter2@h",
        },
        tmp_path,
    )
    assert SECRET not in repr(settings)
    assert "hunter2" not in repr(settings)


def test_settings_do_not_change(tmp_path: Path) -> None:
    with pytest.raises(FrozenInstanceError):
        load_settings({}, tmp_path).port = 1  # type: ignore[misc]


def test_the_env_file_is_read_and_the_environment_goes_before_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# settings\n\nDOJO_PORT=8100\n export DOJO_LANG = 'zh'\nDOJO_HOST=\"::1\"\nDOJO_RASA_PORT=5100\n",
        encoding="utf-8",
    )
    settings = load_settings({"DOJO_RASA_PORT": "5200"}, tmp_path)
    assert (settings.port, settings.lang, settings.host, settings.rasa_port) == (8100, "zh", "::1", 5200)


@pytest.mark.parametrize("line", ["DOJO_PORT", "=1", "a b=1"])
def test_a_line_of_the_env_file_that_sets_nothing_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(f"DOJO_LANG=zh\n{line}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=re.escape(f"{tmp_path}/.env:2")):
        load_settings({}, tmp_path)


def test_an_env_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"\.env"):
        load_settings({}, tmp_path)


@pytest.mark.parametrize("document", [".env.example", "docs/operations.md"])
def test_every_variable_is_documented(document: str) -> None:
    named = set(re.findall(r"\bDOJO_[A-Z_]+\b", (ROOT / document).read_text(encoding="utf-8")))
    assert named == set(VARIABLES)


def test_the_example_sets_nothing_but_the_defaults(tmp_path: Path) -> None:
    defaults = load_settings({}, tmp_path)
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    (tmp_path / ".env").write_text(re.sub(r"(?m)^# (?=DOJO_)", "", example), encoding="utf-8")
    assert "\nDOJO_PORT=8000\n" in (tmp_path / ".env").read_text(encoding="utf-8")
    assert load_settings({}, tmp_path) == defaults
