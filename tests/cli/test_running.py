"""One `dojo up` a home, and everybody can see where it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bot.commands import running
from bot.commands.running import Running
from tests.cli.terminal import ROOT

HERE = Running(os.getpid(), "http://localhost:8000", 8000, 5005, 5055, ready=True)


def test_a_home_is_claimed_once(tmp_path: Path) -> None:
    claim = running.claim(tmp_path)
    assert claim is not None
    claim.publish(HERE)
    assert running.claim(tmp_path) is None
    assert running.find(tmp_path) == HERE
    claim.release()
    assert running.find(tmp_path) is None
    again = running.claim(tmp_path)
    assert again is not None
    again.release()


def test_the_claim_of_a_killed_process_is_nobodys(tmp_path: Path) -> None:
    source = (
        "import os, sys; from pathlib import Path; from bot.commands import running;"
        "running.claim(Path(sys.argv[1])).publish(running.Running(os.getpid(), 'http://x', 1, 2, 3));"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", source, str(tmp_path)], cwd=ROOT, check=False)
    assert "http://x" in (tmp_path / "running.json").read_text()
    assert running.find(tmp_path) is None
    claim = running.claim(tmp_path)
    assert claim is not None
    claim.release()


def test_nothing_runs_in_a_home_that_is_not_there(tmp_path: Path) -> None:
    assert running.find(tmp_path / "nowhere") is None
