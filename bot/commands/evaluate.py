"""`dojo evaluate`: scores a file of labelled lines."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from bot.commands.console import Console, Progress
from bot.commands.errors import WrongInput
from bot.commands.reading import open_parser
from bot.nlu.evaluation import (
    OBJECTION,
    Answer,
    Evaluation,
    Example,
    FaultyFile,
    Scores,
    evaluate,
    read_examples,
)

_SHOWN_EVERY = 25


def run(console: Console, options: argparse.Namespace) -> int:
    """Check the file, read every line with the model, score, and write the results."""
    examples = _read(console, options.file, options.task)
    if options.report is not None and options.report.exists() and not options.report.is_dir():
        raise WrongInput("evaluate.report_is_file", path=options.report)
    parser = open_parser(console)
    progress = Progress(console)
    progress.begin("evaluate.reading", count=len(examples))
    began = time.perf_counter()
    answers = []
    for number, example in enumerate(examples):
        if options.task == OBJECTION:
            ranking = parser.read(example.text, example.lang).ranking
        else:
            ranking = parser.read_reply(example.text, example.objection, example.lang).technique_ranking
        if not ranking:
            raise WrongInput("evaluate.untrained", task=options.task)
        answers.append(Answer(*ranking[0]))
        if number % _SHOWN_EVERY == 0:
            progress.tick()
    evaluation = evaluate(options.task, examples, answers, time.perf_counter() - began)
    progress.done()
    if options.json:
        console.put(json.dumps(evaluation.to_json(), ensure_ascii=False))
    else:
        _show(console, evaluation)
    if options.report is not None:
        from bot.commands.evaluation_report import write_report  # matplotlib takes a second

        wrong = [pair for pair in zip(examples, answers, strict=True) if pair[0].label != pair[1].label]
        page = write_report(console.texts, evaluation, wrong, options.file.name, options.report)
        console.say("evaluate.report", page=page)
    return 0


def _read(console: Console, file: Path, task: str) -> list[Example]:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise WrongInput("error.file", file=file, reason=error.strerror) from error
    try:
        return read_examples(data, task)
    except FaultyFile as error:
        fault = error.fault
        reason = console.texts(f"evaluate.fault.{fault.code}", **dict(fault.details))
        raise WrongInput("error.line", file=file, line=fault.line, reason=reason) from error


def _show(console: Console, evaluation: Evaluation) -> None:
    texts = console.texts
    heads = [texts(f"evaluate.head.{name}") for name in ("set", *Scores.__dataclass_fields__)]
    sets = {texts("evaluate.all"): evaluation.scores, **evaluation.by_lang}
    rows = [[name, str(s.n), *map(_number, list(s.to_json().values())[1:])] for name, s in sets.items()]
    console.table([heads, *rows], right=range(1, len(heads)))
    console.put()
    heads = [texts(f"evaluate.head.{name}") for name in ("label", "precision", "recall", "f1", "support")]
    rows = [
        [label, _number(s.precision), _number(s.recall), _number(s.f1), str(s.support)]
        for label, s in evaluation.by_label.items()
    ]
    console.table([heads, *rows], right=range(1, len(heads)))
    console.put()
    console.put(texts("evaluate.confusion"))
    labels = list(evaluation.confusion)
    rows = [[right, *map(str, row.values())] for right, row in evaluation.confusion.items()]
    console.table([["", *labels], *rows], right=range(1, len(labels) + 1))
    console.put()
    console.put(texts("evaluate.seconds", seconds=f"{evaluation.seconds:.1f}"))


def _number(value: float) -> str:
    return f"{value:.3f}"
