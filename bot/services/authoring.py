"""Authoring: trainers edit content files; every save is a draft that lies beside what is in use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.coaching.wording import Text
from bot.content.differences import Row, differences
from bot.content.drafts import read_draft
from bot.content.editable import GROWING, KINDS, PLAYBOOK, PRODUCT, SCENARIO, Piece, piece, piece_of
from bot.content.editable import LINES as CUSTOMER_LINES
from bot.content.intake import MAX_CHARACTERS
from bot.content.nodes import mark_of
from bot.content.places import changed
from bot.content.schema import Content
from bot.content.sources import Source
from bot.content.writing import rewritten
from bot.services.access import Person
from bot.services.documents import Document, document, packaged_text
from bot.services.errors import Conflict, NotFound, Refused, Taken
from bot.services.shelf import Shelf
from bot.storage.edition_records import DRAFT, PUBLISHED, EditionRecord, PublicationRecord
from bot.storage.types import clean
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

PACKAGED_VERSION: Final = 0
"""The version that stands for the packaged file."""

NOTE_LIMIT: Final = 400
_FOLDERS: Final = ("products", "scenarios", "playbooks", "lines", "")


@dataclass(frozen=True)
class Item:
    """A file in the list of what can be edited.

    Attributes:
        name: what it is about; None where only the pages have a word for it.
        packaged: whether there is a packaged file of it.
        published: the version in use, None for the packaged one.
        draft: the newest version, where it is newer than the one in use.
        left_out: whether the version in use has faults by now, so that the packaged file serves instead.
    """

    piece: Piece
    name: Text | None
    packaged: bool
    published: EditionRecord | None
    draft: EditionRecord | None
    left_out: bool = False


@dataclass(frozen=True)
class History:
    """The versions of a file, the newest first, and what was in use since when, the latest first."""

    item: Item
    versions: tuple[EditionRecord, ...]
    publications: tuple[PublicationRecord, ...]


def catalogue(units: UnitOfWorkFactory, shelf: Shelf) -> tuple[Item, ...]:
    """Return everything that can be edited, by kind and name; raises Unavailable."""
    with units(reading=True) as uow:
        content = shelf.refresh(uow)
        newest = {Piece(e.kind, e.stem): e for e in uow.editions.newest()}
        in_use = {Piece(e.kind, e.stem): e for e in uow.editions.in_use()}
        packaged = _packaged(shelf)
        pieces = sorted({*packaged, *newest}, key=lambda p: (KINDS.index(p.kind), p.stem))
        return tuple(
            _item(uow, shelf, content, p, packaged=p in packaged, newest=newest.get(p), in_use=in_use.get(p))
            for p in pieces
        )


def history(units: UnitOfWorkFactory, shelf: Shelf, *, of: Piece) -> History:
    """Return what became of a file; raises NotFound, Unavailable."""
    with units(reading=True) as uow:
        content = shelf.refresh(uow)
        versions = uow.editions.of(of.kind, of.stem)
        packaged = packaged_text(shelf.root, of) is not None
        if not versions and not packaged:
            raise NotFound
        in_use = next((edition for edition in versions if edition.state == PUBLISHED), None)
        item = _item(
            uow, shelf, content, of, packaged=packaged, newest=next(iter(versions), None), in_use=in_use
        )
        return History(item, versions, uow.editions.publications(of.kind, of.stem))


def open_document(
    units: UnitOfWorkFactory, shelf: Shelf, *, of: Piece, version: int | None = None
) -> Document:
    """Return a file at a version, by default its newest; raises NotFound, Unavailable."""
    with units(reading=True) as uow:
        content = shelf.refresh(uow)
        return _document(uow, shelf, content, of, version)


def save(
    units: UnitOfWorkFactory,
    shelf: Shelf,
    *,
    person: Person,
    of: Piece,
    basis: str,
    text: str,
    now: datetime,
    note: str = "",
    keep: bool = False,
) -> EditionRecord:
    """Save a text as the newest version, whatever is wrong with it.

    The same person's saves make one version, until it is kept (`keep`), tried, published, or somebody else
    saves.

    Args:
        basis: what the text was made from (`Document.basis`).

    Raises Conflict where another save came between: nothing is written over. Refused (`text`: too long,
    `note`), NotFound, Unavailable.
    """
    if len(text) > MAX_CHARACTERS:
        raise Refused("text")
    if len(note) > NOTE_LIMIT:
        raise Refused("note")
    text = clean(text.replace("\r\n", "\n"))
    with units() as uow:
        old = _document(uow, shelf, shelf.content, of, None)
        if basis != old.basis:
            raise Conflict
        if old.edition is not None and text == old.text and not keep and not note:
            return old.edition
        saved = _saved(uow, old, person, text, note=note, keep=keep, now=now)
        uow.commit()
    return saved


def copy(
    units: UnitOfWorkFactory, shelf: Shelf, *, person: Person, of: Piece, stem: str, now: datetime
) -> Piece:
    """Begin a new product or scenario as a copy of another one.

    Raises Refused (`stem`), Taken (there is one of that name), NotFound, Unavailable.
    """
    new = piece(of.kind, stem) if of.kind in GROWING else None
    if new is None:
        raise Refused("stem")
    with units() as uow:
        if packaged_text(shelf.root, new) is not None or uow.editions.of(new.kind, new.stem):
            raise Taken
        source = _document(uow, shelf, shelf.content, of, None)
        text = source.text
        if source.readable:
            text = rewritten(text, changed(source.value, ("id",), stem))
        empty = Document(new, None, "", None, source.products)
        _saved(uow, empty, person, text, note="", keep=False, now=now)
        uow.commit()
    return new


def compare(units: UnitOfWorkFactory, shelf: Shelf, *, of: Piece, old: int, new: int) -> tuple[Row, ...]:
    """Return in what two versions differ; PACKAGED_VERSION is the packaged file. Raises NotFound."""
    with units(reading=True) as uow:
        content = shelf.refresh(uow)
        texts = [_document(uow, shelf, content, of, version).text for version in (old, new)]
    return differences(texts[0], texts[1])


def published_files(units: UnitOfWorkFactory) -> Mapping[str, str]:
    """Return what is in use instead of packaged files, by path below the content folder."""
    with units(reading=True) as uow:
        return {Piece(kind, stem).file: text for kind, stem, text in uow.editions.published()}


def _packaged(shelf: Shelf) -> set[Piece]:
    source = Source(shelf.root)
    files = [file for folder in _FOLDERS for file in source.files(folder)]
    return {found for file in files if (found := piece_of(file))}


def _item(
    uow: UnitOfWork,
    shelf: Shelf,
    content: Content,
    of: Piece,
    *,
    packaged: bool,
    newest: EditionRecord | None,
    in_use: EditionRecord | None,
) -> Item:
    newer = newest if newest is not None and newest.state == DRAFT else None
    name = _name(content, of)
    if name is None and newest is not None and of.kind in GROWING:
        name = _name_in(uow.editions.text(newest), of)
    left_out = in_use is not None and of.file not in shelf.standing.overlay
    return Item(of, name, packaged, in_use, newer, left_out)


def _name(content: Content, of: Piece) -> Text | None:
    """Return what a file in use is about."""
    if of.kind == PRODUCT and of.stem in content.products:
        return content.products[of.stem].name
    if of.kind == SCENARIO and of.stem in content.scenarios:
        return content.scenarios[of.stem].title
    if of.kind == PLAYBOOK and of.stem in content.taxonomy.objection_types:
        return content.taxonomy.objection_types[of.stem].name
    if of.kind == CUSTOMER_LINES and of.stem in content.taxonomy.styles:
        return content.taxonomy.styles[of.stem].name
    return None


def _name_in(text: str, of: Piece) -> Text:
    """Return what a draft that is not in use says that it is about; its file's name where it does not say."""
    value, _ = read_draft(text, of.file)
    names = value.get("name" if of.kind == PRODUCT else "title") if isinstance(value, dict) else None
    told = names if isinstance(names, dict) else {}
    return Text(zh=str(told.get("zh") or of.stem), en=str(told.get("en") or of.stem))


