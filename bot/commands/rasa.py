"""`dojo rasa ...`: Rasa's own command, quiet, with the dojo's settings."""

from __future__ import annotations

import argparse
import os
import sys
from typing import NoReturn

from bot.bootstrap import child_environment, ensure_secret
from bot.commands.console import Console


def run(console: Console, options: argparse.Namespace) -> NoReturn:
    """Become Rasa; its files lie in the project's folder."""
    settings = console.settings()
    environment = child_environment(settings, ensure_secret(settings))
    os.chdir(console.root)
    command = [sys.executable, "-m", "bot.channels.launcher", *options.arguments]
    os.execve(sys.executable, command, {**os.environ, **environment})
