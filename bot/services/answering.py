"""Answering one message of a trainee: what they typed or clicked in, the blocks to show out. Saved once."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bot.coaching.reading import Reading
from bot.coaching.taxonomy import LANGS
from bot.content.phrases import Phrases
from bot.services import advising, drilling, homework_telling, linking, practising, tutoring
from bot.services.blocks import Voice
from bot.services.clicks import about_turn
from bot.services.errors import NotFound
from bot.services.job import Command, Handler, Job, Outcome, Profile
from bot.services.shelf import Shelf
from bot.services.trust import trusts_of
from bot.storage.records import CLICK, DRILL, SWAP, TALK, TEXT
from bot.storage.unit_of_work import UnitOfWorkFactory


def answer(
    units: UnitOfWorkFactory,
    shelf: Shelf,
    phrases: Mapping[str, Phrases],
    *,
    session: str,
    message_id: str,
    text: str,
    reading: Reading | None,
    command: Command,
    profile: Profile,
    now: datetime,
    secret: bytes = b"",
) -> Outcome:
    """Answer a message and save the answer; the same message again gets the stored answer, word for word.

    Args:
        shelf: gives the session its content.
        session: public id of a session that exists (`opening.ensure_session`).
        message_id: id that the sender gave the message.
        reading: the NLU's result for a typed message; None for a click.
        secret: of the dojo; without it nobody gets a code that links an account.

    Raises NotFound (no such session), Unavailable where the database cannot be reached: nothing is saved
    then, and the call may be repeated.
    """
    with units() as uow:
        found = uow.sessions.lock(session)
        if found is None:
            raise NotFound
        kind = TEXT if reading is not None else CLICK
        turn = uow.turns.receive(found, message_id=message_id, kind=kind, text=text, now=now)
        if kind == CLICK:
            values = dict(command.values)
            uow.clicks.add(turn, intent=command.intent, about_turn=about_turn(values), values=values, now=now)
        stored = uow.turns.answer_of(turn)
        if stored is not None:
            return Outcome(turn.number, stored.replies, stored.turn.slots or {})
        content = shelf.of(uow, found)
        lang = profile.lang if profile.lang in LANGS else found.lang
        product = profile.product if profile.product in content.products else found.product
        if product not in content.products:
            product = next(iter(content.products))
        trusts = functools.cache(lambda: trusts_of(uow))
        voice = Voice(content, phrases[lang], lang, content.products[product], trusts)
        job = Job(uow, shelf, found, turn, voice, phrases.__getitem__, profile, reading, command, secret)
        blocks = _handler(job)(job)
        lang = str(job.slots.get("lang", lang))
        product = str(job.slots.get("product", product))
        uow.sessions.set_profile(found, lang=lang, product=product, name=job.slots.get("trainee_name"))
        saved = uow.turns.save_answer(
            turn,
            lang=lang,
            product=product,
            reading=None if reading is None else reading.to_json(),
            command={"intent": command.intent, **command.values},
            replies_shown=blocks,
            slots={"product": product, **job.slots},
            now=now,
        )
        uow.commit()
    return Outcome(turn.number, saved.replies, saved.turn.slots or {})


_HANDLERS: Final[Mapping[str, Handler]] = {
    **advising.HANDLERS,
    **practising.HANDLERS,
    **tutoring.HANDLERS,
    **drilling.HANDLERS,
    **homework_telling.HANDLERS,
    **linking.HANDLERS,
}

_WHILE: Final[Mapping[str, Mapping[str, Handler]]] = {
    TALK: {"seller": practising.reply, "customer": practising.reply, "stop": practising.stop},
    DRILL: drilling.WHILE,
    SWAP: {"customer": tutoring.sell, "seller": tutoring.sell, "stop": practising.stop},
}
"""What else a message means while the session is practising."""


def _handler(job: Job) -> Handler:
    """Return what answers a message: what is practised decides what typed text is."""
    intent, typed = job.command.intent, job.reading is not None
    if job.session.practice == DRILL and typed and intent != "stop" and not _is_command(job):
        return drilling.reply_in_drill
    return _WHILE.get(job.session.practice, {}).get(intent) or _HANDLERS.get(intent, advising.answer_unknown)


def _is_command(job: Job) -> bool:
    """Tell whether exactly a command's words were typed, or a command of the language."""
    sure = job.reading is not None and job.reading.confidence == 1.0
    return sure or job.command.intent == "switch_language"
