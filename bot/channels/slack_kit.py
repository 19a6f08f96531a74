"""Pieces of Block Kit within Slack's limits: sections, quotes, buttons, menus.  Pure.

Texts are mrkdwn (escaped already, see `slack_text`) unless a docstring says plain.  Elements that answer a
click get their `action_id` at the end, from `finish`: it begins with what the click is for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from bot.channels.slack_text import clean

Element = dict[str, Any]
"""A block of a message, or an element of a block, as Slack's API takes it."""

SAY: Final = "say"
"""The element carries a command for the dojo as its value."""

ASK: Final = "ask"
"""The element opens a form; its value says which."""

SIFT: Final = "sift"
"""The element is a filter of a form that is open."""

WISH: Final = "wish"
"""The element's value is a wish of the person's (`lang=zh`)."""

MAX_BLOCKS: Final = 50
MAX_SECTION: Final = 3_000
MAX_HEADER: Final = 150
MAX_LABEL: Final = 75
MAX_VALUE: Final = 2_000
MAX_OPTION_VALUE: Final = 150
MAX_OPTIONS: Final = 100
MAX_ELEMENTS: Final = 25
MAX_OVERFLOW: Final = 5
MAX_CONTEXT: Final = 2_000
MAX_BLOCKS_TEXT: Final = 12_000
"""Slack's limits; lengths are counted as Slack does, in UTF-16 units.  The last is for a whole message."""

ROW: Final = 5
"""More buttons than this become a menu."""

QUOTE: Final = "> "

_END: Final = re.compile(r"[。！？；]+[”’」』）]*|[.!?]+[\"'”’)]*\s+")
_ATOM: Final = re.compile(r"&(?:amp|lt|gt);|<[^<>\n]*>|.", re.DOTALL)


def size(text: str) -> int:
    """Return a text's length as Slack counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """Return a plain text on one line, cut with an ellipsis where it is longer than the limit."""
    text = " ".join(clean(text).split())
    if size(text) <= limit:
        return text
    kept = text[: limit - 1]
    while size(kept) > limit - 1:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def pieces(text: str, limit: int) -> list[str]:
    """Split a text into pieces within the limit: between lines, else at ends of sentences, else at blanks.

    An escaped character and a link are never split, and what continues a quotation is one too.
    """
    done: list[str] = []
    held = ""
    for line in text.splitlines():
        mark = QUOTE if line.startswith(QUOTE) else ""
        for part in _parts(line[len(mark) :], limit - len(mark)):
            if held and size(held) + 1 + size(mark + part) > limit:
                done.append(held)
                held = ""
            held = f"{held}\n{mark}{part}" if held else mark + part
    return [piece for piece in (one.strip() for one in (*done, held)) if piece]


def section(text: str, accessory: Element | None = None) -> list[Element]:
    """Return sections for a text; the accessory stands beside the first."""
    shown = [{"type": "section", "text": _marked(piece)} for piece in pieces(text, MAX_SECTION)]
    if shown and accessory is not None:
        shown[0]["accessory"] = accessory
    return shown


def quote(text: str) -> str:
    """Return a text as a quotation."""
    return "\n".join(QUOTE + line.strip() for line in text.splitlines() if line.strip())


def header(text: str) -> list[Element]:
    """Return a heading; the text is plain."""
    shown = cut(text, MAX_HEADER)
    return [{"type": "header", "text": plain_text(shown)}] if shown else []


def context(*texts: str) -> list[Element]:
    """Return small print, a block for every five pieces of text."""
    shown = [piece for text in texts for piece in pieces(text, MAX_CONTEXT)]
    return [
        {"type": "context", "elements": [_marked(text) for text in shown[start : start + 5]]}
        for start in range(0, len(shown), 5)
    ]


def divider() -> Element:
    """Return a line across the message."""
    return {"type": "divider"}


def command(payload: str) -> str:
    """Return a command (`/intent{json}`) in as few characters as can be; other values as they are."""
    if not payload.startswith("/"):
        return payload
    intent, brace, rest = payload.partition("{")
    if not brace:
        return intent.strip()
    try:
        values = json.loads(brace + rest)
    except ValueError:
        return payload
    return intent.strip() + json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def button(title: str, value: str, *, kind: str = SAY, style: str = "") -> Element | None:
    """Return a button; None if it has no title or its value does not fit.  The title is plain."""
    title, value = cut(title, MAX_LABEL), command(value)
    if not title or not value or size(value) > MAX_VALUE:
        return None
    shown = {"type": "button", "text": plain_text(title), "value": value, "action_id": kind}
    return {**shown, "style": style} if style else shown


def option(title: str, value: str, description: str = "") -> Element | None:
    """Return an option of a menu; None if it has no title or its value does not fit.  Texts are plain."""
    title, value, description = cut(title, MAX_LABEL), command(value), cut(description, MAX_LABEL)
    if not title or not value or size(value) > MAX_OPTION_VALUE:
        return None
    shown: Element = {"text": plain_text(title), "value": value}
    return {**shown, "description": plain_text(description)} if description else shown


def menu(placeholder: str, options: Iterable[Element | None], *, kind: str = SAY) -> Element | None:
    """Return a menu to pick one of; None without options.  The placeholder is plain."""
    kept = _unique(options)[:MAX_OPTIONS]
    if not kept:
        return None
    return {
        "type": "static_select",
        "placeholder": plain_text(cut(placeholder, MAX_LABEL)),
        "options": kept,
        "action_id": kind,
    }


def overflow(options: Iterable[Element | None]) -> Element | None:
    """Return a menu behind three dots; None without options."""
    kept = [{"text": o["text"], "value": o["value"]} for o in _unique(options)[:MAX_OVERFLOW]]
    return {"type": "overflow", "options": kept, "action_id": SAY} if kept else None


def row(*elements: Element | None) -> list[Element]:
    """Return blocks of elements side by side; those that are None are left out."""
    kept = [element for element in elements if element is not None]
    return [
        {"type": "actions", "elements": kept[start : start + MAX_ELEMENTS]}
        for start in range(0, len(kept), MAX_ELEMENTS)
    ]


def choices(buttons: Sequence[Mapping[str, str]], placeholder: str) -> list[Element]:
    """Return a line's buttons as buttons, or as a menu where there are too many to stand side by side."""
    if len(buttons) <= ROW:
        return row(*(button(one["title"], one["payload"]) for one in buttons))
    options = [(one, option(one["title"], one["payload"])) for one in buttons]
    unfit = [button(one["title"], one["payload"]) for one, fit in options if fit is None]
    return row(menu(placeholder, (fit for _, fit in options)), *unfit)


