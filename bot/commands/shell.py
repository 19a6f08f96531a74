"""`dojo shell`: `rasa shell` with a fitting model and an action server of its own where none runs."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from bot.bootstrap import child_environment, ensure_secret, open_storage
from bot.commands import running
from bot.commands.console import Console, Progress
from bot.commands.family import Family, Signals
from bot.commands.stack import Stack, with_free_inner_ports
from bot.commands.training import fitting_model


def run(console: Console, options: argparse.Namespace) -> int:
    """Start what is missing, then Rasa's shell in this terminal."""
    settings = console.settings()
    open_storage(settings).close()
    secret = ensure_secret(settings)
    with Signals() as signals, Family() as family:
        model = fitting_model(console, family, signals)
        found = running.find(settings.home)
        if found is not None and found.ready:
            settings = replace(settings, actions_port=found.actions_port)
        else:
            settings = with_free_inner_ports(settings)
        stack = Stack(console, family, signals, settings, secret)
        try:
            if found is None or not found.ready:
                progress = Progress(console)
                progress.begin("shell.starting")
                stack.start(None, web=False)
                stack.wait(progress)
                progress.done()
            command = [sys.executable, "-m", "bot.channels.launcher", "shell", "--model", str(model)]
            shell = family.spawn(
                [*command, *options.arguments],
                environment=child_environment(settings, secret),
                folder=console.root,
                terminal=True,
            )
            return shell.wait()
        finally:
            stack.stop()
