"""Turns over HTTP: one person, crowds, role-plays, long sessions; what is compared takes turns."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.errors import BenchmarkFailed
from benchmarks.figures import latencies, ratios, spread
from benchmarks.people import FAILURES, Crowd, Person, Turn
from benchmarks.plan import BOTS, Plan
from benchmarks.processes import processor_seconds
from benchmarks.wording import tell

_EARLY_TURN = 3
_CONVERSATIONS = 24
"""Conversations of all people together, two each at least: the page limits how fast one visitor sends."""


@dataclass
class Tally:
    """What was measured of one bot: a list of turns for each block."""

    blocks: list[list[Turn]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    processor: float = 0.0
    failed: list[str] = field(default_factory=list)

    @property
    def medians(self) -> list[float]:
        """The median turn of each block, in seconds."""
        return [median(turn.whole for turn in block) for block in self.blocks]

    @property
    def speeds(self) -> list[float]:
        """The turns a second of each block."""
        return [len(block) / took for block, took in zip(self.blocks, self.seconds, strict=True)]

    def latencies(self) -> dict[str, Any]:
        """Return the figures of the whole turns."""
        if not all(self.blocks):
            raise BenchmarkFailed("no_turn", reason=self.failed[0] if self.failed else "")
        return latencies([[turn.whole for turn in block] for block in self.blocks])

    def to_json(self) -> dict[str, Any]:
        """Return the figures."""
        whole = self.latencies()
        count = sum(len(block) for block in self.blocks)
        return {
            "whole_ms": whole,
            "first_ms": latencies([[turn.first for turn in block] for block in self.blocks]),
            "per_second": spread(self.speeds).to_json(),
            "processor_ms": 1000 * self.processor / count,
            "turns": count,
            "failed": len(self.failed),
            "failures": sorted(set(self.failed)),
        }


async def measure_one(
    plan: Plan, crowds: Mapping[str, Crowd], processes: Mapping[str, int], against: tuple[str, str] = BOTS
) -> dict[str, Any]:
    """One person at a time, turn by turn of each crowd.

    Args:
        processes: whose processor time is counted, by crowd; none where crowds share one.
        against: the crowd that is compared, and with which.
    """
    groups = {name: await _people(crowd, _CONVERSATIONS) for name, crowd in crowds.items()}
    people = {name: itertools.cycle(group) for name, group in groups.items()}
    tallies = {name: Tally() for name in crowds}
    for _ in range(plan.warm_up):
        for name in crowds:
            await _say(next(people[name]), Tally(blocks=[[]]))
    for number in range(plan.blocks):
        tell("progress.block", users=1, number=number + 1, count=plan.blocks)
        for tally in tallies.values():
            tally.blocks.append([])
        for name, process in processes.items():
            tallies[name].processor -= processor_seconds(process)
        for _ in range(plan.block_turns):
            for name, tally in tallies.items():
                await _say(next(people[name]), tally)
        for name, process in processes.items():
            tallies[name].processor += processor_seconds(process)
        for tally in tallies.values():
            tally.seconds.append(sum(turn.whole for turn in tally.blocks[-1]))
    return _compared(tallies, against)


async def measure_crowd(
    plan: Plan, crowds: Mapping[str, Crowd], processes: Mapping[str, int], users: int
) -> dict[str, Any]:
    """Several people at once, each of whom sends the next message as soon as the answer is there."""
    tallies = {name: Tally() for name in crowds}
    groups: dict[str, list[list[Person]]] = {}
    for name, crowd in crowds.items():
        each = max(2, _CONVERSATIONS // users)
        groups[name] = [await _people(crowd, each) for _ in range(users)]
        for group in groups[name]:
            await _say(group[0], Tally(blocks=[[]]))
    for number in range(plan.crowd_blocks):
        tell("progress.block", users=users, number=number + 1, count=plan.crowd_blocks)
        for name, tally in tallies.items():
            tally.blocks.append([])
            tally.processor -= processor_seconds(processes[name])
            began = time.perf_counter()
            ends = began + plan.crowd_seconds
            await asyncio.gather(*(_talk(group, tally, ends) for group in groups[name]))
            tally.seconds.append(time.perf_counter() - began)
            tally.processor += processor_seconds(processes[name])
    return _compared(tallies, BOTS)


async def measure_growth(plan: Plan, crowds: Mapping[str, Crowd], late_turn: int) -> dict[str, Any]:
    """Turns around the late one of long sessions, between third turns of new sessions."""
    first = late_turn - plan.late_samples // 2
    tell("progress.fill", turn=first, sessions=plan.late_sessions)
    long = {name: await _people(crowd, plan.late_sessions) for name, crowd in crowds.items()}
    await asyncio.gather(*(_fill(person, first - 1) for group in long.values() for person in group))
    late = {name: Tally() for name in crowds}
    early = {name: Tally() for name in crowds}
    tell("progress.growth", turn=late_turn)
    for _ in range(plan.late_samples):
        for name, crowd in crowds.items():
            for tally in (late[name], early[name]):
                tally.blocks.append([])
            for person in long[name]:
                await _say(person, late[name])
                newcomer = await crowd.person()
                await _fill(newcomer, _EARLY_TURN - 1)
                await _say(newcomer, early[name])
    return {
        "turn": late_turn,
        "from": first,
        "to": first + plan.late_samples - 1,
        "early_turn": _EARLY_TURN,
        "bots": {name: _grown(late[name], early[name]) for name in crowds},
    }


def _grown(late: Tally, early: Tally) -> dict[str, Any]:
    late_ms, early_ms = late.latencies(), early.latencies()
    return {
        "late_ms": late_ms,
        "early_ms": early_ms,
        "ratio": late_ms["p50"]["median"] / early_ms["p50"]["median"],
        "failed": len(late.failed) + len(early.failed),
        "failures": sorted({*late.failed, *early.failed}),
    }


def _compared(tallies: Mapping[str, Tally], against: tuple[str, str]) -> dict[str, Any]:
    figures: dict[str, Any] = {name: tally.to_json() for name, tally in tallies.items()}
    p99, other_p99 = (figures[name]["whole_ms"]["p99"] for name in against)
    one, other = (tallies[name] for name in against)
    figures["p50_ratio"] = ratios(one.medians, other.medians).to_json()
    figures["p99_ratio"] = p99 / other_p99
    figures["per_second_ratio"] = ratios(one.speeds, other.speeds).to_json()
    return figures


async def _people(crowd: Crowd, count: int) -> list[Person]:
    return [await crowd.person() for _ in range(count)]


async def _say(person: Person, tally: Tally) -> None:
    """Let somebody say something that counts, as soon as the page takes it."""
    try:
        while True:
            await asyncio.sleep(person.wait())
            turn = await person.say()
            if turn.counts:
                tally.blocks[-1].append(turn)
                return
    except FAILURES as error:
        tally.failed.append(str(error) or type(error).__name__)


async def _talk(group: Sequence[Person], tally: Tally, ends: float) -> None:
    for person in itertools.cycle(group):
        await asyncio.sleep(person.wait())
        if time.perf_counter() >= ends:
            return
        await _say(person, tally)


async def _fill(person: Person, turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(person.wait())
        await person.say()
