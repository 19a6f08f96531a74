"""The quiet `rasa`, and the plain one, as people start them."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_project import ROOT, SECRET, Actions, Rasa, environment, free_port

QUIET = [sys.executable, "-m", "bot.channels.launcher"]
PLAIN = [str(Path(sys.executable).with_name("rasa"))]


def run(
    project: Path, command: list[str], *arguments: str, typed: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, *arguments],
        cwd=project,
        env=environment(project, **settings),
        input=typed,
        capture_output=True,
        text=True,
        timeout=120,
    )


def shell(*more: str) -> list[str]:
    return ["shell", "--endpoints", str(ROOT / "endpoints.yml"), "-p", str(free_port()), *more]


def test_training_shows_no_library_warning(project: Path) -> None:
    assert "Warning" not in (project / "train.log").read_text()


def test_validation_and_tests_run_quietly(project: Path) -> None:
    (project / "stories").mkdir(exist_ok=True)
    (project / "stories" / "test_thanks.yml").write_text(
        "stories: [{story: thanks, steps: [{user: thanks, intent: thank}, {action: utter_thanks}]}]"
    )
    for arguments in (
        ["data", "validate", "--fail-on-warnings"],
        ["test", "core", "-s", "stories", "--no-plot", "--fail-on-prediction-errors"],
        ["--version"],
        ["run", "--help"],
    ):
        done = run(project, QUIET, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Warning" not in done.stdout + done.stderr


def test_the_shell_of_the_launcher_reaches_the_protected_action_server(
    project: Path, actions: Actions
) -> None:
    done = run(project, QUIET, *shell(), typed="hello\n/stop\n", DOJO_ACTIONS_PORT=str(actions.port))
    assert "I heard: hello" in done.stdout
    assert "Warning:" not in (done.stdout + done.stderr).replace("Warning: Input is not a terminal", "")


def test_a_plain_shell_starts_without_any_setting(project: Path) -> None:
    nothing = {"DOJO_SECRET": "", "DOJO_ACTION_TOKEN": ""}
    done = run(project, PLAIN, *shell(), typed="thanks\n/stop\n", **nothing)
    assert "You are welcome." in done.stdout
    assert (project / "var" / "dojo.db").exists()


def test_the_server_listens_on_this_machine_only(rasa: Rasa) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", rasa.port), timeout=2)


def test_the_log_of_a_server_is_quiet_and_holds_no_secret(rasa: Rasa) -> None:
    log = rasa.log.read_text()
    assert "Rasa server is up and running" in log
    for word in ("Warning", "warning:", SECRET, "Traceback"):
        assert word not in log
