"""A transaction, and the repositories that work in it."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.future import Connection, Engine
from typing_extensions import Self

from bot.storage.accounts import Accounts, Invitations, SignIns
from bot.storage.assignments import Assignments
from bot.storage.digests import Digests
from bot.storage.drills import Drills
from bot.storage.editions import Editions
from bot.storage.engine import READING
from bot.storage.errors import Unavailable
from bot.storage.figures import Figures
from bot.storage.forgetting import Forgetting
from bot.storage.inbox import Inbox
from bot.storage.kept_filters import KeptFilters
from bot.storage.lessons import Lessons
from bot.storage.notices import Notices
from bot.storage.ratings import Ratings
from bot.storage.repositories import Clicks, Corrections, Sessions, Trainees
from bot.storage.reviews import Reviews
from bot.storage.sight import Sight
from bot.storage.slack_people import SlackPeople
from bot.storage.talks import Talks
from bot.storage.teams import Audit, Teams
from bot.storage.tokens import Tokens
from bot.storage.trainings import Trainings
from bot.storage.turns import Turns


class UnitOfWork:
    """`with units() as uow:` opens a transaction; without `uow.commit()` nothing of it is kept.

    Raises Unavailable where the database cannot be reached or stays busy; the same call may be repeated.
    """

    trainees: Trainees
    sessions: Sessions
    turns: Turns
    clicks: Clicks
    corrections: Corrections
    talks: Talks
    drills: Drills
    accounts: Accounts
    invitations: Invitations
    sign_ins: SignIns
    teams: Teams
    audit: Audit
    sight: Sight
    figures: Figures
    ratings: Ratings
    lessons: Lessons
    trainings: Trainings
    reviews: Reviews
    editions: Editions
    digests: Digests
    inbox: Inbox
    kept_filters: KeptFilters
    notices: Notices
    slack_people: SlackPeople

    def __init__(self, engine: Engine, *, reading: bool = False) -> None:
        """Prepare it; the transaction begins on entering."""
        self._engine = engine
        self._reading = reading
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        """Begin."""
        try:
            connection = self._begin()
        except (DBAPIError, PoolTimeoutError) as error:
            raise _translated(error) from error
        self._connection = connection
        self.trainees = Trainees(connection)
        self.sessions = Sessions(connection)
        self.turns = Turns(connection)
        self.clicks = Clicks(connection)
        self.corrections = Corrections(connection)
        self.talks = Talks(connection)
        self.drills = Drills(connection)
        self.accounts = Accounts(connection)
        self.invitations = Invitations(connection)
        self.sign_ins = SignIns(connection)
        self.teams = Teams(connection)
        self.audit = Audit(connection)
        self.sight = Sight(connection)
        self.forgetting = Forgetting(connection)
        self.assignments = Assignments(connection)
        self.tokens = Tokens(connection)
        self.figures = Figures(connection)
        self.ratings = Ratings(connection)
        self.lessons = Lessons(connection)
        self.trainings = Trainings(connection)
        self.reviews = Reviews(connection)
        self.editions = Editions(connection)
        self.digests = Digests(connection)
        self.inbox = Inbox(connection)
        self.kept_filters = KeptFilters(connection)
        self.notices = Notices(connection)
        self.slack_people = SlackPeople(connection)
        return self

    def commit(self) -> None:
        """Keep what was done since the beginning."""
        assert self._connection is not None, "commit outside of `with`"
        self._connection.commit()

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End; what was not committed is undone."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        if isinstance(error, DBAPIError):
            raise _translated(error) from error

    def _begin(self) -> Connection:
        connection = self._engine.connect()
        try:
            if self._reading:
                connection = connection.execution_options(**{READING: True})
                if connection.dialect.name == "postgresql":
                    # One snapshot for all the queries of a transcript.
                    connection = connection.execution_options(
                        isolation_level="REPEATABLE READ", postgresql_readonly=True
                    )
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return connection


class UnitOfWorkFactory(Protocol):
    """What the use cases take: `units()` is for a writing transaction, `units(reading=True)` for reading."""

    def __call__(self, *, reading: bool = False) -> UnitOfWork:
        """Return a unit of work that has not begun."""


def unit_of_work_factory(engine: Engine) -> UnitOfWorkFactory:
    """Return the factory for an engine."""

    def units(*, reading: bool = False) -> UnitOfWork:
        return UnitOfWork(engine, reading=reading)

    return units


def _translated(error: Exception) -> Exception:
    busy_or_gone = isinstance(error, (OperationalError, InterfaceError, PoolTimeoutError))
    if busy_or_gone or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return Unavailable(str(error.orig) if isinstance(error, DBAPIError) else str(error))
    return error
