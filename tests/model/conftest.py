"""The real model, trained once if there is none that fits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.commands import model_files
from bot.nlu.parser import Parser

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def parser() -> Parser:
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "train"], cwd=ROOT, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr[-2000:]
    model = model_files.fitting(ROOT)
    assert model is not None
    return Parser(model)
