"""Text that comes from Slack and goes there: plain words for the pipeline, mrkdwn for people.  Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.channels.messages import clean

EMOJI: Final[Mapping[str, str]] = {
    "+1": "👍",
    "thumbsup": "👍",
    "-1": "👎",
    "thumbsdown": "👎",
    "smile": "😄",
    "smiley": "😃",
    "grin": "😁",
    "grinning": "😀",
    "joy": "😂",
    "laughing": "😆",
    "rolling_on_the_floor_laughing": "🤣",
    "slightly_smiling_face": "🙂",
    "wink": "😉",
    "blush": "😊",
    "thinking_face": "🤔",
    "neutral_face": "😐",
    "unamused": "😒",
    "disappointed": "😞",
    "sweat_smile": "😅",
    "cry": "😢",
    "sob": "😭",
    "angry": "😠",
    "rage": "😡",
    "pray": "🙏",
    "ok_hand": "👌",
    "clap": "👏",
    "wave": "👋",
    "raised_hands": "🙌",
    "muscle": "💪",
    "fire": "🔥",
    "tada": "🎉",
    "heart": "❤️",
    "moneybag": "💰",
    "money_with_wings": "💸",
    "eyes": "👀",
    "question": "❓",
    "exclamation": "❗",
    "white_check_mark": "✅",
    "x": "❌",
}
"""What the commonest codes stand for; any other code is dropped: it is no word."""

_REFERENCE: Final = re.compile(r"<([^<>\n]*)>")
_MENTION_OF: Final = r"^\s*<@{}(?:\|[^<>\n]*)?>[\s,，:：]*"
_ENTITY: Final = re.compile("&(amp|lt|gt);")
_ENTITIES: Final = {"amp": "&", "lt": "<", "gt": ">"}
_CODE: Final = re.compile(r"(?<![A-Za-z0-9]):([a-z0-9_+'-]*[a-z+-][a-z0-9_+'-]*|-1):(?![A-Za-z0-9])")
_MARKS: Final = tuple(
    re.compile(rf"(?<![\w{mark}]){mark}(?=[^\s{mark}])([^{mark}\n]*[^\s{mark}]){mark}(?![\w{mark}])")
    for mark in (r"\*", "_", "~", "`")
)
_FENCE: Final = re.compile(r"```")
_QUOTED: Final = re.compile(r"^[ \t]*>[> \t]*", re.MULTILINE)
_BLANKS: Final = re.compile(r"[ \t\u00a0\u2000-\u200b]+")
_LEADING: Final = re.compile(r"^[\s/]+")

_BOLD: Final = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_LINK: Final = re.compile(r"\[([^\[\]\n|]+)\]\((https?://[^\s()<>|]+)\)")
_HEADING: Final = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
_BULLET: Final = re.compile(r"^- +", re.MULTILINE)


def plain(text: str, bot: str = "") -> str:
    """Return what a person wrote in Slack as the words they meant.

    Mentions, links, entities, emoji codes and formatting marks are resolved or dropped; leading slashes go,
    so that typed text is never taken for a command.

    Args:
        bot: the bot's own user id, whose mention at the beginning is dropped.
    """
    if bot:
        text = re.sub(_MENTION_OF.format(re.escape(bot)), "", text)
    text = _FENCE.sub("\n", _ENTITY.sub(lambda entity: _ENTITIES[entity[1]], _REFERENCE.sub(_resolve, text)))
    text = _CODE.sub(lambda code: EMOJI.get(code[1], " "), text)
    for mark in _MARKS:
        text = mark.sub(r"\1", text)
    text = _BLANKS.sub(" ", _QUOTED.sub("", clean(text)))
    lines = (line.strip() for line in text.splitlines())
    return _LEADING.sub("", "\n".join(line for line in lines if line))


def escape(text: str) -> str:
    """Return a text as mrkdwn that shows it: nothing in it is a mention, a link or a call to everybody."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mrkdwn(text: str) -> str:
    """Return a text of ours, which may use a little Markdown (bold, links, headings, bullets), as mrkdwn."""
    text = _HEADING.sub(r"*\1*", _BULLET.sub("• ", escape(text)))
    return _LINK.sub(r"<\2|\1>", _BOLD.sub(r"*\1*", text))


def _resolve(reference: re.Match[str]) -> str:
    """Return the words of one `<...>`: its label, else an address; nothing for what only has an id."""
    target, bar, label = reference[1].partition("|")
    if target.startswith("!"):
        return label if target.startswith(("!date", "!subteam")) else ""
    if target.startswith(("@", "#")):
        return f"{target[0]}{label}" if label else ""
    if bar and label:
        return label
    return target.removeprefix("mailto:").removeprefix("tel:")
