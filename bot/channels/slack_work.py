"""The work behind Slack's acknowledgements: each conversation in order, many at a time, through restarts.

A conversation belongs to one process at a time.  What is to do stands in the database: events that came,
posts that are owed.  Having an event answered and keeping the answer's posts repeats nothing, because the
event's key is the turn's message id, and because the event ends and its posts begin in one transaction.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.channels.messages import Clicks, Incoming, Malformed, TooLong, read_incoming
from bot.channels.slack_delivery import Delivery, backoff
from bot.channels.slack_events import ACTION, DRILL, HOME, NOTICE, SHORTCUT, SLASH, SlackEvent
from bot.channels.slack_inbox import Received
from bot.channels.slack_outbox import Owed
from bot.channels.slack_people import Known
from bot.channels.slack_plan import POST, Face, Plan, Post, Say, SlackPerson
from bot.channels.slack_store import LEASE_SECONDS, SlackStore, Work
from bot.channels.slack_web import NotDone, PerhapsDone, SlackWeb
from bot.channels.turn import named

logger = logging.getLogger(__name__)

AT_ONCE: Final = 8
"""Turns that are answered at the same time; more of them would only wait for each other inside Rasa."""

TELL_SECONDS: Final = 8.0
"""Who waits longer because something fails is told that it will be answered."""

_LOOK_SECONDS: Final = 1.0
_PRUNE_SECONDS: Final = 3600.0
_KEPT_SECONDS: Final = 40 * 24 * 3600.0
_DRAIN_SECONDS: Final = 15.0
_ATTEMPTS: Final = 4
_HOPELESS_SECONDS: Final = 600.0
_ASK_AGAIN_SECONDS: Final = 7 * 24 * 3600.0
_PATIENCE_SECONDS: Final = 1.5
_GLANCE_SECONDS: Final = 0.5
_REMEMBERED: Final = 5_000
_IN_PRIVATE: Final = frozenset({SLASH, SHORTCUT, HOME, DRILL})

Ask = Callable[[Incoming], Awaitable[Sequence[Mapping[str, Any]]]]
"""Has a message answered by the bot; raises whatever fails, and then nothing is stored."""


@dataclass(frozen=True)
class Identity:
    """How the bot knows a Slack person and a talk: made from the dojo's secret."""

    session: Callable[[str], str]
    """The id of the session of a conversation's name."""
    proof: Callable[[str, str], str]
    """The proof that a session is a person's."""


