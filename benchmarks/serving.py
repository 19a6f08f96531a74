"""The parts that need the bots running: starts, turns, long sessions, memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.bots import Bot, Dojo, StockBot
from benchmarks.errors import BenchmarkFailed
from benchmarks.figures import spread
from benchmarks.lines import sellers_say
from benchmarks.people import FAILURES, Connections, Crowd, RolePlayers, StockUsers, Trainees
from benchmarks.plan import BOTS, ROLE_PLAY, Plan
from benchmarks.processes import memory_of_family
from benchmarks.stock import said_to_stock
from benchmarks.turns import measure_crowd, measure_growth, measure_one
from benchmarks.wording import tell
from bot.coaching.taxonomy import LANGS
from bot.commands.family import Family
from bot.content.loader import load_content

Figures = dict[str, Any]


class Stage:
    """Both bots, and the people who talk with them."""

    def __init__(
        self, plan: Plan, family: Family, root: Path, scratch: Path, project: Path, lines: Iterator[str]
    ) -> None:
        """Prepare them; nothing runs yet."""
        self._plan, self._project, self._lines = plan, project, lines
        scenarios = load_content().scenarios.values()
        self._plays = {lang: sellers_say(scenarios, lang, plan.seed) for lang in LANGS}
        self._dojo = Dojo(family, root, scratch / "home", scratch / "dojo.log")
        self._stock = StockBot(family, project, scratch / "stock.log")
        self._bots: tuple[Bot, ...] = (self._dojo, self._stock)

    def measure(self, parts: Iterable[str]) -> Figures:
        """Measure some of the parts."""
        wanted, found = set(parts), Figures()
        with ExitStack() as stack:
            for bot in self._bots:
                stack.callback(bot.stop)
            starts = self._start(self._plan.starts if "start" in wanted else 1)
            if "start" in wanted:
                found["start"] = starts
            if "memory" in wanted:
                found["memory"] = {"started": self._memory()}
            if "turn" in wanted:
                found["turn"] = self._with_people(self._turns)
            if "growth" in wanted:
                found["growth"] = self._with_people(self._growth)
            if "memory" in wanted:
                found["memory"]["used"] = self._memory()
            tell("progress.stop")
        return found

    def _start(self, count: int) -> Figures:
        """Start each bot alone, in turns; after the last time both run on."""
        seconds: dict[str, list[float]] = {bot.name: [] for bot in self._bots}
        first: dict[str, list[float]] = {bot.name: [] for bot in self._bots}
        self._dojo.forget()
        for number in range(count):
            if self._plan.starts_together:
                for bot in self._bots:
                    bot.start()
            for bot in self._bots:
                tell("progress.start", bot=bot.name, number=number + 1, count=count)
                if not self._plan.starts_together:
                    bot.start()
                seconds[bot.name].append(bot.wait())
                first[bot.name].append(1000 * self._with_people(self._first_turn, bot.name))
                if number < count - 1:
                    bot.stop()
        return {
            bot.name: {
                "cold_seconds": seconds[bot.name][0],
                "warm_seconds": spread(seconds[bot.name][1:]).to_json() if count > 1 else None,
                "first_turn_ms": spread(first[bot.name]).to_json(),
            }
            for bot in self._bots
        }

    def _memory(self) -> Figures:
        return {
            bot.name: {name: memory.to_json() for name, memory in memory_of_family(bot.process).items()}
            for bot in self._bots
        }

    def _with_people(self, measure: Any, *arguments: Any) -> Any:
        async def work() -> Any:
            async with Connections() as connections:
                crowds: dict[str, Crowd] = {
                    self._dojo.name: Trainees(connections, self._dojo.url, self._lines),
                    self._stock.name: StockUsers(
                        connections, self._stock.url, said_to_stock(self._project), self._plan.seed
                    ),
                    ROLE_PLAY: RolePlayers(connections, self._dojo.url, self._plays),
                }
                return await measure(crowds, *arguments)

        try:
            return asyncio.run(work())
        except FAILURES as error:
            raise BenchmarkFailed("turn", reason=str(error) or type(error).__name__) from error

    async def _first_turn(self, crowds: Mapping[str, Crowd], name: str) -> float:
        return (await (await crowds[name].person()).say()).whole

    async def _turns(self, crowds: Mapping[str, Crowd]) -> Figures:
        processes = {bot.name: bot.process for bot in self._bots}
        bots = _some(crowds, *BOTS)
        found = {"1": await measure_one(self._plan, bots, processes)}
        for users in self._plan.crowds:
            found[str(users)] = await measure_crowd(self._plan, bots, processes, users)
        practice = (ROLE_PLAY, self._dojo.name)
        found[ROLE_PLAY] = await measure_one(self._plan, _some(crowds, *practice), {}, practice)
        return found

    async def _growth(self, crowds: Mapping[str, Crowd]) -> Figures:
        found = await measure_growth(self._plan, _some(crowds, *BOTS), self._plan.late_turn)
        late = self._plan.late_role_play_turn
        found[ROLE_PLAY] = await measure_growth(self._plan, _some(crowds, ROLE_PLAY), late)
        return found


def _some(crowds: Mapping[str, Crowd], *names: str) -> dict[str, Crowd]:
    return {name: crowds[name] for name in names}
