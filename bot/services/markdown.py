"""Putting text that somebody typed into Markdown so that it reads as typed and marks nothing up. Pure."""

from __future__ import annotations

import re
from typing import Final

# Control characters (a terminal obeys some of them) and those that turn the direction of text around.
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LINE_END: Final = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")
_MARKUP: Final = re.compile(r"[\\`*_\[\]|~#$!]")
_LEADING_BLANKS: Final = re.compile(r"^[ \t]+")
_LEADING_MARK: Final = re.compile(r"^([-+=:])")
_LEADING_NUMBER: Final = re.compile(r"^([0-9]+)([.)])")
_BARE_LINK: Final = re.compile(r"(?i)(://|www\.|@)")
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def printable(text: str) -> str:
    """Replace characters that would act instead of showing; line ends and tabs stay."""
    return _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def escape_inline(text: str) -> str:
    """Return text for one line of Markdown."""
    return _escape_line(_LINE_END.sub(" ", text))


def quote(text: str) -> str:
    """Return text of any number of lines as a Markdown quotation."""
    lines = [_escape_line(line) for line in _LINE_END.split(text)]
    out = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        broken = line + "\\" if line and following else line
        out.append(f"> {broken}".rstrip())
    return "\n".join(out)


def _escape_line(line: str) -> str:
    line = printable(line)
    line = "".join(_ENTITIES.get(character, character) for character in line)
    line = _MARKUP.sub(lambda match: "\\" + match[0], line)
    line = _BARE_LINK.sub(_entity_of_last, line)
    blanks = _LEADING_BLANKS.match(line)
    indent = "&nbsp;" * len(blanks[0]) if blanks else ""
    line = line[len(blanks[0]) :] if blanks else line
    line = _LEADING_MARK.sub(r"\\\1", line)
    return indent + _LEADING_NUMBER.sub(r"\1\\\2", line)


def _entity_of_last(match: re.Match[str]) -> str:
    """Write one sign of `://`, `www.` or `@` as an entity: it shows the same and links nowhere."""
    found = match[0]
    sign = ":" if found == "://" else found[-1]
    return found.replace(sign, f"&#{ord(sign)};", 1)
