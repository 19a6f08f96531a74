"""The scripts for one objection type, and how a version is set with a product's own sentences.

Choosing is deterministic: a seed decides where the walk begins, the attempt how far it has gone. The walk
goes through all versions before one comes again, each time with other sentences of the product, and no line
comes twice before all have been said.
"""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.coaching.taxonomy import TECHNIQUES
from bot.coaching.wording import SLOTS, Text, fill, slots_of

TONES: Final[tuple[str, ...]] = ("warm", "brisk", "factual")
"""How a version sounds; each method of each playbook has all three."""

RUMOUR_SLOTS: Final[tuple[str, ...]] = ("claim", "fact", "proof")
"""Slots that belong together: they are always filled from one and the same rumour."""

NEEDED_SLOTS: Final[Mapping[str, frozenset[str]]] = {
    "compensation": frozenset({"concede", "outweigh"}),
    "yes_if": frozenset({"reframe"}),
    "inquiry": frozenset({"ask"}),
    "tai_chi": frozenset({"turn"}),
    "ignore": frozenset({"next"}),
    "rebuttal": frozenset({"fact", "proof"}),
}
"""The slots in which the move of each method lies."""

ALLOWED_SLOTS: Final[Mapping[str, frozenset[str]]] = {
    "compensation": frozenset({"concede", "outweigh", "next", "product"}),
    "yes_if": frozenset({"reframe", "ask", "next", "product"}),
    "inquiry": frozenset({"ask", "product"}),
    "tai_chi": frozenset({"turn", "next", "product"}),
    "ignore": frozenset({"next", "product"}),
    "rebuttal": frozenset({"claim", "fact", "proof", "next", "product"}),
}
"""The slots that a version of each method may use."""

_SECOND_CHOICE: Final = {"yes_if": frozenset({"ask"})}
"""Slots whose best sentence a method leaves to another one: the best question belongs to the inquiry."""

_RUMOUR: Final = "rumour"


@dataclass(frozen=True)
class Version:
    """One way of saying an answer: its own words with slots for the product's sentences."""

    id: str
    tone: str
    template: Text


@dataclass(frozen=True)
class Script:
    """One method against one objection type: why it works, what to beware of, and its versions."""

    type: str
    method: str
    fit: float
    why: Text
    beware: Text
    follow_up: Text
    versions: tuple[Version, ...]