class SlackWork:
    """Answers and posts; lives in one event loop."""

    def __init__(
        self,
        store: SlackStore,
        web: SlackWeb,
        face: Face,
        ask: Ask,
        clicks: Clicks,
        identity: Identity,
        lang: str,
    ) -> None:
        """Ask the bot through `ask`; speak `lang` with who has shown no language of their own."""
        self._store, self._web, self._face, self._ask = store, web, face, ask
        self._clicks, self._identity, self._lang = clicks, identity, lang
        self._delivery = Delivery(store, web, face)
        self._serving: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._side: set[asyncio.Task[Any]] = set()
        self._seats = asyncio.Semaphore(AT_ONCE)
        self._people: dict[tuple[str, str], Known] = {}
        self._succeeded_at = 0.0
        self._closing = False
        self._watch = asyncio.create_task(self._keep_watch())

    # Who works when

    def wake(self, names: Iterable[str]) -> None:
        """Work on conversations in which there is something new."""
        for name in names:
            if self._closing:
                return
            if name in self._serving:
                self._again.add(name)
            else:
                self._serving[name] = asyncio.create_task(self._serve(name))

    async def close(self) -> None:
        """Let running turns end; everything else goes on after the next start, or elsewhere."""
        self._closing = True
        self._watch.cancel()
        running = [*self._serving.values(), *self._side]
        if running:
            _, late = await asyncio.wait(running, timeout=_DRAIN_SECONDS)
            for task in late:
                task.cancel()
        try:
            await self._store.let_go_all()
        except Exception as error:
            logger.warning("conversations of Slack's were not given back (%s)", type(error).__name__)

    async def _keep_watch(self) -> None:
        """Find what is due, what others left, and say that this process lives."""
        pruned = renewed = 0.0
        while True:
            now = time.time()
            try:
                if now - renewed > LEASE_SECONDS / 3:
                    await self._store.renew(now)
                    renewed = now
                if now - pruned > _PRUNE_SECONDS:
                    await self._store.prune(now - _KEPT_SECONDS)
                    pruned = now
                self.wake(name for name in await self._store.find_work(now) if name not in self._serving)
            except Exception as error:
                logger.error("the Slack channel cannot look for work (%s)", type(error).__name__)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _serve(self, name: str) -> None:
        try:
            while not self._closing:
                self._again.discard(name)
                work = await self._store.begin(name, time.time())
                if work is None:
                    return
                if not await self._step(work) and name not in self._again:
                    await self._store.let_go(name)
                    return
            await self._store.let_go(name)
        except Exception as error:
            # the error's own text may quote somebody
            logger.error("work for Slack was interrupted: %s", named(error))
        finally:
            del self._serving[name]
            if name in self._again:
                self._again.discard(name)
                self.wake([name])

    async def _step(self, work: Work) -> bool:
        """Post what is owed, then answer one event; tell whether to look again at once."""
        received, known, now = work.event, work.known, time.time()
        self._remember(known)
        free = not work.owed or await self._post(work.owed, known.person)
        if received is None:
            return False
        if received.due_at > now:
            self._wake_later(received.event.conversation, received.due_at - now)
            return False
        await self._deal_with(received, known, free)
        return True

    async def _post(self, owed: Sequence[Owed], person: SlackPerson) -> bool:
        delivered = await self._delivery.deliver(owed, person)
        if not delivered.everything:
            self._wake_later(owed[0].conversation, delivered.again_in)
        return delivered.everything

    def _wake_later(self, name: str, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds + 0.01, self.wake, [name])

    # One event

    async def _deal_with(self, received: Received, known: Known, free: bool) -> None:
        event = received.event
        known = await self._learn(event, known)
        if await self._is_anothers(event):
            notice = {"user": event.user, **self._face.notice("not_yours", known.person)}
            await self._finish(received, known, Plan(posts=(Post("chat.postEphemeral", notice),)), free)
            return
        plan = Plan()
        try:
            plan = self._face.plan(event, known.person)
            if plan.say is not None:
                plan = await self._answered(event, plan, plan.say, known)
                self._succeeded_at = time.time()
        except Exception as error:
            await self._failed(received, known, plan, free, error)
            return
        await self._finish(received, known, plan, free)

    async def _answered(self, event: SlackEvent, plan: Plan, say: Say, known: Known) -> Plan:
        """Return the plan with the bot's answer in place of what was said."""
        try:
            said = [say, *(replace(say, text="", payload=payload) for payload in say.also)]
            incoming = [self._incoming(event, plan, one, known.person, n) for n, one in enumerate(said)]
        except TooLong:
            return replace(plan, posts=(*plan.posts, Post(POST, self._face.notice("too_long", known.person))))
        except Malformed as error:
            logger.error("a click in Slack carries what no click may (%s)", error)
            return replace(plan, posts=(*plan.posts, Post(POST, self._face.notice("failed", known.person))))
        async with self._seats:
            lines = [line for one in incoming for line in await self._ask(one)]
        spoken = next((line["data"].get("lang") for line in lines[::-1] if line["data"].get("lang")), None)
        wishes = dict(plan.wishes)
        if spoken and spoken != known.person.wishes.get("lang"):
            wishes["lang"] = spoken
        posts = self._face.answer(lines, event, say, known.person)
        return replace(plan, posts=(*plan.posts, *posts), wishes=wishes)

    def _incoming(
        self, event: SlackEvent, plan: Plan, say: Say, person: SlackPerson, number: int
    ) -> Incoming:
        """Return what an event says to the bot: first under the event's key, then under ones made of it."""
        name = event.conversation
        if say.aside or plan.in_private:
            name = f"{event.workspace}.{say.aside or 'im'}.{event.user}"
        session = self._identity.session(name)
        who = f"slack.{event.workspace}.{event.user}"
        body = {
            "sender": session,
            "message_id": f"{event.key}.{number}" if number else event.key,
            **({"payload": say.payload} if say.payload else {"text": say.text}),
            "metadata": {
                "channel": "slack",
                "lang": person.lang(self._lang),
                "name": person.name,
                "person": who,
                "proof": self._identity.proof(session, who),
            },
        }
        return read_incoming(json.dumps(body).encode(), self._clicks)

    async def _finish(
        self, received: Received, known: Known, plan: Plan, free: bool, *, failed: bool = False
    ) -> None:
        event = received.event
        asked_at = None if event.kind == NOTICE else received.received_at
        like = self._like(event, known, plan.in_private, asked_at)
        owed = await self._store.finish(received, plan.posts, like, plan.wishes, failed=failed)
        if plan.wishes:
            self._people.pop((event.workspace, event.user), None)
        self._delivery.made_now(owed)
        if free and owed:
            await self._post(owed, known.person)

    def _like(self, event: SlackEvent, known: Known, in_private: bool, asked_at: float | None) -> Owed:
        """Return what all posts about an event have in common."""
        if in_private or event.kind in _IN_PRIVATE or not event.channel:
            where = {"channel": known.im or event.user}
        else:
            where = {"channel": event.channel, **({"thread_ts": event.thread} if event.thread else {})}
        mark, now = f"{event.workspace}.{event.key}", time.time()
        return Owed(
            0, event.conversation, event.workspace, event.user, mark, "", where, asked_at, now, 0, 0.0
        )

    async def _failed(
        self, received: Received, known: Known, plan: Plan, free: bool, error: Exception
    ) -> None:
        """Try again later; give up only where others are answered, or after a long time."""
        now, seconds = time.time(), backoff(received.attempts)
        logger.error("a turn of Slack's was not completed: %s", named(error))
        others_work = self._succeeded_at > now - 2 * seconds and received.attempts >= _ATTEMPTS
        if others_work or now - received.received_at > _HOPELESS_SECONDS:
            notice = Post(POST, self._face.notice("failed", known.person))
            await self._finish(received, known, replace(plan, posts=(*plan.posts, notice)), free, failed=True)
            return
        tell = not received.told and now - received.received_at > TELL_SECONDS
        await self._store.put_off_event(received, now + seconds, told=received.told or tell)
        if tell:
            like = self._like(received.event, known, plan.in_private, None)
            notice = Post(POST, self._face.notice("wait", known.person))
            owed = await self._store.add_posts([notice], replace(like, mark=f"{like.mark}.wait"))
            self._delivery.made_now(owed)
            if free:
                await self._post(owed, known.person)

    async def _is_anothers(self, event: SlackEvent) -> bool:
        """Tell whether a button was pressed under an answer to somebody else."""
        if event.kind != ACTION or event.private or not event.ts:
            return False
        owner = await self._store.owner(event.workspace, event.channel, event.ts)
        return owner not in ("", event.user)

    # People

    async def person(self, workspace: str, user: str) -> SlackPerson:
        """Return a person from memory, else from the database; somebody new where that is slow."""
        known = self._people.get((workspace, user))
        if known is None:
            try:
                known = await asyncio.wait_for(self._store.find(workspace, user), _GLANCE_SECONDS)
            except Exception as error:
                logger.warning("a person in Slack is not looked up (%s)", type(error).__name__)
            if known is not None and (workspace, user) not in self._people:
                self._remember(known)
        return known.person if known else SlackPerson(workspace, user)

    def _remember(self, known: Known) -> None:
        if len(self._people) >= _REMEMBERED:
            self._people.pop(next(iter(self._people)))
        self._people[known.person.workspace, known.person.user] = known

    async def _learn(self, event: SlackEvent, known: Known) -> Known:
        """Ask Slack about a person from time to time; nobody waits long for it."""
        if not event.user or event.kind == NOTICE:
            return known
        if event.private and known.im != event.channel:
            await self._store.learn(event.workspace, event.user, im=event.channel)
            known = replace(known, im=event.channel)
            self._remember(known)
        now = time.time()
        if now - known.asked_at < _ASK_AGAIN_SECONDS:
            return known
        asked = replace(known, asked_at=now)
        self._remember(asked)
        task = asyncio.create_task(self._ask_about(asked))
        self._side.add(task)
        task.add_done_callback(self._side.discard)
        done, _ = await asyncio.wait([task], timeout=_PATIENCE_SECONDS if not known.asked_at else 0)
        return task.result() if done else asked

    async def _ask_about(self, known: Known) -> Known:
        workspace, user = known.person.workspace, known.person.user
        try:
            arguments = {"user": user, "include_locale": True}
            said = (await self._web.call(workspace, "users.info", arguments)).get("user") or {}
        except (NotDone, PerhapsDone) as error:
            logger.warning("Slack does not tell about a person (%s)", error)
            return known
        profile = said.get("profile") or {}
        name = profile.get("display_name") or profile.get("real_name") or said.get("name") or ""
        learnt = {"name": str(name)[:200], "locale": str(said.get("locale") or "")[:32]}
        learnt["zone"] = str(said.get("tz") or "")[:64]
        try:
            await self._store.learn(workspace, user, **learnt, asked_at=known.asked_at)
        except Exception as error:
            logger.warning("what Slack tells about a person is not kept (%s)", type(error).__name__)
        latest = self._people.get((workspace, user), known)
        better = replace(latest, person=replace(latest.person, **learnt))
        self._remember(better)
        return better
