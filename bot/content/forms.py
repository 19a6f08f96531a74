"""The forms that a text must have: what is said aloud, what a trainee reads, what is a template."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Final

from bot.coaching.wording import INLINE_SLOTS, SLOT

Finding = tuple[str, dict[str, str]]
"""The code of a fault and its details."""

Form = Callable[[str, str], Iterator[Finding]]
"""Takes a text and its language, yields what is wrong with it."""

HAN: Final = r"\u3400-\u9fff"
_CHINESE: Final = re.compile(rf"[{HAN}\u3000-\u303f\uff00-\uffef]")
_LEFTOVER: Final = re.compile(
    r"\b(?:TODO|FIXME|TBD|XXX+|lorem ipsum)\b|待补|待定稿|此处填|[{}<>\[\]_]|\*\*|\?\?\?", re.IGNORECASE
)
_HALF_WIDTH: Final = re.compile(rf"[{HAN}][,;:?!.(\"']|[,;:?!)\"'][{HAN}]")
_SPACES: Final = {
    "zh": re.compile(rf"^\s|\s$|[{HAN}，。！？；：、]\s|\s[{HAN}，。！？；：、]|\s\s|\n"),
    "en": re.compile(r"^\s|\s$|\s\s|\n|\s[,.;:!?](?!\d)|[,;!?][A-Za-z]|[a-z]{2}\.[A-Z]"),
}
_DOUBLED: Final = {
    "zh": re.compile(r"[，。！？；：、,.;:!?]{2,}|[，。！？；：、][”’」][，。！？；：、]"),
    "en": re.compile(r"(?<!\.)\.\.(?!\.)|\.{4,}|[,;:!?][,.;:!?]+|\.[,;:!?]|[.!?][\"”’][.,;:]"),
}
_ENDS: Final = {"zh": re.compile(r"[。！？][”’」』）]?$"), "en": re.compile(r"[.!?][\"”’)]?$")}
_END_NAMES: Final = {"zh": "。！？", "en": ". ! ?"}
_CAPITAL: Final = re.compile(r"^[\"“‘'(]?[A-Z0-9]")
_CONNECTIVES: Final = {
    "zh": re.compile(r"^(但是|但|不过|所以|因此|而且|然而|可是|那么|另外|还有|于是|并且|此外|其次)"),
    "en": re.compile(
        r"^(However|But|And|So|Therefore|Also|Besides|Yet|Moreover|Then|Hence|Thus|Plus|Or)\b(?! what\b)"
    ),
}
_GREETINGS: Final = {
    "zh": re.compile(r"^(您好|你好|早上好|下午好|晚上好|嗨|哈喽)"),
    "en": re.compile(r"^(Hello|Hi|Hey|Good (?:morning|afternoon|evening))\b"),
}
_LEADS: Final = {
    "zh": re.compile(r"^(还有|另外|再就是|再说|第[二三四]|下一|最后|那再|对了)"),
    "en": re.compile(
        r"^(One more|One last|Another|Next|Second|Then there|There(?:'s| is) (?:also|one|another)"
        r"|Also|And|But|Besides|Finally|Lastly)\b"
    ),
}
_BROCHURE: Final = {
    "zh": re.compile(r"赋能|一站式|极致|尊享|打造|全方位|保驾护航|抓手|闭环|痛点|颠覆|匠心|臻|引领"),
    "en": re.compile(
        r"\b(?:seamless\w*|cutting[- ]edge|world[- ]class|state[- ]of[- ]the[- ]art|leverag\w+|synerg\w+"
        r"|empower\w*|game[- ]chang\w+|revolutionary|best[- ]in[- ]class|unparalleled|one[- ]stop)\b",
        re.IGNORECASE,
    ),
}
_CONDITION: Final = {
    "zh": re.compile(r"如果|要是|假如|假设|倘若|万一"),
    "en": re.compile(r"\b(?:if|suppose|supposing|say|imagine|what if)\b", re.IGNORECASE),
}
_CONDITION_NAMES: Final = {"zh": "如果、要是、假如", "en": "if, suppose, say"}
_TURN: Final = {
    "zh": re.compile(r"正因为|就是因为|正是因为|就因为|正是为了|恰恰因为"),
    "en": re.compile(
        r"\b(?:exactly|precisely|just) (?:why|the reason|because)\b|\bthe very reason\b", re.IGNORECASE
    ),
}
_TURN_NAMES: Final = {"zh": "正因为、就是因为", "en": "exactly why, the very reason"}
_WORDS_IN_SLOT: Final = {"zh": "三年", "en": "Three years"}
_QUESTION: Final = re.compile(r"[？?]")
_PAIRS: Final = (("“", "”"), ("「", "」"), ("（", "）"), ("(", ")"), ('"', '"'))
_BEFORE_SLOT: Final = {
    "zh": re.compile(r"(?:^|[。！？：][”’」』]?|\})$"),
    "en": re.compile(r"(?:^|[.!?:][\"”’]?|\})$"),
}
_AFTER_SLOT: Final = {
    "zh": re.compile(rf"^(?:$|\{{|[“「]?[{HAN}A-Z0-9])"),
    "en": re.compile(r"^(?:$|\{|[\"“]?[A-Z0-9])"),
}


def label(text: str, lang: str) -> Iterator[Finding]:
    """Check a name or phrase: the right script, nothing unfinished, no stray spaces or marks."""
    if found := _LEFTOVER.search(text):
        yield "leftover", {"found": found[0]}
    yield from _script(text, lang)
    yield from _marks(text, lang)


def alias(text: str, lang: str) -> Iterator[Finding]:
    """Check a word that customers use; in Chinese it may be a Latin brand name."""
    if found := _LEFTOVER.search(text):
        yield "leftover", {"found": found[0]}
    if lang == "en":
        yield from _script(text, lang)
    yield from _marks(text, lang)


def line(text: str, lang: str) -> Iterator[Finding]:
    """Check what somebody in a role-play says, in whole sentences."""
    yield from label(text, lang)
    yield from _ends(text, lang)


def further(text: str, lang: str) -> Iterator[Finding]:
    """Check how a customer says their next point, right after a line that there is one."""
    yield from line(text, lang)
    if found := _LEADS[lang].search(text):
        yield "lead_in", {"found": found[0]}


def reaction(slot: str) -> Form:
    """Return the check of a customer's reaction, with its slot where there is one."""

    def check(text: str, lang: str) -> Iterator[Finding]:
        if slot and text.count("{" + slot + "}") != 1:
            yield "slot_missing", {"name": slot}
        yield from line(text.replace("{" + slot + "}", _WORDS_IN_SLOT[lang]) if slot else text, lang)

    return check


