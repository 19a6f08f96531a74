"""`dojo assess`: assesses the seller's replies in dialogues, each point with its words and its rule."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from bot.coaching.assessment import METHOD, Assessment, Rubric, assess_reading, essence, score_dialogue
from bot.coaching.families import FAMILIES, REPLY, SCORE
from bot.coaching.taxonomy import STEPS
from bot.commands.agreement import Board, board
from bot.commands.console import Console, Progress
from bot.commands.errors import WrongInput
from bot.commands.reading import open_parser
from bot.content.loader import load_content
from bot.nlu.dialogues import Dialogue, read_dialogues
from bot.nlu.evaluation import FaultyFile

if TYPE_CHECKING:
    from bot.nlu.parser import Parser

JUDGED: Final = tuple(id_ for id_, family in FAMILIES.items() if family.about == REPLY)
"""What is judged of a reply."""


def run(console: Console, options: argparse.Namespace) -> int:
    """Check the file, assess every dialogue, write one result each."""
    dialogues = _read(console, options)
    rubric = load_content().rubric.rules
    parser = open_parser(console)
    progress = Progress(console)
    progress.begin("assess.reading", count=len(dialogues))
    results = []
    for dialogue in dialogues:
        results.append(assess(parser, dialogue, rubric))
        progress.tick()
    progress.done()
    told = board(console)
    for number, (dialogue, assessments) in enumerate(zip(dialogues, results), start=1):
        if options.json:
            agreement = {"agreement": told.trusts.to_json(JUDGED, dialogue.lang)}
            console.put(json.dumps(result(assessments, rubric) | agreement, ensure_ascii=False))
        else:
            _show(console, number, dialogue, assessments, rubric, told)
    return 0


def assess(parser: Parser, dialogue: Dialogue, rubric: Rubric) -> list[Assessment]:
    """Assess each reply of the seller, to the line of the customer that it answers."""
    said: list[str] = []
    assessments = []
    for text, customer in dialogue.replies():
        reading = parser.read_reply(text, customer, dialogue.lang)
        assessments.append(
            assess_reading(reading, rubric, lang=dialogue.lang, customer=customer, earlier=said)
        )
        said.append(essence(text))
    return assessments


def result(assessments: list[Assessment], rubric: Rubric) -> dict[str, Any]:
    """Return what `--json` writes for a dialogue, without how far that may be relied on."""
    shown = {step for assessment in assessments for step in assessment.steps}
    return {
        "score": score_dialogue(assessments, rubric),
        "lscpa": {step: step in shown for step in STEPS},
        "turns": [assessment.to_json() for assessment in assessments],
        "rubric": rubric.version,
    }


def _read(console: Console, options: argparse.Namespace) -> list[Dialogue]:
    try:
        data = options.file.read_bytes()
    except OSError as error:
        raise WrongInput("error.file", file=options.file, reason=error.strerror) from error
    try:
        return read_dialogues(data)
    except FaultyFile as error:
        fault = error.fault
        reason = console.texts(f"assess.fault.{fault.code}", **dict(fault.details))
        raise WrongInput("error.line", file=options.file, line=fault.line, reason=reason) from error


def _show(
    console: Console,
    number: int,
    dialogue: Dialogue,
    assessments: list[Assessment],
    rubric: Rubric,
    told: Board,
) -> None:
    def doubted(rules: Iterable[str]) -> str:
        return ", ".join(rule + told.doubt(rule, dialogue.lang) for rule in rules) or "-"

    texts, trust = console.texts, told.mark(SCORE, dialogue.lang)
    console.put(texts("assess.dialogue", n=number, score=score_dialogue(assessments, rubric), trust=trust))
    for (text, _), assessment in zip(dialogue.replies(), assessments):
        console.put(
            texts(
                "assess.reply",
                score=assessment.score,
                technique=assessment.technique + told.doubt(METHOD, dialogue.lang),
                steps=doubted(assessment.steps),
                faults=doubted(assessment.faults),
                text=text.strip(),
            )
        )
        for item in assessment.evidence:
            rule = item.rule + told.doubt(item.rule, dialogue.lang)
            console.put(texts("assess.point", rule=rule, points=f"{item.points:+d}", text=item.text.strip()))
    console.put()
