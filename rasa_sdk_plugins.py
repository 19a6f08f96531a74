"""The hook by which rasa_sdk lets a project extend its server: protects a plain `rasa run actions`."""

from __future__ import annotations

import os
import sys

import pluggy
from sanic import Sanic

from actions.server import LOOPBACK, protect

hookimpl = pluggy.HookimplMarker("rasa_sdk")


def init_hooks(manager: pluggy.PluginManager) -> None:
    """Register this module; rasa_sdk calls it by this name."""
    manager.register(sys.modules[__name__])


@hookimpl
def attach_sanic_app_extensions(app: Sanic) -> None:
    """Protect the action server; rasa_sdk reads the host to listen on after this call."""
    host = os.environ.setdefault("SANIC_HOST", LOOPBACK[0])
    protect(app, os.environ.get("DOJO_ACTION_TOKEN", ""), host)