@dataclass(frozen=True)
class Playbook:
    """The scripts against one objection type, the best fitting method first."""

    type: str
    scripts: tuple[Script, ...]

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that it holds, the best fitting first."""
        return tuple(script.method for script in self.scripts)

    def script(self, method: str) -> Script:
        """Return the script of one method; raises KeyError where the method does not suit the type."""
        for script in self.scripts:
            if script.method == method:
                return script
        raise KeyError(method)


@dataclass(frozen=True)
class Material:
    """A product's sentences for one objection type in one language, by slot.

    The tuples of `claim`, `fact` and `proof` run in parallel: the same place is the same rumour. In the slots
    that lead, the first sentence is the one to be said first, whatever the seed.
    """

    lang: str
    sentences: Mapping[str, tuple[str, ...]]
    lead: frozenset[str] = frozenset()

    def fills(self, slots: Sequence[str]) -> bool:
        """Tell whether it has at least one sentence for each of the slots."""
        return all(self.sentences.get(slot) for slot in slots)


@dataclass(frozen=True)
class Line:
    """A composed answer, and the version it comes from."""

    version: str
    tone: str
    text: str


def seed_of(*parts: str | int) -> int:
    """Return a number that is the same for the same parts on every machine and in every run."""
    return zlib.crc32("\x1f".join(str(part) for part in parts).encode())


def fitting(playbook: Playbook, material: Material) -> tuple[Script, ...]:
    """Return the scripts that the product has sentences for, the best fitting first."""
    return tuple(script for script in playbook.scripts if _usable(script.versions, material))


def count_lines(versions: Sequence[Version], material: Material) -> int:
    """Return how many different lines the versions give with this material."""
    usable = _usable(versions, material)
    return sum(math.prod(_counts(version, material)) for version in usable)


def compose(script: Script, material: Material, *, seed: int, attempt: int = 0) -> Line:
    """Return the line that a script says at its n-th attempt (0, 1, 2 ... for `another version`).

    Methods asked with the same seed and attempt take different sentences where the product has several.
    Raises LookupError where the product has no sentences for the method (`fitting` leaves it out).
    """
    shift = TECHNIQUES.index(script.method)
    second = _SECOND_CHOICE.get(script.method, frozenset())
    return compose_version(script.versions, material, seed=seed, attempt=attempt, shift=shift, second=second)


def compose_version(
    versions: Sequence[Version],
    material: Material,
    *,
    seed: int,
    attempt: int = 0,
    shift: int = 0,
    second: frozenset[str] = frozenset(),
) -> Line:
    """Return the n-th line of some versions; raises LookupError where none of them can be filled.

    The shift moves the choice of sentences only, so that two lists asked side by side do not say the same;
    in leading slots, those named second begin with the second sentence.
    """
    usable = _usable(versions, material)
    if not usable:
        raise LookupError("no version can be filled with this material")
    counts = tuple(_counts(version, material) for version in usable)
    start = seed // len(usable) + shift
    begins = tuple(
        tuple(int(axis in second) if axis in material.lead else start for axis in _axes(version))
        for version in usable
    )
    order = _order(counts, begins, seed % len(usable))
    place, choice = order[attempt % len(order)]
    version = usable[place]
    values = _values(version, material, dict(zip(_axes(version), choice)))
    return Line(version.id, version.tone, fill(version.template.of(material.lang), values, material.lang))


def every_line(versions: Sequence[Version], material: Material) -> Iterator[Line]:
    """Yield all lines that the versions give with this material, each once."""
    for attempt in range(count_lines(versions, material)):
        yield compose_version(versions, material, seed=0, attempt=attempt)


def _usable(versions: Sequence[Version], material: Material) -> tuple[Version, ...]:
    return tuple(
        version for version in versions if material.fills(slots_of(version.template.of(material.lang)))
    )


def _axes(version: Version) -> tuple[str, ...]:
    """Return what can be chosen for a version: one choice a slot, one for all slots of a rumour."""
    slots = {*slots_of(version.template.zh), *slots_of(version.template.en)}
    axes = [_RUMOUR if slot in RUMOUR_SLOTS else slot for slot in SLOTS if slot in slots]
    return tuple(dict.fromkeys(axes))


def _counts(version: Version, material: Material) -> tuple[int, ...]:
    return tuple(len(material.sentences["fact" if axis == _RUMOUR else axis]) for axis in _axes(version))


def _values(version: Version, material: Material, choice: Mapping[str, int]) -> dict[str, str]:
    return {
        slot: material.sentences[slot][choice[_RUMOUR if slot in RUMOUR_SLOTS else slot]]
        for slot in slots_of(version.template.of(material.lang))
    }


@lru_cache(maxsize=1024)
def _order(
    counts: tuple[tuple[int, ...], ...], begins: tuple[tuple[int, ...], ...], first: int
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Return the order in which all lines come, as (version, choice of each axis).

    Round after round through the versions; a version that has said all its lines is passed over.
    """
    walks = []
    for step in range(len(counts)):
        place = (first + step) % len(counts)
        begin = tuple(at + step for at in begins[place])
        walks.append((place, _walk(counts[place], begin)))
    rounds = max(len(walk) for _, walk in walks)
    return tuple((place, walk[turn]) for turn in range(rounds) for place, walk in walks if turn < len(walk))


def _walk(counts: tuple[int, ...], begin: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Return all choices, each once, so that one step changes every axis at once as long as it can."""
    walk: dict[tuple[int, ...], None] = {}
    for corner in itertools.product(*(range(count) for count in counts)):
        choice = tuple((at + offset) % count for at, offset, count in zip(corner, begin, counts))
        while choice not in walk:
            walk[choice] = None
            choice = tuple((at + 1) % count for at, count in zip(choice, counts))
    return tuple(walk)
