"""The content in use: the packaged files with what is published over them, taken up without a restart."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

from bot.coaching.scenario import Scenario
from bot.content.drafts import read_draft
from bot.content.editable import SCENARIO, Piece
from bot.content.faults import ContentError, Fault
from bot.content.loader import ROOT, read_content
from bot.content.nodes import Node, mark_of
from bot.content.scenario_files import read_scenario
from bot.content.schema import Content
from bot.content.sources import Source
from bot.storage.edition_records import PREVIEW, EditionRecord
from bot.storage.records import SessionRecord
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

logger = logging.getLogger(__name__)

_KEPT: Final = 4
"""So many drafts, and so many earlier versions of scenarios, are kept read."""

Key = TypeVar("Key")
Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Standing:
    """The content at one stamp: what lies over the files, and the faults of what could not be laid there."""

    stamp: int
    content: Content
    overlay: Mapping[str, str]
    left_out: tuple[Fault, ...] = ()


class Shelf:
    """Gives each session its content.

    A publication is noticed by its number, which costs one small query a turn; then the whole content is read
    anew and put in the place of the old one, which those who hold it go on using.
    """

    def __init__(self, packaged: Content | None = None, root: Path | None = None) -> None:
        """Begin with the packaged content, read from the folder of the content if it is not given.

        Raises ContentError where that has faults.
        """
        self.root = root or ROOT
        self._standing = Standing(0, packaged, {}) if packaged else self._read(0, {})
        self._reading = threading.Lock()
        self._tried: _Few[tuple[int, int, int], tuple[Content, tuple[Fault, ...]]] = _Few()
        self._earlier: _Few[tuple[str, str], Scenario | None] = _Few()

    @property
    def standing(self) -> Standing:
        """The content that was taken up last, and what it is made of."""
        return self._standing

    @property
    def content(self) -> Content:
        """The content that was taken up last."""
        return self._standing.content

    def take_published(self, units: UnitOfWorkFactory) -> Content:
        """Look whether something was published, and return the content in use; raises Unavailable."""
        with units(reading=True) as uow:
            return self.refresh(uow)

    def refresh(self, uow: UnitOfWork, *, wait: bool = False) -> Content:
        """Return the content in use, read anew where something was published since.

        While one thread reads, the others go on with what there was, unless they wait.
        """
        stamp = uow.editions.stamp()
        if stamp > self._standing.stamp and self._reading.acquire(blocking=wait):
            try:
                if stamp > self._standing.stamp:
                    overlay = {Piece(kind, stem).file: text for kind, stem, text in uow.editions.published()}
                    self._standing = self._read(stamp, overlay)
            finally:
                self._reading.release()
        return self._standing.content

    def of(self, uow: UnitOfWork, session: SessionRecord) -> Content:
        """Return the content of a session: the one in use, or with the draft that the session tries."""
        content = self.refresh(uow)
        if session.channel != PREVIEW:
            return content
        edition = uow.editions.previewed(session)
        return content if edition is None else self.with_draft(uow, edition)[0]

    def with_draft(self, uow: UnitOfWork, edition: EditionRecord) -> tuple[Content, tuple[Fault, ...]]:
        """Return the content in use with a version laid over it; with faults, the version is left out."""
        standing = self._standing

        def read() -> tuple[Content, tuple[Fault, ...]]:
            file = Piece(edition.kind, edition.stem).file
            overlay = {**standing.overlay, file: uow.editions.text(edition)}
            content, faults = read_content(self.root, overlay)
            return (standing.content if faults else content), tuple(faults)

        return self._tried.get((edition.id, edition.saves, standing.stamp), read)

    def scenario(self, uow: UnitOfWork, content: Content, name: str, mark: str) -> Scenario | None:
        """Return a scenario as it was when a talk began, by its fingerprint, whatever was published since.

        The present one stands in where no version has the fingerprint; None where there is no such scenario.
        """
        present = content.scenarios.get(name)
        if not mark or (present is not None and present.version == mark):
            return present
        earlier = self._earlier.get((name, mark), lambda: self._read_earlier(uow, content, name, mark))
        return earlier or present

    def _read_earlier(self, uow: UnitOfWork, content: Content, name: str, mark: str) -> Scenario | None:
        file = Piece(SCENARIO, name).file
        text = uow.editions.text_with(SCENARIO, name, mark)
        if text is None:
            try:
                text = Source(self.root).text(file)
            except (OSError, UnicodeError):
                return None
        value, faults = read_draft(text, file)
        if faults or mark_of(value) != mark:
            return None
        scenario = read_scenario(Node(value, file, "", faults), tuple(content.products))
        return None if faults else scenario

    def _read(self, stamp: int, overlay: Mapping[str, str]) -> Standing:
        """Read the content; what was published and does not fit the files (any more) is left out.

        So a new version of the program starts in any case. Raises ContentError where the files have faults.
        """
        left_out: list[Fault] = []
        content, faults = read_content(self.root, overlay)
        while faults:
            if not overlay:
                raise ContentError(faults)
            faulty = {fault.file for fault in faults} & set(overlay) or set(overlay)
            logger.error("published content is left out, it has faults: %s", ", ".join(sorted(faulty)))
            left_out += [fault for fault in faults if fault.file in faulty] or faults
            overlay = {file: text for file, text in overlay.items() if file not in faulty}
            content, faults = read_content(self.root, overlay)
        return Standing(stamp, content, overlay, tuple(left_out))


class _Few(Generic[Key, Kept]):
    """Keeps the few values that were asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, read: Callable[[], Kept]) -> Kept:
        """Return a value, read if it is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        value = read()
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return value
