"""Statements are as xAPI 1.0.3 wants them (the rules of its parts 2 and 3 that can be checked by form)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from bot.coaching.agreement import Agreement
from bot.coaching.review import Event, fold
from bot.services.transcripts import SessionSummary, Transcript, TranscriptTalk, TranscriptTurn
from bot.services.trust import Trust, Trusts, untold
from bot.services.xapi import statements, write_statements

NOW = datetime(2026, 11, 22, 9, 30, 15, tzinfo=timezone.utc)
IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
DURATION = re.compile(r"PT\d+(\.\d{1,2})?S")
STATEMENT = {"id", "actor", "verb", "object", "result", "context", "timestamp", "version"}
RESULT = {"score", "success", "completion", "response", "duration", "extensions"}
CONTEXT = {"registration", "contextActivities", "platform", "language", "extensions"}

ASSESSMENT = {
    "technique": "inquiry",
    "technique_confidence": 0.9,
    "lscpa": ["listen", "clarify"],
    "violations": [],
    "evidence": [],
    "score": 72,
    "rubric": "1",
}
REPLY = {
    "what": "reply", "talk": 3, "talk_turn": 9, "scenario": "alarm_loud", "number": 1, "attempt": 2,
    "superseded": False, "type": "product", "line": "好吧", "assessment": ASSESSMENT, "final_score": 90,
    "course": {"answered": "太吵了"}, "appeals": [],
}  # fmt: skip
DRILLED = {
    "what": "drill_answer", "drill": 1, "type": "price", "method": "inquiry", "kind": "type",
    "asked": "太贵了", "given": "price", "correct": True, "score": None, "data": {},
}  # fmt: skip
EVENTS = (
    Event(1, "score", {"talk": 3, "score": 91, "was": 72, "after": 9, "reason": "好"}, 7, NOW),
    Event(
        2, "appeal",
        {"appeal": 1, "talk": 3, "talk_turn": 9, "turn": 2, "rule": "clarify", "verdict": "upheld",
         "points": 20, "reason": "对"},
        7, NOW,
    ),
    Event(3, "comment", {"text": "很好", "told": True}, 7, NOW, turn=2),
    Event(4, "comment", {"text": "among us", "told": False}, 7, NOW, turn=2),
    Event(5, "comment", {"text": "继续", "told": True}, 7, NOW),
)  # fmt: skip


def turn(number: int, text: str = "太贵了", **changes: Any) -> TranscriptTurn:
    values: dict[str, Any] = {
        "number": number, "message_id": f"m{number}", "kind": "text", "text": text, "state": "answered",
        "received_at": NOW + timedelta(minutes=number), "answered_at": NOW, "lang": "zh",
        "product": "alarm", "reading": {"objections": [{"type": "price"}]}, "command": None, "replies": (),
        "click": None, "corrections": (),
    }  # fmt: skip
    return TranscriptTurn(**{**values, **changes})


def session(name: str = "王小明", text: str = "太贵了", public_id: str = "s1") -> Transcript:
    summary = SessionSummary(public_id, name, "web", "zh", "alarm", NOW, NOW, 3, trainee_id=12)
    turns = (turn(1, text), turn(2, text, practice=(REPLY,)), turn(3, text, practice=(DRILLED,)))
    talk = TranscriptTalk(3, "alarm_loud", "ended", "agreed", 72, 91, NOW, NOW + timedelta(seconds=95))
    return Transcript(summary, turns, (talk,), fold(EVENTS), {7: "梅老师"})


def check(statement: dict[str, Any]) -> None:
    """Check one statement against the rules."""
    assert statement.keys() <= STATEMENT and STATEMENT - {"result"} <= statement.keys()
    assert UUID(statement["id"]) and statement["version"] == "1.0.3"
    assert datetime.fromisoformat(statement["timestamp"]).tzinfo is not None
    actor = statement["actor"]
    assert actor["objectType"] == "Agent" and actor.keys() <= {"objectType", "name", "account"}
    assert actor["account"].keys() == {"homePage", "name"} and actor["account"]["name"]
    assert IRI.fullmatch(actor["account"]["homePage"])
    assert IRI.fullmatch(statement["verb"]["id"])
    assert all(LANGUAGE.fullmatch(tag) for tag in statement["verb"]["display"])
    about = statement["object"]
    if about["objectType"] == "StatementRef":
        assert about.keys() == {"objectType", "id"} and UUID(about["id"])
        assert not {"platform", "revision"} & statement["context"].keys()
    else:
        check_activity(about)
    if "result" in statement:
        check_result(statement["result"])
    context = statement["context"]
    assert context.keys() <= CONTEXT and UUID(context["registration"])
    assert LANGUAGE.fullmatch(context["language"]) and all(map(IRI.fullmatch, context["extensions"]))
    assert context["contextActivities"].keys() <= {"parent", "grouping", "category", "other"}
    for activities in context["contextActivities"].values():
        for activity in activities:
            check_activity(activity)


def check_activity(activity: dict[str, Any]) -> None:
    assert activity["objectType"] == "Activity" and IRI.fullmatch(activity["id"])
    definition = activity["definition"]
    assert definition.keys() <= {"type", "name", "description", "interactionType"}
    assert IRI.fullmatch(definition["type"])
    for key in ("name", "description"):
        assert all(LANGUAGE.fullmatch(tag) and text for tag, text in definition.get(key, {}).items())
    if definition["type"].endswith("cmi.interaction"):
        assert definition["interactionType"] == "long-fill-in"


def check_result(result: dict[str, Any]) -> None:
    assert result.keys() <= RESULT and all(map(IRI.fullmatch, result.get("extensions", {})))
    if "score" in result:
        score = result["score"]
        assert -1 <= score["scaled"] <= 1 and score["min"] <= score["raw"] <= score["max"]
    for key, kind in (("success", bool), ("completion", bool), ("response", str)):
        assert isinstance(result.get(key, kind()), kind)
    assert DURATION.fullmatch(result.get("duration", "PT0S"))


def has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(has_null, value.values()))
    return any(map(has_null, value)) if isinstance(value, list) else value is None


def verbs(found: list[dict[str, Any]]) -> list[str]:
    return [statement["verb"]["id"].rsplit("/", 1)[1] for statement in found]


def test_a_session_tells_what_was_done_and_what_trainers_said_of_it() -> None:
    found = list(statements(session(), {"scenario.alarm_loud": "太吵的报警器"}))
    for statement in found:
        check(statement)
    assert verbs(found) == [
        "experienced", "asked", "answered", "answered", "completed", "scored", "responded", "commented",
        "commented",
    ]  # fmt: skip
    answered, completed = found[2], found[4]
    assert answered["result"]["score"] == {"scaled": 0.72, "raw": 72, "min": 0, "max": 100}
    assert answered["object"]["definition"]["description"] == {"zh-CN": "太吵了"}
    assert answered["object"]["definition"]["name"] == {"zh-CN": "太吵的报警器"}
    assert completed["result"]["score"]["raw"] == 72 and completed["result"]["success"] is True
    assert completed["result"]["duration"] == "PT95.00S"
    scored = found[5]
    assert scored["object"]["id"] == completed["id"] and scored["result"]["score"]["raw"] == 91
    assert scored["actor"]["name"] == "梅老师"
    assert found[6]["object"]["id"] == found[7]["object"]["id"] == answered["id"]
    assert found[8]["object"] == found[0]["object"]
    assert "among us" not in json.dumps(found)


def test_every_reference_is_to_a_statement_of_the_same_export() -> None:
    found = list(statements(session(), {}))
    ids = [statement["id"] for statement in found]
    assert len(set(ids)) == len(ids)
    referred = {s["object"]["id"] for s in found if s["object"]["objectType"] == "StatementRef"}
    assert referred <= set(ids)


def test_the_same_session_gives_the_same_statements_whatever_is_said_later() -> None:
    now = {s["id"]: s for s in statements(session(), {})}
    before = {s["id"]: s for s in statements(replace(session(), review=fold(())), {})}
    assert before.items() <= now.items()


def test_installations_do_not_mix_up_their_people() -> None:
    one, other = (
        next(statements(session(), {}, home)) for home in ("https://a.invalid/", "https://b.invalid/")
    )
    assert one["actor"] != other["actor"]


@given(text=st.text(), name=st.text(), public_id=st.text(min_size=1))
def test_whatever_was_typed_the_statements_are_valid(text: str, name: str, public_id: str) -> None:
    written = write_statements(session(name, text, public_id), {})
    found = json.loads(written)
    for statement in found:
        check(statement)
        assert not has_null(statement)


def rated(kappa: float | None) -> Trusts:
    told = Agreement(40, 0.8, kappa, kappa and kappa - 0.1, kappa and kappa + 0.1)
    return Trusts({**untold().by, ("score", "zh"): Trust("score", "zh", told.verdict(0.6), told, told, 0.6)})


def test_the_dojo_says_how_far_its_scores_are_reliable_in_a_statement_of_its_own() -> None:
    before, weak, again, unsure = (
        list(statements(session(), {}, trusts=trusts))
        for trusts in (untold(), rated(0.4), rated(0.4), rated(None))
    )
    assert weak[:-1] == before == unsure[:-1] and weak == again
    last = weak[-1]
    assert last["actor"]["account"]["name"] == "dojo" and last["object"] == weak[0]["object"]
    (told,) = last["result"]["extensions"]["urn:objection-dojo:agreement"]
    assert (told["family"], told["lang"], told["kappa"], told["ratings"]) == ("score", "zh", 0.4, 40)
    assert last["result"]["extensions"]["urn:objection-dojo:practice-only"] == ["score:zh"]
    assert unsure[-1]["id"] != last["id"]
    for statement in (last, unsure[-1]):
        check(statement)
        assert not has_null(statement)
