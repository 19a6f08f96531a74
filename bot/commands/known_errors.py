"""Errors that every command may meet, in sentences that say what to do."""

from __future__ import annotations

import errno

from bot.commands.errors import Stop, WrongInput
from bot.content.faults import ContentError
from bot.settings import SettingsError
from bot.storage.errors import SchemaTooNew, Unavailable


def sentence(error: Exception) -> Stop | None:
    """Return what to tell of an error, None of an unexpected one."""
    if isinstance(error, SettingsError):
        return WrongInput("error.settings", faults=error)
    if isinstance(error, ContentError):
        return WrongInput("error.content", fault=error.faults[0], count=len(error.faults))
    if isinstance(error, Unavailable):
        return Stop("error.database", reason=" ".join(str(error).split()))
    if isinstance(error, SchemaTooNew):
        return Stop("error.newer_database", revision=error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Stop("error.disk_full")
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return Stop("error.file", file=error.filename, reason=error.strerror)
    return None
