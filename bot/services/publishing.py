"""Publishing content: what is sound is put in use for everybody, and any earlier version again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bot.content.drafts import check_draft, read_draft
from bot.content.editable import RUBRIC, Piece
from bot.content.faults import ContentError, Fault
from bot.content.glossary import read_rubric
from bot.content.nodes import Node
from bot.services.access import Person
from bot.services.documents import packaged_text
from bot.services.errors import Conflict, NotFound, Refused
from bot.services.shelf import Shelf
from bot.storage.edition_records import DRAFT, PUBLISHED, EditionRecord
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

_TRIES: Final = 5
_NOTE_LIMIT: Final = 400


def check(units: UnitOfWorkFactory, shelf: Shelf, *, of: Piece, version: int) -> tuple[Fault, ...]:
    """Return what is wrong with the content if a version were in use; 0 stands for the packaged file.

    The same checks as `dojo content check`: all files together, and the scenarios played through.
    Raises NotFound, Unavailable.
    """
    with units(reading=True) as uow:
        return _checked(uow, shelf, of, _edition(uow, shelf, of, version))


def publish(
    units: UnitOfWorkFactory,
    shelf: Shelf,
    *,
    person: Person,
    of: Piece,
    version: int,
    now: datetime,
    note: str = "",
) -> None:
    """Put a version in use, an earlier one too; 0 takes the packaged file again, or an added file away.

    Raises ContentError with all faults where it must not be in use, Refused (`note`), NotFound, Conflict
    (others published again and again meanwhile), Unavailable.
    """
    if len(note) > _NOTE_LIMIT:
        raise Refused("note")
    for _ in range(_TRIES):
        with units(reading=True) as uow:
            stamp = uow.editions.stamp()
            edition = _edition(uow, shelf, of, version)
            if _in_use(uow, of) == (edition and edition.id):
                return
            faults = _checked(uow, shelf, of, edition)
        if faults:
            raise ContentError(faults)
        with units() as uow:
            fresh = None if edition is None else uow.editions.by_id(edition.id)
            unchanged = edition is None or (fresh is not None and fresh.saves == edition.saves)
            if unchanged and uow.editions.publish(
                of.kind, of.stem, edition, after=stamp, account=person.account, note=note, now=now
            ):
                action = "publish" if version else "withdraw"
                detail = {"version": version, "note": note}
                uow.audit.add(person.account, action, "content", of.file, now=now, detail=detail)
                uow.commit()
                shelf.take_published(units)
                return
    raise Conflict


def _edition(uow: UnitOfWork, shelf: Shelf, of: Piece, version: int) -> EditionRecord | None:
    versions = uow.editions.of(of.kind, of.stem)
    found = next((edition for edition in versions if edition.version == version), None)
    if found is None and (version or not (versions or packaged_text(shelf.root, of))):
        raise NotFound
    return found


def _in_use(uow: UnitOfWork, of: Piece) -> int | None:
    """Return the id of the version in use, None for the packaged file."""
    return next((e.id for e in uow.editions.of(of.kind, of.stem) if e.state == PUBLISHED), None)


def _checked(uow: UnitOfWork, shelf: Shelf, of: Piece, edition: EditionRecord | None) -> tuple[Fault, ...]:
    shelf.refresh(uow, wait=True)
    overlay = {file: text for file, text in shelf.standing.overlay.items() if file != of.file}
    if edition is None:
        _, faults = check_draft(overlay, frozenset({of.file}), shelf.root)
        return tuple(faults)
    text = uow.editions.text(edition)
    _, faults = check_draft({**overlay, of.file: text}, frozenset({of.file}), shelf.root)
    if not faults and of.kind == RUBRIC:
        faults = list(_rubric_kept(uow, shelf, of, text))
    return tuple(faults)


def _rubric_kept(uow: UnitOfWork, shelf: Shelf, of: Piece, text: str) -> tuple[Fault, ...]:
    """See that other points have another version: every talk says by which version it was scored."""
    rules = _rules(text, of.file)
    earlier = [
        uow.editions.text(edition) for edition in uow.editions.of(of.kind, of.stem) if edition.state != DRAFT
    ]
    for other in (packaged_text(shelf.root, of) or "", *earlier):
        known = _rules(other, of.file)
        if known["version"] == rules["version"] and known != rules:
            return (Fault(of.file, "version", "version_kept", (("name", str(rules["version"])),)),)
    return ()


def _rules(text: str, file: str) -> Mapping[str, object]:
    value, faults = read_draft(text, file)
    rubric = read_rubric(Node(value, file, "", faults)).rules
    return vars(rubric)
