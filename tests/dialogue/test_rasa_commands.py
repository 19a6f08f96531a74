"""`rasa data validate` and `rasa test` work at the root, with the real data and the real model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.commands import model_files

ROOT = Path(__file__).resolve().parents[2]


def rasa(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot.channels.launcher", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def model() -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "train"], cwd=ROOT, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr[-2000:]
    fitting = model_files.fitting(ROOT)
    assert fitting is not None
    return str(fitting)


def test_the_data_is_valid_without_a_warning() -> None:
    done = rasa("data", "validate", "--fail-on-warnings")
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert "Warning" not in done.stdout + done.stderr


def test_the_conversations_go_as_written(model: str, tmp_path: Path) -> None:
    done = rasa(
        "test", "core", "--stories", "tests/dialogue", "--model", model, "--out", str(tmp_path),
        "--fail-on-prediction-errors",
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert not (tmp_path / "failed_test_stories.yml").exists() or "story:" not in (
        tmp_path / "failed_test_stories.yml"
    ).read_text(encoding="utf-8")


def test_lines_are_scored_by_rasa_itself(model: str, tmp_path: Path) -> None:
    lines = tmp_path / "lines.yml"
    lines.write_text(
        'version: "3.1"\nnlu:\n'
        "- intent: obj_price\n  examples: |\n    - 网上便宜一半呢\n    - it is half the price online\n"
        "- intent: tech_inquiry\n  examples: |\n    - 太贵了 ||| 您是跟哪一家比的呢？\n",
        encoding="utf-8",
    )
    done = rasa(
        "test", "nlu", "--nlu", str(lines), "--model", model, "--out", str(tmp_path / "r"), "--no-plot"
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert (tmp_path / "r" / "intent_report.json").is_file()