def _document(uow: UnitOfWork, shelf: Shelf, content: Content, of: Piece, version: int | None) -> Document:
    versions = uow.editions.of(of.kind, of.stem)
    products = tuple(content.products)
    if version is None:
        edition = next(iter(versions), None)
    else:
        edition = next((found for found in versions if found.version == version), None)
        if edition is None and version != PACKAGED_VERSION:
            raise NotFound
    text = packaged_text(shelf.root, of) if edition is None else uow.editions.text(edition)
    if text is None:
        raise NotFound
    return document(of, edition, text, products)


def _saved(
    uow: UnitOfWork, old: Document, person: Person, text: str, *, note: str, keep: bool, now: datetime
) -> EditionRecord:
    """Amend the person's own open version, or add one after the newest."""
    value, _ = read_draft(text, old.piece.file)
    mark, newest = mark_of(value), old.edition
    if newest is not None and not newest.sealed and newest.account == person.account:
        saved = uow.editions.amend(
            newest, text=text, mark=mark, note=note or newest.note, now=now, sealed=keep
        )
    else:
        saved = uow.editions.add(
            old.piece.kind,
            old.piece.stem,
            version=1 if newest is None else newest.version + 1,
            text=text,
            mark=mark,
            note=note,
            account=person.account,
            now=now,
            sealed=keep,
        )
    if saved is None:
        raise Conflict
    return saved
