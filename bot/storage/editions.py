"""Editions of content files: drafts, what is published, and who tries what."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.future import Connection

from bot.storage.edition_records import DRAFT, PUBLISHED, RETIRED, EditionRecord, PublicationRecord
from bot.storage.edition_tables import editions, previews, publications
from bot.storage.people_tables import accounts
from bot.storage.records import SessionRecord
from bot.storage.repositories import insert_once

# Built once: building a statement takes as long as its work, and this one is asked for with every turn.
_STAMP: Final = select(func.max(publications.c.id))
_HEAD: Final = [column for column in editions.c if column.name != "text"]
_HEADS: Final = select(*_HEAD, accounts.c.name.label("by")).select_from(
    editions.outerjoin(accounts, accounts.c.id == editions.c.account_id)
)


class Editions:
    """The versions of content files that lie over the packaged ones, or will."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def stamp(self) -> int:
        """Return the number of the latest publication, 0 before the first one."""
        return int(self._connection.execute(_STAMP).scalar_one() or 0)

    def published(self) -> tuple[tuple[str, str, str], ...]:
        """Return what is in use as (kind, stem, text)."""
        query = select(editions.c.kind, editions.c.stem, editions.c.text).where(editions.c.state == PUBLISHED)
        rows = self._connection.execute(query.order_by(editions.c.kind, editions.c.stem))
        return tuple((row.kind, row.stem, row.text) for row in rows)

    def newest(self) -> tuple[EditionRecord, ...]:
        """Return the newest version of every file that has any."""
        last = (
            select(editions.c.kind, editions.c.stem, func.max(editions.c.version).label("version"))
            .group_by(editions.c.kind, editions.c.stem)
            .subquery()
        )
        same = [editions.c[name] == last.c[name] for name in ("kind", "stem", "version")]
        return tuple(_edition(row) for row in self._connection.execute(_HEADS.join(last, and_(*same))))

    def of(self, kind: str, stem: str) -> tuple[EditionRecord, ...]:
        """Return all versions of a file, the newest first."""
        query = _HEADS.where(editions.c.kind == kind, editions.c.stem == stem)
        rows = self._connection.execute(query.order_by(editions.c.version.desc()))
        return tuple(_edition(row) for row in rows)

    def in_use(self) -> tuple[EditionRecord, ...]:
        """Return every version that is published."""
        rows = self._connection.execute(_HEADS.where(editions.c.state == PUBLISHED))
        return tuple(_edition(row) for row in rows)

    def by_id(self, id_: int) -> EditionRecord | None:
        """Return a version by its id."""
        row = self._connection.execute(_HEADS.where(editions.c.id == id_)).first()
        return None if row is None else _edition(row)

    def text(self, edition: EditionRecord) -> str:
        """Return the text of a version."""
        query = select(editions.c.text).where(editions.c.id == edition.id)
        return str(self._connection.execute(query).scalar_one())

    def text_with(self, kind: str, stem: str, mark: str) -> str | None:
        """Return the text of a version of a file by its fingerprint; None where no version has it."""
        query = select(editions.c.text).where(
            editions.c.kind == kind, editions.c.stem == stem, editions.c.mark == mark
        )
        row = self._connection.execute(query.order_by(editions.c.version.desc()).limit(1)).first()
        return None if row is None else str(row.text)

    def add(
        self, kind: str, stem: str, *, version: int, text: str, mark: str, note: str, account: int | None,
        now: datetime, sealed: bool = False,
    ) -> EditionRecord | None:  # fmt: skip
        """Add a draft as a version; None where somebody else was faster with that number."""
        values = {
            "kind": kind,
            "stem": stem,
            "version": version,
            "saves": 1,
            "sealed": sealed,
            "state": DRAFT,
            "mark": mark,
            "note": note,
            "text": text,
            "account_id": account,
            "made_at": now,
            "saved_at": now,
        }
        made = insert_once(self._connection, editions, values)
        if not made:
            return None
        return next(edition for edition in self.of(kind, stem) if edition.version == version)

    def amend(
        self, edition: EditionRecord, *, text: str, mark: str, note: str, now: datetime, sealed: bool = False
    ) -> EditionRecord | None:
        """Save a draft again as the same version; None where it was saved or sealed meanwhile."""
        values = {
            "text": text,
            "mark": mark,
            "note": note,
            "saved_at": now,
            "saves": edition.saves + 1,
            "sealed": sealed,
        }
        unchanged = and_(
            editions.c.id == edition.id, editions.c.saves == edition.saves, editions.c.sealed.is_(False)
        )
        if not self._connection.execute(update(editions).where(unchanged).values(**values)).rowcount:
            return None
        return replace(edition, mark=mark, note=note, saved_at=now, saves=edition.saves + 1, sealed=sealed)

    def seal(self, edition: EditionRecord) -> None:
        """Keep a version as it is from now on."""
        self._connection.execute(update(editions).where(editions.c.id == edition.id).values(sealed=True))

    def publish(
        self, kind: str, stem: str, edition: EditionRecord | None, *, after: int, account: int | None,
        note: str, now: datetime,
    ) -> bool:  # fmt: skip
        """Put a version in use, or the packaged file for None; the one in use so far is retired.

        `after` is the stamp at which it was found sound. False, and nothing is changed, where something else
        was published since.
        """
        values: dict[str, Any] = {
            "id": after + 1,
            "kind": kind,
            "stem": stem,
            "edition_id": None if edition is None else edition.id,
            "note": note,
            "account_id": account,
            "published_at": now,
        }
        if self.stamp() != after or not insert_once(self._connection, publications, values):
            return False
        of_file = update(editions).where(editions.c.kind == kind, editions.c.stem == stem)
        self._connection.execute(of_file.where(editions.c.state == PUBLISHED).values(state=RETIRED))
        if edition is not None:
            self._connection.execute(
                update(editions).where(editions.c.id == edition.id).values(state=PUBLISHED, sealed=True)
            )
        return True

    def publications(self, kind: str, stem: str) -> tuple[PublicationRecord, ...]:
        """Return what was in use of a file and since when, the latest first."""
        query = (
            select(publications, editions.c.version, accounts.c.name.label("by"))
            .select_from(
                publications.outerjoin(editions, editions.c.id == publications.c.edition_id).outerjoin(
                    accounts, accounts.c.id == publications.c.account_id
                )
            )
            .where(publications.c.kind == kind, publications.c.stem == stem)
            .order_by(publications.c.id.desc())
        )
        return tuple(
            PublicationRecord(row.id, row.kind, row.stem, row.version, row.note, row.by, row.published_at)
            for row in self._connection.execute(query)
        )

    def preview(self, session: SessionRecord, edition: EditionRecord, *, account: int, now: datetime) -> None:
        """Let a session try a version, which is sealed by that."""
        self.seal(edition)
        self._connection.execute(
            insert(previews).values(
                session_id=session.id,
                edition_id=edition.id,
                trainee_id=session.trainee_id,
                account_id=account,
                opened_at=now,
            )
        )

    def previewed(self, session: SessionRecord) -> EditionRecord | None:
        """Return the version that a session tries."""
        query = _HEADS.join(previews, previews.c.edition_id == editions.c.id)
        row = self._connection.execute(query.where(previews.c.session_id == session.id)).first()
        return None if row is None else _edition(row)

    def tried_by(self, account: int) -> tuple[int, ...]:
        """Return the trainees as whom an account tried drafts."""
        query = select(previews.c.trainee_id).where(previews.c.account_id == account).distinct()
        return tuple(self._connection.execute(query.order_by(previews.c.trainee_id)).scalars())


def _edition(row: Row) -> EditionRecord:
    values = dict(row._mapping)
    return EditionRecord(account=values.pop("account_id"), **values)
