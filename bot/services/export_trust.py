"""How far what the bot judged in a session may be relied on, as exports write it. Pure.

No sentence is written here: words come in as `labels`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.coaching.families import FAMILIES, NATURE, OBJECTION, SCORE, TECHNIQUE, family_of_rule
from bot.services.transcripts import Transcript, TranscriptTurn
from bot.services.trust import Trust, Trusts

TRUST_KEYS: Final[tuple[str, ...]] = ("agreement", "practice_only", f"family.{SCORE}")
"""The keys that `labels` may hold besides the names of families and rules."""

Labels = Mapping[str, str]


def judged_in(turn: TranscriptTurn) -> tuple[str, ...]:
    """Return the families in which the bot judged a turn: of a reply those whose lines it showed."""
    assessments = [one for one in map(_assessment, turn.practice) if one]
    if assessments:
        found = {family for one in assessments for family in _families(one)}
        return tuple(family for family in FAMILIES if family in found)
    objections = (turn.reading or {}).get("objections") or ()
    if not objections:
        return ()
    return (OBJECTION, NATURE) if any(item.get("nature") for item in objections) else (OBJECTION,)


def told_about(turn: TranscriptTurn, transcript: Transcript, trusts: Trusts) -> tuple[Trust, ...]:
    """Return how far what the bot judged of a turn may be relied on."""
    lang = turn.lang or transcript.session.lang
    return tuple(trusts.of(family, lang) for family in judged_in(turn))


def told_about_session(transcript: Transcript, trusts: Trusts) -> tuple[Trust, ...]:
    """Return how far what the bot judged in a session may be relied on, each judgment once a language."""
    found = {
        (one.family, one.lang): one
        for turn in transcript.turns
        for one in told_about(turn, transcript, trusts)
    }
    return tuple(sorted(found.values(), key=lambda one: (one.lang, list(FAMILIES).index(one.family))))


def doubtful(told: tuple[Trust, ...]) -> list[str]:
    """Return the families that are for practice only."""
    return [one.family for one in told if one.practice_only]


def trust_line(transcript: Transcript, trusts: Trusts) -> Iterator[dict[str, Any]]:
    """Yield the line of JSON that tells it for a session; nothing where nothing was judged."""
    told = told_about_session(transcript, trusts)
    if told:
        session = transcript.session
        yield {
            "session": session.public_id,
            "name": session.name,
            "channel": session.channel,
            "side": "agreement",
            "judgments": judgments(told),
        }


def judgments(told: tuple[Trust, ...]) -> list[dict[str, Any]]:
    """Return it as plain JSON values."""
    return [{"family": one.family, "lang": one.lang, **one.to_json()} for one in told]


def trust_cells(told: tuple[Trust, ...], labels: Labels) -> dict[str, str]:
    """Return it as cells of a table: each kappa with its interval, and what is for practice only."""
    return {
        "agreement": "; ".join(f"{family_name(one.family, labels)} {figures(one)}" for one in told),
        "practice_only": "; ".join(family_name(family, labels) for family in doubtful(told)),
    }


def figures(one: Trust) -> str:
    """Return kappa, its interval and the number of messages rated, in no language."""
    bot = one.bot
    if bot.kappa is None:
        return f"κ ? (n={bot.items})"
    inside = "" if bot.low is None or bot.high is None else f"{bot.low:.2f}…{bot.high:.2f}, "
    return f"κ {bot.kappa:.2f} ({inside}n={bot.items})"


def family_name(family: str, labels: Labels) -> str:
    """Return what a family is called."""
    kind = "family" if family in (OBJECTION, NATURE, TECHNIQUE, SCORE) else "rule"
    return labels.get(f"{kind}.{family}") or family


def _assessment(one: Mapping[str, Any]) -> Mapping[str, Any] | None:
    held = one.get("assessment") if one["what"] == "reply" else None
    if one["what"] == "drill_answer":
        held = (one.get("data") or {}).get("assessment")
    return held if isinstance(held, Mapping) else None


def _families(assessment: Mapping[str, Any]) -> set[str]:
    rules = [str(item["rule"]) for item in assessment.get("evidence") or ()]
    shown = [*(assessment.get("lscpa") or ()), *(assessment.get("violations") or ()), *rules]
    return {SCORE, TECHNIQUE, *filter(None, map(family_of_rule, shown))}
