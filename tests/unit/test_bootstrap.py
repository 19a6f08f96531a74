"""The secret is made once, whoever starts first, and everything is wired from the settings."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.bootstrap import action_token, build_context, child_environment, ensure_secret, open_storage
from bot.settings import VARIABLES, Settings, SettingsError, load_settings

ROOT = Path(__file__).parents[2]
SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give the default settings, at home in a folder of the test."""
    return load_settings({"DOJO_HOME": str(tmp_path / "home")}, tmp_path)


def test_the_secret_is_made_at_the_first_start_and_kept(settings: Settings) -> None:
    secret = ensure_secret(settings)
    assert len(secret) >= 43
    assert ensure_secret(settings) == secret
    assert [path.name for path in settings.home.iterdir()] == ["secret"]


def test_the_secret_is_for_its_owner_only(settings: Settings) -> None:
    ensure_secret(settings)
    assert stat.S_IMODE(settings.secret_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700
    settings.secret_file.chmod(0o644)
    ensure_secret(settings)
    assert stat.S_IMODE(settings.secret_file.stat().st_mode) == 0o600


def test_a_secret_that_is_set_goes_before_the_file(settings: Settings, tmp_path: Path) -> None:
    given = load_settings({"DOJO_HOME": str(settings.home), "DOJO_SECRET": SECRET}, tmp_path)
    assert ensure_secret(given) == SECRET.encode()
    assert not given.secret_file.exists()


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 40, b"a b" * 20])
def test_a_secret_file_that_is_damaged_is_named(settings: Settings, content: bytes) -> None:
    settings.home.mkdir()
    settings.secret_file.write_bytes(content)
    with pytest.raises(SettingsError, match="secret"):
        ensure_secret(settings)
    assert settings.secret_file.read_bytes() == content


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match="DOJO_HOME"):
        ensure_secret(load_settings({"DOJO_HOME": str(tmp_path / "file" / "home")}, tmp_path))


def test_processes_that_start_at_once_have_one_secret(settings: Settings) -> None:
    program = (
        "import sys; from pathlib import Path; from bot.settings import load_settings\n"
        "from bot.bootstrap import ensure_secret\n"
        "settings = load_settings({'DOJO_HOME': sys.argv[1]}, Path('/'))\n"
        "print('ready', flush=True); sys.stdin.readline(); print(ensure_secret(settings).decode())"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(settings.home)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    secrets = {process.communicate("go\n", timeout=30)[0] for process in processes}
    assert secrets == {settings.secret_file.read_text()}


def test_the_action_token_is_the_one_set_or_made_of_the_secret(settings: Settings, tmp_path: Path) -> None:
    assert action_token(settings, b"a" * 32) == action_token(settings, b"a" * 32)
    assert action_token(settings, b"a" * 32) != action_token(settings, b"b" * 32)
    assert "a" * 32 not in action_token(settings, b"a" * 32)
    given = load_settings({"DOJO_ACTION_TOKEN": SECRET}, tmp_path)
    assert action_token(given, b"a" * 32) == SECRET


def test_a_child_reads_the_same_settings(settings: Settings, tmp_path: Path) -> None:
    secret = ensure_secret(settings)
    environment = child_environment(settings, secret)
    assert set(environment) == set(VARIABLES)
    child = load_settings(environment, tmp_path / "elsewhere")
    assert child.secret.encode() == secret
    assert child.action_token == action_token(settings, secret)
    assert (child.home, child.database_url, child.port) == (
        settings.home,
        settings.database_url,
        settings.port,
    )


def test_the_database_is_opened_with_its_schema(settings: Settings) -> None:
    storage = open_storage(settings)
    with storage.units(reading=True) as uow:
        assert uow.sessions.count() == 0
    storage.close()


def test_a_context_holds_all_that_a_server_needs(settings: Settings) -> None:
    context = build_context(settings)
    assert context.secret == ensure_secret(settings)
    assert context.units is context.storage.units
    assert context.content is not None
    context.close()
