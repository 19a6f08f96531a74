"""Turns over HTTP: one person, crowds, and long sessions; ours and the stock bot's in turns."""

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
from benchmarks.plan import Plan
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
    plan: Plan, crowds: Mapping[str, Crowd], processes: Mapping[str, int]
) -> dict[str, Any]:
    """One person at a time, turn by turn ours and theirs."""
    groups = {name: await _people(crowd, _CONVERSATIONS) for name, crowd in crowds.items()}
    people = {name: itertools.cycle(group) for name, group in groups.items()}
    tallies = {name: Tally() for name in crowds}
    for _ in range(plan.warm_up):
        for name in crowds:
            await _say(next(people[name]), Tally(blocks=[[]]))
    for number in range(plan.blocks):
        tell("progress.block", users=1, number=number + 1, count=plan.blocks)
        for name, tally in tallies.items():
            tally.blocks.append([])
            tally.processor -= processor_seconds(processes[name])
        for _ in range(plan.block_turns):
            for name, tally in tallies.items():
                person = next(people[name])
                await asyncio.sleep(person.wait())
                await _say(person, tally)
        for name, tally in tallies.items():
            tally.processor += processor_seconds(processes[name])
            tally.seconds.append(sum(turn.whole for turn in tally.blocks[-1]))
    return _compared(tallies)


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
    return _compared(tallies)


async def measure_growth(plan: Plan, crowds: Mapping[str, Crowd]) -> dict[str, Any]:
    """Turns around the late one of long sessions, between third turns of new sessions."""
    first = plan.late_turn - plan.late_samples // 2
    tell("progress.fill", turn=first, sessions=plan.late_sessions)
    long = {name: await _people(crowd, plan.late_sessions) for name, crowd in crowds.items()}
    await asyncio.gather(*(_fill(person, first - 1) for group in long.values() for person in group))
    late = {name: Tally() for name in crowds}
    early = {name: Tally() for name in crowds}
    tell("progress.growth", turn=plan.late_turn)
    for _ in range(plan.late_samples):
        for name, crowd in crowds.items():
            for tally in (late[name], early[name]):
                tally.blocks.append([])
            for person in long[name]:
                await asyncio.sleep(person.wait())
                await _say(person, late[name])
                newcomer = await crowd.person()
                await _fill(newcomer, _EARLY_TURN - 1)
                await _say(newcomer, early[name])
    return {
        "turn": plan.late_turn,
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


def _compared(tallies: Mapping[str, Tally]) -> dict[str, Any]:
    ours, stock = tallies["ours"], tallies["stock"]
    figures: dict[str, Any] = {name: tally.to_json() for name, tally in tallies.items()}
    figures["p50_ratio"] = ratios(ours.medians, stock.medians).to_json()
    figures["p99_ratio"] = figures["ours"]["whole_ms"]["p99"] / figures["stock"]["whole_ms"]["p99"]
    figures["per_second_ratio"] = ratios(ours.speeds, stock.speeds).to_json()
    return figures


async def _people(crowd: Crowd, count: int) -> list[Person]:
    return [await crowd.person() for _ in range(count)]


async def _say(person: Person, tally: Tally) -> None:
    try:
        tally.blocks[-1].append(await person.say())
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
