"""A session as xAPI 1.0.3 statements for a learning record store: the same session, the same ones. Pure.

What has happened never changes its statement: a trainer's score or comment is one of its own about it.
Trainers' comments among themselves are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from bot.coaching.agreement import PRACTICE_ONLY
from bot.coaching.review import Event
from bot.coaching.taxonomy import NONE
from bot.services.export_remarks import iso
from bot.services.export_trust import judgments, told_about_session
from bot.services.transcripts import Transcript, TranscriptTalk, TranscriptTurn
from bot.services.trust import Trusts, untold
from bot.storage.records import ENDED

VERSION: Final = "1.0.3"
HOME: Final = "https://objection-dojo.invalid/"
"""The home page of accounts where no installation is named; `.invalid` leads nowhere."""

_VERBS: Final = "http://adlnet.gov/expapi/verbs/"
_ACTIVITIES: Final = "http://adlnet.gov/expapi/activities/"
_URN: Final = "urn:objection-dojo"
_AGREED: Final = "agreed"

Statement = dict[str, Any]
Labels = Mapping[str, str]


def write_statements(
    transcript: Transcript, labels: Labels, home: str = HOME, trusts: Trusts | None = None
) -> str:
    """Return the statements as one JSON array, as a record store takes them."""
    told = list(statements(transcript, labels, home, trusts))
    return json.dumps(told, ensure_ascii=False, allow_nan=False) + "\n"


def statements(
    transcript: Transcript, labels: Labels, home: str = HOME, trusts: Trusts | None = None
) -> Iterator[Statement]:
    """Yield the statements of a session in the order in which things happened, then what trainers said.

    Args:
        labels: names of the scenarios and methods, by `kind.id`; an id stands for itself where it is missing.
        home: the home page that tells the people of this installation from those of others.
        trusts: how far the bot's judgment may be relied on; it comes last, as a statement of the dojo's own,
            a new one whenever it was measured anew; none where nothing was rated.
    """
    writer = _Writer(transcript, labels, home)
    yield writer.session()
    for turn in transcript.turns:
        yield from writer.turn(turn)
    for talk in transcript.talks:
        if talk.state == ENDED and talk.ended_at is not None:
            yield writer.talk(talk)
    yield from writer.remarks()
    rated = tuple(one for one in told_about_session(transcript, trusts or untold()) if one.bot.items)
    if rated:
        yield writer.agreement(judgments(rated))


class _Writer:
    """Writes the statements of one session."""

    def __init__(self, transcript: Transcript, labels: Labels, home: str) -> None:
        self._transcript, self._labels, self._home = transcript, labels, home
        session = transcript.session
        self._root = f"{_URN}:session:{_part(session.public_id)}"
        self._tags = {"zh": "zh-CN", "en": "en"}
        self._lang = self._tags.get(session.lang, "en")
        self._learner = self._agent(f"trainee-{session.trainee_id}", session.name)
        self._lesson = self._activity(self._root, "lesson", f"Objection Dojo {session.product}".strip())
        told = [turn for turn in transcript.turns if any(self.turn(turn))]
        self._turns = {turn.number: turn for turn in told}
        self._replies = {
            one["talk_turn"]: turn for turn in told for one in turn.practice if "talk_turn" in one
        }

    def session(self) -> Statement:
        """Say that the trainee practised."""
        return self._statement("session", "experienced", self._lesson, self._transcript.session.opened_at)

    def turn(self, turn: TranscriptTurn) -> Iterator[Statement]:
        """Say what was done in a turn: a line asked about, a reply in a role-play, an answer in a drill."""
        practised = False
        for one in turn.practice:
            practised = True
            if one["what"] == "reply" and one.get("assessment"):
                yield self._reply(turn, one)
            elif one["what"] == "drill_answer":
                yield self._drill_answer(turn, one)
        if not practised and turn.reading is not None and turn.text:
            types = [str(objection["type"]) for objection in turn.reading.get("objections") or ()]
            name = self._name("type", (types or [NONE])[0])
            activity = self._activity(f"{self._root}:turn:{turn.number}", "question", name)
            result = {"response": turn.text, "extensions": {f"{_URN}:types": types}}
            yield self._statement(f"turn-{turn.number}", "asked", activity, turn.received_at, result)

    def talk(self, talk: TranscriptTalk) -> Statement:
        """Say how a role-play ended, with the bot's score."""
        result: dict[str, Any] = {"completion": True, "success": talk.outcome == _AGREED}
        if talk.score is not None:
            result["score"] = _score(talk.score)
        assert talk.ended_at is not None
        result["duration"] = _duration(talk.ended_at - talk.started_at)
        result["extensions"] = {f"{_URN}:outcome": talk.outcome or "open"}
        key = self._talk_key(talk)
        return self._statement(key, "completed", self._scenario(talk.scenario), talk.ended_at, result)

    def remarks(self) -> Iterator[Statement]:
        """Say what trainers said: scores, answers to appeals, comments for the trainee."""
        review = self._transcript.review
        talks = {talk.id: talk for talk in self._transcript.talks}
        for event in review.scores.values():
            talk = talks.get(event.data["talk"])
            if talk is not None and event.data["score"] is not None and talk.ended_at is not None:
                about = self._reference(self._talk_key(talk))
                yield self._said(event, "scored", about, str(event.data["reason"]), event.data["score"])
        for event in review.answers.values():
            turn = self._replies.get(event.data["talk_turn"])
            if turn is not None:
                about = self._reference(f"turn-{turn.number}")
                yield self._said(event, "responded", about, str(event.data["reason"]))
        for event in review.comments:
            if event.data["told"]:
                turn = self._turns.get(event.turn or 0)
                about = self._lesson if turn is None else self._reference(f"turn-{turn.number}")
                yield self._said(event, "commented", about, str(event.data["text"]))

    def agreement(self, told: Sequence[Mapping[str, Any]]) -> Statement:
        """Say how far what the bot judged in the session agrees with people."""
        doubtful = [f"{one['family']}:{one['lang']}" for one in told if one["verdict"] == PRACTICE_ONLY]
        known = [{key: value for key, value in one.items() if value is not None} for one in told]
        extensions = {f"{_URN}:agreement": known, f"{_URN}:practice-only": doubtful}
        at = self._transcript.session.active_at
        key = f"agreement-{iso(at)}-{json.dumps(told, sort_keys=True)}"
        statement = self._statement(key, "measured", self._lesson, at, {"extensions": extensions})
        verb = {"id": f"{_URN}:verb:measured", "display": {"en": "measured"}}
        return {**statement, "actor": self._agent("dojo", "Objection Dojo"), "verb": verb}

    def _reply(self, turn: TranscriptTurn, one: Mapping[str, Any]) -> Statement:
        assessment = one["assessment"]
        activity = self._activity(
            f"{_URN}:scenario:{_part(one['scenario'])}:reply",
            "cmi.interaction",
            self._name("scenario", one["scenario"]),
            str(one["course"].get("answered") or ""),
        )
        activity["definition"]["interactionType"] = "long-fill-in"
        result = {
            "response": turn.text,
            "score": _score(int(assessment["score"])),
            "extensions": {
                f"{_URN}:objection": one["type"],
                f"{_URN}:method": assessment["technique"],
                f"{_URN}:steps": assessment["lscpa"],
                f"{_URN}:attempt": one["attempt"],
            },
        }
        parent = self._scenario(one["scenario"])
        return self._statement(f"turn-{turn.number}", "answered", activity, turn.received_at, result, parent)

    def _drill_answer(self, turn: TranscriptTurn, one: Mapping[str, Any]) -> Statement:
        name = f"{self._name('type', one['type'])} · {self._name('method', one['method'])}"
        path = ":".join(_part(one[key]) for key in ("kind", "type", "method"))
        activity = self._activity(f"{_URN}:drill:{path}", "cmi.interaction", name, str(one["asked"]))
        activity["definition"]["interactionType"] = "long-fill-in"
        result: dict[str, Any] = {"response": str(one["given"]), "success": bool(one["correct"])}
        if one["score"] is not None:
            result["score"] = _score(int(one["score"]))
        return self._statement(f"turn-{turn.number}", "answered", activity, turn.received_at, result)

    def _said(
        self, event: Event, verb: str, about: Statement, text: str, score: int | None = None
    ) -> Statement:
        result: dict[str, Any] = {"response": text}
        if score is not None:
            result["score"] = _score(score)
        trainer = self._agent(f"account-{event.by or 0}", self._transcript.by.get(event.by) or "")
        statement = self._statement(f"event-{event.id}", verb, about, event.at, result)
        return {**statement, "actor": trainer}

    def _statement(
        self,
        key: str,
        verb: str,
        about: Statement,
        at: datetime,
        result: Mapping[str, Any] | None = None,
        parent: Statement | None = None,
    ) -> Statement:
        session = self._transcript.session
        context: dict[str, Any] = {
            "registration": str(uuid5(NAMESPACE_URL, self._root)),
            "language": self._lang,
            "contextActivities": {
                "grouping": [self._lesson],
                **({"parent": [parent]} if parent else {}),
            },
            "extensions": {f"{_URN}:channel": session.channel},
        }
        if about.get("objectType") == "Activity":
            # Only allowed where the object is an activity.
            context["platform"] = "Objection Dojo"
        return {
            "id": self._id(key),
            "actor": self._learner,
            "verb": {"id": f"{_VERBS}{verb}", "display": {"en": verb}},
            "object": about,
            **({"result": dict(result)} if result else {}),
            "context": context,
            "timestamp": iso(at),
            "version": VERSION,
        }

    def _id(self, key: str) -> str:
        return str(uuid5(NAMESPACE_URL, f"{self._root}:{key}"))

    def _talk_key(self, talk: TranscriptTalk) -> str:
        # A talk that went on and ended once more has ended twice.
        return f"talk-{talk.id}-{iso(talk.ended_at)}"

    def _reference(self, key: str) -> Statement:
        return {"objectType": "StatementRef", "id": self._id(key)}

    def _scenario(self, scenario: str) -> Statement:
        return self._activity(
            f"{_URN}:scenario:{_part(scenario)}", "simulation", self._name("scenario", scenario)
        )

    def _activity(self, iri: str, kind: str, name: str, description: str = "") -> Statement:
        definition: dict[str, Any] = {"type": f"{_ACTIVITIES}{kind}", "name": {self._lang: name or "-"}}
        if description:
            definition["description"] = {self._lang: description}
        return {"objectType": "Activity", "id": iri, "definition": definition}

    def _agent(self, account: str, name: str) -> Statement:
        agent = {"objectType": "Agent", "account": {"homePage": self._home, "name": account}}
        return {**agent, "name": name} if name else agent

    def _name(self, kind: str, id_: str) -> str:
        return self._labels.get(f"{kind}.{id_}") or id_ or "-"


def _score(score: int) -> dict[str, Any]:
    return {"scaled": score / 100, "raw": score, "min": 0, "max": 100}


def _duration(time: timedelta) -> str:
    return f"PT{max(0.0, time.total_seconds()):.2f}S"


def _part(text: str) -> str:
    """Return a part of an IRI."""
    return quote(text, safe="") or "-"
