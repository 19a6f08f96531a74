"""How far the bot's judgment may be relied on, said in the chat beside what rests on it."""

from __future__ import annotations

import pytest

from bot.coaching.families import SCORE, TECHNIQUE
from bot.content.loader import load_content
from bot.content.schema import Content
from bot.services.job import Outcome
from bot.storage.rating_records import BOT, AgreementRecord
from bot.storage.records import Reply
from bot.storage.unit_of_work import UnitOfWorkFactory

from .conftest import NOW
from .player import Trainee

RUSH = "先生，您今天就得定下来，不然明天就涨价了。"
MARKS = {"zh": ("（κ 0.71）", "（仅供练习）", "（κ ?）"), "en": (" (κ 0.71)", " (practice only)", " (κ ?)")}
FULL = {"zh": "κ 0.71（0.62 到 0.80，共 120 条）", "en": "κ 0.71 (0.62 to 0.80; 120 messages)"}


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content()


def measured(units: UnitOfWorkFactory, **kappas: float) -> None:
    """Let it have been measured, in both languages."""
    found = [
        AgreementRecord(BOT, family, lang, 120, 0.8, kappa, kappa - 0.09, kappa + 0.09)
        for family, kappa in kappas.items()
        for lang in ("zh", "en")
    ]
    with units() as uow:
        uow.ratings.keep_agreements(found, mark="120:120", now=NOW)
        uow.commit()


def block(outcome: Outcome, kind: str) -> Reply:
    return next(block for block in outcome.blocks if block.kind == kind)


def played(trainee: Trainee) -> dict[str, Reply]:
    """Play until every kind of block with a judgment was shown."""
    trainee.click("choose_scenario", scenario="alarm_loud")
    first = trainee.say("好", ("listen",))
    trainee.click("redo_turn")
    again = trainee.say("我明白", ("listen", "share"), "yes_if")
    end = trainee.click("stop")
    shown = {kind: block(outcome, kind) for kind, outcome in (("feedback", first), ("tries", again))}
    shown["score_card"] = block(end, "score_card")
    shown["progress"] = block(trainee.click("show_progress"), "progress")
    return shown


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_points_carry_the_agreement_and_weak_lines_are_for_practice_only(
    units: UnitOfWorkFactory, content: Content, lang: str
) -> None:
    measured(units, score=0.71, technique=0.4, listen=0.3, share=0.8)
    kappa, weak, _ = MARKS[lang]
    shown = played(Trainee(units, content, lang))
    steps = {step.id: step.name.of(lang) for step in content.rubric.steps}
    for kind in ("feedback", "score_card"):
        assert shown[kind].values["score"].endswith(kappa)
        assert steps["listen"] + weak in shown[kind].values["steps"]
        assert steps["share"] + weak not in shown[kind].values["steps"]
        assert shown[kind].data["agreement"][SCORE]["kappa"] == 0.71
        assert {
            id_ for id_, told in shown[kind].data["agreement"].items() if told["verdict"] == "practice_only"
        } == {
            "technique",
            "listen",
        }
    assert shown["feedback"].values["method"].endswith(weak)
    assert weak in shown["score_card"].values["methods"]
    assert shown["tries"].values["list"].count(kappa) == 2
    assert FULL[lang] in shown["progress"].values["types"].splitlines()[-1]
    assert (
        FULL[lang].replace("0.71", "0.40").replace("0.62", "0.31").replace("0.80", "0.49")
        in (shown["progress"].values["methods"].splitlines()[-1])
    )
    assert set(shown["progress"].data["agreement"]) == {SCORE, TECHNIQUE}


def test_what_nobody_rated_says_so(units: UnitOfWorkFactory, content: Content) -> None:
    shown = played(Trainee(units, content, "en"))
    unknown = MARKS["en"][2]
    assert shown["feedback"].values["score"].endswith(unknown)
    assert shown["score_card"].values["score"].endswith(unknown)
    assert "practice only" not in str([reply.values for reply in shown.values()])
    assert "not checked by trainers yet" in shown["progress"].values["types"]