def sentence(text: str, lang: str) -> Iterator[Finding]:
    """Check whole sentences that a trainee reads or a seller says."""
    yield from label(text, lang)
    yield from _ends(text, lang)
    if found := _BROCHURE[lang].search(text):
        yield "brochure", {"found": found[0]}


def spoken(text: str, lang: str) -> Iterator[Finding]:
    """Check one or two sentences that stand alone, wherever in a line they are said."""
    yield from sentence(text, lang)
    if found := _CONNECTIVES[lang].search(text):
        yield "connective", {"found": found[0]}
    if found := _GREETINGS[lang].search(text):
        yield "greeting", {"found": found[0]}


def statement(text: str, lang: str) -> Iterator[Finding]:
    """Check spoken sentences that ask nothing."""
    yield from spoken(text, lang)
    if _QUESTION.search(text):
        yield "question", {}


def question(text: str, lang: str) -> Iterator[Finding]:
    """Check spoken words that ask exactly one question and end with it."""
    yield from spoken(text, lang)
    if len(_QUESTION.findall(text)) != 1 or not _QUESTION.search(text[-2:]):
        yield "not_one_question", {}


def condition(text: str, lang: str) -> Iterator[Finding]:
    """Check spoken sentences that put another view as a condition."""
    yield from statement(text, lang)
    if not _CONDITION[lang].search(text):
        yield "not_condition", {"expected": _CONDITION_NAMES[lang]}


def turned(text: str, lang: str) -> Iterator[Finding]:
    """Check spoken sentences that turn the objection into the reason."""
    yield from statement(text, lang)
    if not _TURN[lang].search(text):
        yield "not_turned", {"expected": _TURN_NAMES[lang]}


def asks(text: str) -> bool:
    """Tell whether a text holds a question mark."""
    return bool(_QUESTION.search(text))


def template(allowed: Collection[str]) -> Form:
    """Return the form of a spoken line with slots for a product's sentences."""

    def check(text: str, lang: str) -> Iterator[Finding]:
        known = {"known": ", ".join("{" + name + "}" for name in sorted(allowed))}
        for name in SLOT.findall(text):
            if name not in allowed:
                yield "slot_unknown", {"name": name, **known}
        own_words = SLOT.sub("", text)
        if found := _LEFTOVER.search(own_words):
            yield "leftover", {"found": found[0]}
        if own_words.strip():
            yield from _script(own_words, lang)
        stand_in = {"zh": "词", "en": "word"}[lang]
        yield from _marks(SLOT.sub(lambda slot: _example(slot[1], lang, stand_in), text), lang)
        if not text.rstrip().endswith("}"):
            yield from _ends(SLOT.sub("A", text), lang)
        elif lang == "en" and not text.startswith("{") and not _CAPITAL.search(text):
            yield "no_capital", {}
        if found := _BROCHURE[lang].search(text):
            yield "brochure", {"found": found[0]}
        yield from _seams(text, lang)

    return check


def _example(slot: str, lang: str, stand_in: str) -> str:
    if slot in INLINE_SLOTS and slot != "claim":
        return stand_in
    return stand_in.capitalize() + {"zh": "。", "en": "."}[lang]


def _seams(text: str, lang: str) -> Iterator[Finding]:
    for slot in SLOT.finditer(text):
        if slot[1] in INLINE_SLOTS:
            continue
        before = _BEFORE_SLOT[lang].search(text[: slot.start()].rstrip())
        after = _AFTER_SLOT[lang].search(text[slot.end() :].lstrip())
        if not before or not after:
            yield "slot_seam", {"name": slot[1]}


def _script(text: str, lang: str) -> Iterator[Finding]:
    if lang == "en" and (found := _CHINESE.search(text)):
        yield "chinese_in_en", {"found": found[0]}
    if lang == "zh" and not re.search(rf"[{HAN}]", text):
        yield "no_chinese_in_zh", {}


def _marks(text: str, lang: str) -> Iterator[Finding]:
    if found := _DOUBLED[lang].search(text):
        yield "doubled", {"found": found[0]}
    if found := _SPACES[lang].search(text):
        yield "spacing", {"found": text[max(0, found.start() - 4) : found.end() + 4].strip()}
    for opening, closing in _PAIRS:
        if text.count(opening) != text.count(closing) or (opening == closing and text.count(opening) % 2):
            yield "unpaired", {"found": f"{opening} {closing}"}
    if lang == "zh" and (found := _HALF_WIDTH.search(text)):
        yield "half_width", {"found": found[0]}


def _ends(text: str, lang: str) -> Iterator[Finding]:
    if not _ENDS[lang].search(text):
        yield "no_end", {"expected": _END_NAMES[lang]}
    if lang == "en" and not _CAPITAL.search(text):
        yield "no_capital", {}