def finish(blocks: Iterable[Element], aside: str = "") -> list[Element]:
    """Return blocks whose elements have an `action_id` each: kind, aside and number, joined by dots.

    Args:
        aside: the conversation beside the person's talks that the blocks belong to; empty for the talk.
    """
    number = 0
    done = []
    for block in blocks:
        block = dict(block)
        if "elements" in block and block["type"] == "actions":
            block["elements"] = [dict(element) for element in block["elements"]]
            elements = block["elements"]
        elif "accessory" in block:
            block["accessory"] = dict(block["accessory"])
            elements = [block["accessory"]]
        else:
            elements = []
        for element in elements:
            number += 1
            element["action_id"] = f"{element['action_id']}.{aside}.{number}"
        done.append(block)
    return done


def plain_text(text: str) -> Element:
    """Return a text that is shown as it is."""
    return {"type": "plain_text", "text": text, "emoji": True}


def words_of(node: Any) -> Iterator[str]:
    """Yield the texts that a block shows, in their order."""
    if isinstance(node, Mapping):
        if node.get("type") in ("mrkdwn", "plain_text"):
            yield str(node["text"])
        else:
            for child in node.values():
                yield from words_of(child)
    elif isinstance(node, list):
        for child in node:
            yield from words_of(child)


def _marked(text: str) -> Element:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _unique(options: Iterable[Element | None]) -> list[Element]:
    """Return the options, each value once: Slack refuses a menu that has one twice."""
    return list({option["value"]: option for option in options if option is not None}.values())


def _parts(line: str, limit: int) -> Iterator[str]:
    """Split one line into parts within the limit, as long as its sentences allow."""
    held = ""
    ends = [0, *(end.end() for end in _END.finditer(line)), len(line)]
    for sentence in (line[start:end] for start, end in zip(ends, ends[1:])):
        for part in _hard(sentence, limit):
            if size(held) + size(part) > limit:
                yield held.strip()
                held = ""
            held += part
    yield held.strip()


def _hard(sentence: str, limit: int) -> Iterator[str]:
    """Split what has no end near enough: at a blank, else anywhere but inside an escaped character."""
    if size(sentence) <= limit:
        yield sentence
        return
    start = filled = blank = 0
    for atom in _ATOM.finditer(sentence):
        wide = size(atom[0])
        if filled + wide > limit:
            end = blank if blank > start else atom.start()
            yield sentence[start:end]
            start = end
            filled = size(sentence[start : atom.start()])
        filled += wide
        blank = atom.end() if atom[0] == " " else blank
    yield sentence[start:]
