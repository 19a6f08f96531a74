"""The lines that the benchmarks train on, score and say."""

from __future__ import annotations

import itertools
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.errors import WrongArgument
from bot.coaching.scenario import Scenario
from bot.coaching.taxonomy import OBJECTION_PREFIX, TECHNIQUE_PREFIX
from bot.nlu.evaluation import Example, FaultyFile, read_examples

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NO_OBJECTION = "obj_none"
_SCORED_SHARE = 4


@dataclass(frozen=True)
class TrainingLine:
    """A line of `data/nlu` as Rasa reads it, with the metadata of its block as JSON."""

    intent: str
    metadata: str
    text: str

    @property
    def lang(self) -> str:
        """The language that its block names."""
        return str(json.loads(self.metadata).get("lang", ""))


@dataclass(frozen=True)
class Play:
    """A role-play to play: the id of its scenario, and what a seller replies in it."""

    scenario: str
    replies: tuple[str, ...]


def read_training_lines(folder: Path) -> list[TrainingLine]:
    """Return every line below a folder, in the order of the files' names."""
    lines = []
    for path in sorted(folder.glob("**/*.yml")):
        for block in yaml.load(path.read_text(encoding="utf-8"), _LOADER)["nlu"]:
            if "intent" not in block:
                continue
            metadata = json.dumps(block.get("metadata") or {}, ensure_ascii=False, sort_keys=True)
            for example in block["examples"].splitlines():
                text = example.strip().removeprefix("- ").strip()
                if text:
                    lines.append(TrainingLine(block["intent"], metadata, text))
    return lines


def balanced(lines: Sequence[TrainingLine], count: int, seed: int) -> list[TrainingLine]:
    """Return a subset that takes the intents of each language in turn, in a reproducible order.

    What is scored, objections and techniques, gets four lines for each one of talk.
    """
    piles: dict[tuple[str, str], list[TrainingLine]] = defaultdict(list)
    for line in lines:
        piles[line.intent, line.lang].append(line)
    chance = random.Random(seed)
    for key in sorted(piles):
        chance.shuffle(piles[key])
    taken: list[TrainingLine] = []
    while len(taken) < count and any(piles.values()):
        for key in sorted(piles):
            scored = key[0].startswith((OBJECTION_PREFIX, TECHNIQUE_PREFIX))
            share = _SCORED_SHARE if scored else 1
            taken += piles[key][:share]
            del piles[key][:share]
    return taken[:count]


def write_training_file(lines: Sequence[TrainingLine], path: Path) -> Path:
    """Write lines as Rasa's training data, in blocks of one intent and metadata each."""
    blocks: dict[tuple[str, str], list[str]] = defaultdict(list)
    for line in lines:
        blocks[line.intent, line.metadata].append(line.text)
    data: list[dict[str, Any]] = [
        {
            "intent": intent,
            "metadata": json.loads(metadata),
            "examples": "".join(f"- {text}\n" for text in texts),
        }
        for (intent, metadata), texts in sorted(blocks.items())
    ]
    text = yaml.safe_dump({"version": "3.1", "nlu": data}, allow_unicode=True, width=10_000)
    path.write_text(text, encoding="utf-8")
    return path


def read_held_out(path: Path, task: str, most: int | None, seed: int) -> list[Example]:
    """Return the labelled lines of a file; with a limit, a reproducible choice of them."""
    try:
        examples = read_examples(path.read_bytes(), task)
    except OSError as error:
        raise WrongArgument("file", file=path.name, reason=error.strerror) from error
    except FaultyFile as error:
        raise WrongArgument("line", file=path.name, line=error.fault.line, reason=error.fault.code) from error
    if most is None or most >= len(examples):
        return examples
    chosen = random.Random(seed).sample(range(len(examples)), most)
    return [examples[place] for place in sorted(chosen)]


def customers_say(lines: Sequence[TrainingLine], seed: int) -> Iterator[str]:
    """Yield objections for ever, all of them before one comes again: the encoder remembers the last 512."""
    said = [
        line.text
        for line in lines
        if line.intent.startswith(OBJECTION_PREFIX) and line.intent != _NO_OBJECTION
    ]
    random.Random(seed).shuffle(said)
    return itertools.cycle(said)


def sellers_say(scenarios: Iterable[Scenario], lang: str, seed: int) -> Iterator[Play]:
    """Yield role-plays for ever, all scenarios before one comes again; good replies and bad ones mixed."""
    chance = random.Random(seed)
    plays = []
    for scenario in scenarios:
        replies = list(scenario.close.of(lang))
        for concern in scenario.concerns:
            replies += concern.explore.of(lang)
            replies += [answer.text.of(lang) for answer in concern.answers]
            replies += [answer.text.of(lang) for answer in concern.wrong]
        chance.shuffle(replies)
        plays.append(Play(scenario.id, tuple(replies)))
    chance.shuffle(plays)
    return itertools.cycle(plays)
