"""What can go wrong with the database, in words of ours."""

from __future__ import annotations


class Unavailable(Exception):
    """The database could not be reached or was busy too long; the same call may be repeated."""


class SchemaTooNew(Exception):
    """The database was made by a newer version of the program; its revision is the argument."""


class Taken(Exception):
    """Somebody has this value already, such as a login; its name is the argument."""
