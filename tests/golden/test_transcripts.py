"""Whole talks that a person can read, compared word for word; `--renew` writes them anew.

    .venv/bin/python -m pytest tests/golden --renew

Read what changed before you commit it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from actors import Spoken, answer, content, master_answers, open_talk

from bot.coaching.assessment import score_dialogue
from bot.coaching.scenario import Scenario
from bot.coaching.talk import Turn
from bot.coaching.taxonomy import LANGS

HERE = Path(__file__).parent
SCENARIOS = (
    "alarm_loud",
    "car_talkative",
    "gym_later",
    "insurance_cheated_before",
    "receptionist",
    "tel_too_dear",
)
SELLERS = ("perfect", "arguing", "discount")
DISCOUNTS = {
    "zh": ("您要是今天定，我给您便宜五百。", "那再便宜三百，您看行不行？", "我跟经理说说，打个八折。"),
    "en": (
        "Take it today and I'll knock off five hundred.",
        "Another three hundred off, then?",
        "I'll ask my manager for a fifth off.",
    ),
}
ARGUMENTS = {
    "zh": (
        "您这话不对，事情不是您说的那样。",
        "您没弄明白，我再跟您讲一遍道理。",
        "别的客户都没您这么想的。",
        "您这是外行话。",
    ),
    "en": (
        "That isn't true, you've got it wrong.",
        "You haven't understood, so let me explain again.",
        "Nobody else sees it that way.",
        "You don't know the trade.",
    ),
}


def says(seller: str, scenario: Scenario, turn: Turn) -> Spoken:
    lang, number = turn.talk.lang, turn.talk.turn
    if seller == "perfect":
        return master_answers(scenario, turn)
    if seller == "arguing":
        return answer(scenario, turn, ARGUMENTS[lang][number % 4], ("present", "argue"), "rebuttal")
    if number % 2:
        return answer(scenario, turn, scenario.close.of(lang)[number // 2 % 4], ("ask",))
    return answer(scenario, turn, DISCOUNTS[lang][number // 2 % 3], ("discount",))


def transcript(scenario: Scenario, lang: str, seller: str) -> Iterator[str]:
    turn, assessments = open_talk(scenario, lang, 20261122), []
    yield f"# {scenario.title.of(lang)} ({scenario.id}, {lang}, {seller})"
    yield f"# {scenario.style}, {', '.join(scenario.behaviours) or '-'}, {scenario.difficulty}"
    yield from ("", _levels(turn), f"  {scenario.customer.of(lang)}: {turn.line}")
    while not turn.talk.outcome:
        spoken = says(seller, scenario, turn)
        found, turn = spoken.assessment, spoken.turn
        assessments.append(found)
        shown = " ".join((*found.steps, *(f"-{fault}" for fault in found.faults))) or "-"
        yield from (
            "",
            f"{turn.talk.turn}. > {spoken.text}",
            f"  [{found.technique}: {shown}]",
            _levels(turn),
        )
        yield f"  {scenario.customer.of(lang)}: {turn.line}"
    yield from ("", f"= {turn.talk.outcome}")
    assert 0 <= score_dialogue(assessments, content().rubric.rules) <= 100


def _levels(turn: Turn) -> str:
    talk = turn.talk
    events = ", ".join(f"{kind} {id_}".strip() for kind, id_ in turn.events)
    told = f"; {events}" if events else ""
    levels = f"trust {talk.trust:g}, interest {talk.interest:g}, patience {talk.patience:g}"
    return f"  [{turn.situation}{told}; {levels}]"


@pytest.mark.parametrize("seller", SELLERS)
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("id_", SCENARIOS)
def test_the_talk_is_as_it_was(id_: str, lang: str, seller: str, request: pytest.FixtureRequest) -> None:
    file = HERE / f"{id_}.{lang}.{seller}.txt"
    now = "\n".join(transcript(content().scenarios[id_], lang, seller)) + "\n"
    if request.config.getoption("--renew", default=False):
        file.write_text(now, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == now, "read the difference; --renew writes it anew"


def test_no_other_transcripts_lie_about() -> None:
    expected = {f"{id_}.{lang}.{seller}.txt" for id_ in SCENARIOS for lang in LANGS for seller in SELLERS}
    assert {path.name for path in HERE.glob("*.txt")} == expected
