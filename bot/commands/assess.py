"""`dojo assess`: assesses the seller's replies in dialogues, each point with its words and its rule."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from bot.coaching.assessment import Assessment, Rubric, assess_reading, essence, score_dialogue
from bot.coaching.taxonomy import STEPS
from bot.commands.console import Console, Progress
from bot.commands.errors import WrongInput
from bot.commands.reading import open_parser
from bot.content.loader import load_content
from bot.nlu.dialogues import Dialogue, read_dialogues
from bot.nlu.evaluation import FaultyFile

if TYPE_CHECKING:
    from bot.nlu.parser import Parser


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
    for number, (dialogue, assessments) in enumerate(zip(dialogues, results), start=1):
        if options.json:
            console.put(json.dumps(result(assessments, rubric), ensure_ascii=False))
        else:
            _show(console, number, dialogue, assessments, rubric)
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
    """Return what `--json` writes for a dialogue."""
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
    console: Console, number: int, dialogue: Dialogue, assessments: list[Assessment], rubric: Rubric
) -> None:
    texts = console.texts
    console.put(texts("assess.dialogue", n=number, score=score_dialogue(assessments, rubric)))
    for (text, _), assessment in zip(dialogue.replies(), assessments):
        console.put(
            texts(
                "assess.reply",
                score=assessment.score,
                technique=assessment.technique,
                steps=", ".join(assessment.steps) or "-",
                faults=", ".join(assessment.faults) or "-",
                text=text.strip(),
            )
        )
        for item in assessment.evidence:
            console.put(
                texts("assess.point", rule=item.rule, points=f"{item.points:+d}", text=item.text.strip())
            )
    console.put()
