"""`dojo up`: everything that a trainee needs, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone

from bot.bootstrap import ensure_secret, make_home, open_storage
from bot.commands import ports, running
from bot.commands.console import Console, Progress
from bot.commands.errors import Interrupted, WrongInput
from bot.commands.family import Family, Signals
from bot.commands.running import Running
from bot.commands.stack import Stack, with_free_inner_ports
from bot.commands.training import fitting_model
from bot.services.joining import first_invitation
from bot.settings import Settings


def run(console: Console, options: argparse.Namespace) -> int:
    """Start all, say that it is ready, and stop all when asked to."""
    settings = console.settings(**({} if options.port is None else {"port": options.port}))
    home = make_home(settings)
    claim = running.claim(home)
    if claim is None:
        raise _second(settings)
    try:
        settings = _with_free_ports(console, settings)
        found = Running(
            os.getpid(), settings.address, settings.port, settings.rasa_port, settings.actions_port
        )
        claim.publish(found)
        with Signals() as signals, Family() as family:
            try:
                _serve(console, settings, signals, family, lambda: claim.publish(replace(found, ready=True)))
            except Interrupted:
                console.say("stopped")
    finally:
        claim.release()
    return 0


def _serve(
    console: Console, settings: Settings, signals: Signals, family: Family, ready: Callable[[], None]
) -> None:
    progress = Progress(console)
    progress.begin("up.database")
    storage = open_storage(settings)
    invitation = first_invitation(storage.units, now=datetime.now(timezone.utc))
    storage.close()
    secret = ensure_secret(settings)
    progress.done()
    model = fitting_model(console, family, signals)
    stack = Stack(console, family, signals, settings, secret)
    try:
        progress.begin("up.starting")
        stack.start(model)
        stack.wait(progress)
        progress.done()
        ready()
        console.put(console.texts("up.ready", url=settings.address))
        if invitation is not None:
            console.say("up.first_admin", url=f"{settings.address}/join/{invitation}")
        console.say("up.how_to_stop")
        stack.watch()
    except Interrupted:
        progress.done()
        console.say("up.stopping")
        raise
    finally:
        progress.done()
        stack.stop()


def _second(settings: Settings) -> WrongInput:
    first = running.find(settings.home)
    if first is None:
        return WrongInput("up.already_unknown", home=settings.home)
    return WrongInput("up.already", url=first.url, process=first.process)


def _with_free_ports(console: Console, settings: Settings) -> Settings:
    if not ports.is_free(settings.host, settings.port):
        taken = ports.owner(settings.port)
        other = ports.free_port(settings.host, settings.port, (settings.rasa_port, settings.actions_port))
        if taken is None:
            raise WrongInput("up.port_unusable", host=settings.host, port=settings.port, other=other)
        if not taken.process:
            raise WrongInput("up.port_taken", port=settings.port, other=other)
        raise WrongInput(
            "up.port_taken_by", port=settings.port, name=taken.name, process=taken.process, other=other
        )
    free = with_free_inner_ports(settings)
    for name in ("rasa_port", "actions_port"):
        if getattr(free, name) != getattr(settings, name):
            console.say("up.other_port", port=getattr(settings, name), other=getattr(free, name))
    return free
