"""The translation between Rasa and the use case `advising.answer`, shared by all actions."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.context import coach
from bot.coaching.reading import Reading
from bot.services.accounts import Newcomer
from bot.services.answering import answer
from bot.services.errors import NotFound
from bot.services.job import Command, Outcome, Profile
from bot.services.opening import ensure_session, join_late
from bot.services.signing import derived_key, is_vouched_for

TEXT_CHANNEL = "cmdline"
"""`rasa shell`: it would print a card's data."""

_CHANNELS = {TEXT_CHANNEL: "shell"}
_CARRIED = (
    "lang",
    "product",
    "type",
    "method",
    "turn",
    "name",
    "scenario",
    "style",
    "difficulty",
    "level",
    "talk",
    "talk_turn",
    "rule",
    "reason",
    "assignment",
)


class Answering:
    """What makes an `Action` answer the latest message; an action names itself and says what is asked for."""

    action: ClassVar[str]
    intent: ClassVar[str | None] = None
    """The command; None takes the message's own intent."""

    def name(self) -> str:
        """Return the name that rules call it by."""
        return self.action

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Answer, utter one message per block, and remember what changed."""
        outcome = await asyncio.to_thread(answer_message, tracker, self.intent)
        if tracker.get_latest_input_channel() == TEXT_CHANNEL:
            _utter_texts(dispatcher, outcome)
        else:
            _utter_cards(dispatcher, outcome)
        return [SlotSet(name, value) for name, value in outcome.slots.items()]


def _utter_cards(dispatcher: CollectingDispatcher, outcome: Outcome) -> None:
    """Utter each block as text and as a card's data, with its buttons."""
    for block in outcome.blocks:
        dispatcher.utter_message(
            response=block.response,
            json_message={"kind": block.kind, "data": {**block.data}, "turn": outcome.turn},
            buttons=[dict(button) for button in block.buttons],
            **block.values,
        )


def _utter_texts(dispatcher: CollectingDispatcher, outcome: Outcome) -> None:
    """Utter each block as text, and at the end what the last one's buttons say: they can be typed as well."""
    for block in outcome.blocks:
        dispatcher.utter_message(response=block.response, **block.values)
    titles = [button["title"] for button in outcome.blocks[-1].buttons] if outcome.blocks else []
    if titles:
        dispatcher.utter_message(response="utter_choices", list=" / ".join(titles))


def answer_message(tracker: Tracker, intent: str | None) -> Outcome:
    """Gather what the latest message says and hand it to the use case."""
    message = tracker.latest_message
    metadata = message.get("metadata") or {}
    reading = Reading.from_json(message["reading"]) if message.get("reading") else None
    values = {e["entity"]: e["value"] for e in message.get("entities") or [] if e.get("entity") in _CARRIED}
    command = Command(intent or str((message.get("intent") or {}).get("name") or ""), values)
    lang = (
        (reading.lang if reading else None)
        or values.get("lang")
        or metadata.get("lang")
        or tracker.get_slot("lang")
    )
    profile = Profile(
        lang=str(lang or ""),
        product=str(tracker.get_slot("product") or metadata.get("product") or ""),
        name=str(tracker.get_slot("trainee_name") or metadata.get("name") or ""),
        sells_by=str(tracker.get_slot("sells_by") or ""),
    )
    now = datetime.now(timezone.utc)
    work = coach()
    _join(tracker.sender_id, metadata, profile, now)
    give_answer = functools.partial(
        answer,
        work.context.units,
        work.context.shelf,
        work.phrases,
        session=tracker.sender_id,
        message_id=str(metadata.get("message_id") or message.get("message_id") or ""),
        text=str(message.get("text") or ""),
        reading=reading,
        command=command,
        profile=profile,
        now=now,
        secret=work.context.secret,
    )
    try:
        return give_answer()
    except NotFound:
        _open_session(tracker, metadata, profile, now)
        return give_answer()


def _open_session(tracker: Tracker, metadata: Mapping[str, Any], profile: Profile, now: datetime) -> None:
    """Give the conversation its session: the page opens one, `rasa shell` does not."""
    work = coach()
    person = _person(tracker.sender_id, metadata)
    channel = str(metadata.get("channel") or tracker.get_latest_input_channel() or "rasa")
    ensure_session(
        work.context.units,
        public_id=tracker.sender_id,
        channel=_CHANNELS.get(channel, channel),
        lang=_lang(profile),
        product=profile.product or next(iter(work.context.content.products)),
        name=profile.name,
        now=now,
        trainee_key=derived_key(work.context.secret, *person) if person else None,
        newcomer=_newcomer(person),
    )


def _join(session: str, metadata: Mapping[str, Any], profile: Profile, now: datetime) -> None:
    """Let who began before there was a team for people in Slack join it."""
    work = coach()
    person = _person(session, metadata)
    newcomer = _newcomer(person)
    if newcomer is not None:
        key = derived_key(work.context.secret, *person)
        join_late(work.context.units, trainee_key=key, newcomer=newcomer, lang=_lang(profile), now=now)


def _lang(profile: Profile) -> str:
    return profile.lang if profile.lang in ("zh", "en") else coach().context.settings.lang


def _person(session: str, metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of the person that a channel vouches for; whoever else names one is not believed."""
    person = metadata.get("person")
    if not is_vouched_for(coach().context.secret, session, person, metadata.get("proof")):
        return ()
    return tuple(str(person).split("."))


def _newcomer(person: tuple[str, ...]) -> Newcomer | None:
    """Return who joins a team where they have no account yet: people in Slack, where the settings say so."""
    context = coach().context
    team = context.settings.slack.get("DOJO_SLACK_TEAM", "")
    return Newcomer(person, team, context.secret) if team and person[:1] == ("slack",) else None
