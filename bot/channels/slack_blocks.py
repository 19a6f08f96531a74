"""The bot's lines as Slack messages: Block Kit within Slack's limits, with the words as text.  Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.channels import slack_cards_advice as advice
from bot.channels import slack_cards_drill as drill
from bot.channels import slack_cards_talk as talk
from bot.channels.slack_cards_homework import assignments
from bot.channels.slack_cards_score import score_card
from bot.channels.slack_kit import (
    MAX_BLOCKS,
    MAX_BLOCKS_TEXT,
    MAX_SECTION,
    Element,
    finish,
    pieces,
    row,
    size,
    words_of,
)
from bot.channels.slack_lines import Line, Tongue, read_line
from bot.channels.slack_text import mrkdwn
from bot.content.phrases import Phrases

Message = dict[str, Any]
"""What `chat.postMessage` takes: `text` (for notifications and screen readers) and `blocks`."""

CARDS: Final[Mapping[str, Callable[[Line], list[Element]]]] = {
    "text": advice.text,
    "notice": advice.text,
    "sorted": advice.sorted_types,
    "nature": advice.nature,
    "script": advice.script,
    "telephone": advice.telephone,
    "ask_type": advice.ask_type,
    "correction": advice.correction,
    "products": advice.products,
    "scenarios": talk.scenarios,
    "brief": talk.brief,
    "customer": talk.customer,
    "feedback": talk.feedback,
    "tries": talk.tries,
    "hint": talk.hint,
    "demonstration": talk.demonstration,
    "score_card": score_card,
    "drill_question": drill.question,
    "drill_result": drill.result,
    "drill_end": drill.end,
    "progress": drill.progress,
    "assignments": assignments,
}
"""How each kind of line is drawn; any other is shown as its text with its buttons."""


@dataclass(frozen=True)
class _Drawn:
    """A line's blocks, and the line's own words."""

    blocks: list[Element]
    text: str


def tongues(phrases: Mapping[str, Phrases]) -> dict[str, Tongue]:
    """Return the words of the cards in each language, of `load_slack_phrases`."""
    return {lang: Tongue(words, lang) for lang, words in phrases.items()}


def render(
    lines: Sequence[Mapping[str, Any]], words: Mapping[str, Tongue], lang: str, aside: str = ""
) -> list[Message]:
    """Return the messages that show what the bot said in one turn, in their order.

    Args:
        lines: as the channel writes them (`messages.to_line`).
        lang: the language of a line that does not say which it is in.
        aside: the conversation beside the person's talks in which it was said; empty for the talk.
    """
    return [message for message in _packed(draw(lines, words, lang), aside) if message["blocks"]]


def draw(lines: Sequence[Mapping[str, Any]], words: Mapping[str, Tongue], lang: str) -> list[_Drawn]:
    """Return each line's blocks; what can be clicked in several of them is drawn in the last."""
    read = [read_line(line, words, lang) for line in lines]
    scripts = [line for line in read if line.kind == "script"]
    many = len(scripts) > 1
    drawn = []
    for n, line in enumerate(read):
        later = {one["payload"] for after in read[n + 1 :] for one in after.buttons}
        line = replace(line, buttons=line.without(later))
        card = CARDS.get(line.kind, advice.text)
        blocks = advice.script_of_many(line) if many and line.kind == "script" else card(line)
        if many and n == len(read) - 1:
            blocks = [*blocks, *row(advice.methods(scripts))]
        drawn.append(_Drawn(blocks, line.text))
    return drawn


def _packed(drawn: Iterable[_Drawn], aside: str) -> Iterator[Message]:
    """Put lines together into as few messages as the limits allow; a line is split only if it must be."""
    blocks: list[Element] = []
    said: list[str] = []
    for one in drawn:
        if blocks and not _fit([*blocks, *one.blocks]):
            yield _message(blocks, said, aside)
            blocks, said = [], []
        said.append(one.text)
        for block in one.blocks:
            if blocks and not _fit([*blocks, block]):
                yield _message(blocks, said, aside)
                blocks = []
            blocks.append(block)
    yield _message(blocks, said, aside)


def _fit(blocks: Sequence[Element]) -> bool:
    return (
        len(blocks) <= MAX_BLOCKS
        and sum(size(text) for block in blocks for text in words_of(block)) <= MAX_BLOCKS_TEXT
    )


def _message(blocks: Iterable[Element], said: Iterable[str], aside: str) -> Message:
    finished = finish(blocks, aside)
    text = mrkdwn("\n".join(text for text in said if text.strip()))
    shown = pieces(text, MAX_SECTION) or [text for block in finished for text in words_of(block)]
    return {"text": next((text for text in shown if text.strip()), "…"), "blocks": finished}
