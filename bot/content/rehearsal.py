"""Playing every scenario through with the built-in sellers, before a trainee does.

It takes seconds, so that it belongs to `dojo content check` and not to loading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Final

from bot.coaching.role_play import MAX_TURNS
from bot.coaching.scenario import Scenario
from bot.coaching.strategies import RANDOM_WINS, STRATEGIES, Played, play
from bot.coaching.talk import AGREED
from bot.coaching.taxonomy import LANGS
from bot.content.faults import Fault
from bot.content.schema import Content

RUNS: Final = 200
"""How often the random seller plays a scenario; the others play it `FEW` times."""

FEW: Final = 6


def rehearse(content: Content, runs: int = RUNS, only: Collection[str] | None = None) -> list[Fault]:
    """Return what is wrong with scenarios as they are played, in the order of their files: all, or only some.

    A scenario must be winnable by selling well and not by chance, and no talk may get stuck: it ends, and the
    customer says something each time, nothing twice, with every slot filled.
    """
    played = [scenario for name, scenario in content.scenarios.items() if only is None or name in only]
    return [fault for scenario in played for fault in _rehearse(content, scenario, runs)]


def _rehearse(content: Content, scenario: Scenario, runs: int) -> Iterator[Fault]:
    file = f"scenarios/{scenario.id}.yml"
    won: Counter[str] = Counter()
    stuck: dict[str, Fault] = {}
    for name, strategy in STRATEGIES.items():
        times = runs if name == "random" else FEW
        for run in range(times):
            lang = LANGS[run % len(LANGS)]
            played = play(scenario, content.cast, content.fits, strategy, lang=lang, run=run)
            won[name] += played.outcome == AGREED
            for code, details in _stuck(played):
                details = {"seller": name, "lang": lang, "run": str(run), **details}
                stuck.setdefault(code, Fault(file, "", code, tuple(details.items())))
    if won["perfect"] < FEW:
        yield Fault(file, "", "not_winnable", (("won", str(won["perfect"])), ("runs", str(FEW))))
    if won["random"] > RANDOM_WINS * runs:
        share = f"{100 * won['random'] / runs:.1f} %"
        yield Fault(file, "", "won_by_chance", (("share", share), ("most", f"{100 * RANDOM_WINS:g} %")))
    yield from stuck.values()


def _stuck(played: Played) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield how a talk got stuck: a code and its details."""
    if not played.outcome or len(played.turns) > MAX_TURNS + 1:
        yield "talk_endless", {"most": str(MAX_TURNS)}
    said: set[str] = set()
    for number, turn in enumerate(played.turns):
        if not turn.line.strip():
            yield "talk_wordless", {"turn": str(number)}
        if "{" in turn.line:
            yield "talk_slot_open", {"text": turn.line}
        for part in turn.parts:
            if part in said:
                yield "talk_twice", {"text": part}
            said.add(part)
