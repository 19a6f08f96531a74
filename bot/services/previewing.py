"""Previewing a draft: tried in a session of one's own, scripts filled in, replies judged by both rubrics."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.coaching.assessment import Assessment, assess_reading
from bot.coaching.playbook import Line, Playbook, compose_version, seed_of
from bot.coaching.reading import Reading
from bot.coaching.taxonomy import LANGS, OBJECTION_TYPES
from bot.content.editable import PLAYBOOK, PRODUCT, SCENARIO, TELEPHONE, Piece
from bot.content.faults import ContentError
from bot.content.schema import AUDIENCES, Content
from bot.services.access import Person
from bot.services.errors import NotFound, Refused
from bot.services.shelf import Shelf
from bot.storage.edition_records import PREVIEW, EditionRecord
from bot.storage.records import ReadReply
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

_ID_BYTES: Final = 16
_REPLIES: Final = 30


@dataclass(frozen=True)
class Spoken:
    """What a script says with a product's own sentences.

    Attributes:
        id: the method, or the audience on the telephone; `name`: of the method, empty for an audience.
        lines: one a version, in the order of the file.
    """

    id: str
    name: str
    lines: tuple[Line, ...]
    why: str = ""
    beware: str = ""


@dataclass(frozen=True)
class Scripts:
    """The scripts against one objection for one product, and what else may be chosen."""

    product: str
    about: str
    products: dict[str, str]
    topics: dict[str, str]
    spoken: tuple[Spoken, ...]


@dataclass(frozen=True)
class Judged:
    """A reply of a role-play, judged by the rubric in use and by the draft.

    Attributes:
        name: who said it, as the person may know them; empty for the person's own.
        session, turn: where somebody else said it; the public id and the number of the turn.
    """

    line: str
    reply: str
    now: Assessment
    then: Assessment
    name: str = ""
    session: str = ""
    turn: int = 0

    @property
    def moved(self) -> int:
        """By how many points the draft judges otherwise."""
        return self.then.score - self.now.score


def try_out(
    units: UnitOfWorkFactory,
    shelf: Shelf,
    *,
    person: Person,
    of: Piece,
    version: int,
    lang: str,
    now: datetime,
) -> str:
    """Open a session in which the dojo works with a draft, for its author only; returns its public id.

    It is practice of nobody: it counts in no figure and stands in no list.
    Raises ContentError (the draft has faults), Refused (`lang`), NotFound, Unavailable.
    """
    if lang not in LANGS or person.account is None:
        raise Refused("lang" if person.account else "account")
    with units() as uow:
        edition = _edition(uow, of, version)
        content = _sound(uow, shelf, edition)
        trainee = uow.trainees.ensure(f"{person.key}/{PREVIEW}", name=person.name, now=now)
        session = uow.sessions.open(
            secrets.token_urlsafe(_ID_BYTES),
            trainee=trainee,
            name=person.name,
            channel=PREVIEW,
            lang=lang,
            product=_product(content, of),
            now=now,
        )
        uow.sessions.hand_over(session, person.key, now=now)
        uow.editions.preview(session, edition, account=person.account, now=now)
        uow.commit()
    return session.public_id


def scripts(
    units: UnitOfWorkFactory,
    shelf: Shelf,
    *,
    of: Piece,
    version: int,
    lang: str,
    product: str = "",
    about: str = "",
) -> Scripts:
    """Return the scripts of a product's or a playbook's draft, filled in: for a product and an objection.

    What is not known is chosen. Raises ContentError, NotFound, Unavailable.
    """
    with units(reading=True) as uow:
        content = _sound(uow, shelf, _edition(uow, of, version))
    if of.kind not in (PRODUCT, PLAYBOOK):
        raise NotFound
    products = {id_: item.name.of(lang) for id_, item in content.products.items()}
    product = of.stem if of.kind == PRODUCT else product if product in products else next(iter(products))
    if of.stem == TELEPHONE:
        topics = {id_: item.name.of(lang) for id_, item in content.telephone.rejections.items()}
    else:
        wanted = OBJECTION_TYPES if of.kind == PRODUCT else (of.stem,)
        topics = {id_: content.taxonomy.objection_types[id_].name.of(lang) for id_ in wanted}
    about = about if about in topics else next(iter(topics))
    if of.stem == TELEPHONE:
        spoken = _on_the_telephone(content, product, about, lang)
    else:
        spoken = _by_method(content, content.playbooks[about], product, lang)
    return Scripts(product, about, products, topics, tuple(spoken))


def both_rubrics(
    units: UnitOfWorkFactory, shelf: Shelf, *, person: Person, of: Piece, version: int, now: datetime
) -> tuple[Judged, ...]:
    """Return the latest replies of the person and of those whom they train, judged by both rubrics.

    Those that the draft judges otherwise come first. Whose sessions were read is in the audit log.
    Raises ContentError, NotFound, Unavailable.
    """
    with units() as uow:
        present = shelf.refresh(uow).rubric.rules
        draft = _sound(uow, shelf, _edition(uow, of, version)).rubric.rules
        keys = (person.key, f"{person.key}/{PREVIEW}")
        own = [trainee.id for trainee in map(uow.trainees.find, keys) if trainee]
        replies = _latest(uow, person, own)
        names = uow.sight.names(person, {reply.trainee for reply in replies} - set(own))
        for session in sorted({reply.session for reply in replies if reply.trainee in names}):
            uow.audit.add(person.account, "read", "session", session, now=now, detail={"for": "rubric"})
        uow.commit()
    judged = []
    for reply in replies:
        reading = Reading.from_json(reply.reading)
        before, after = (
            assess_reading(reading, rubric, lang=reply.lang, customer=reply.line)
            for rubric in (present, draft)
        )
        whose = (names[reply.trainee], reply.session, reply.turn) if reply.trainee in names else ()
        judged.append(Judged(reply.line, reading.text, before, after, *whose))
    return tuple(sorted(judged, key=lambda one: not one.moved))


def _latest(uow: UnitOfWork, person: Person, own: list[int]) -> list[ReadReply]:
    """Return the latest replies that somebody may see, the newest first."""
    scope, read = uow.sight.scope(person), uow.talks.read_replies
    found = {reply.id: reply for reply in read(own, limit=_REPLIES, tries=True)}
    theirs = (
        read(None, limit=_REPLIES)
        if scope.everybody
        else (
            *read(scope.all_of, limit=_REPLIES),
            *read(scope.handed_in_of, limit=_REPLIES, handed_in_only=True),
        )
    )
    found.update({reply.id: reply for reply in theirs})
    return [found[id_] for id_ in sorted(found, reverse=True)][:_REPLIES]


def _edition(uow: UnitOfWork, of: Piece, version: int) -> EditionRecord:
    found = next((e for e in uow.editions.of(of.kind, of.stem) if e.version == version), None)
    if found is None:
        raise NotFound
    return found


def _sound(uow: UnitOfWork, shelf: Shelf, edition: EditionRecord) -> Content:
    shelf.refresh(uow)
    content, faults = shelf.with_draft(uow, edition)
    if faults:
        raise ContentError(faults)
    return content


def _product(content: Content, of: Piece) -> str:
    """Return the product that a try is about."""
    if of.kind == PRODUCT:
        return of.stem
    if of.kind == SCENARIO:
        return content.scenarios[of.stem].product
    return next(iter(content.products))


def _by_method(content: Content, playbook: Playbook, product: str, lang: str) -> list[Spoken]:
    material = content.material(product, playbook.type, lang)
    spoken = []
    for script in playbook.scripts:
        lines = []
        for version in script.versions:
            try:
                lines.append(compose_version((version,), material, seed=seed_of(version.id)))
            except LookupError:
                continue  # the product has no sentences for it
        name = content.taxonomy.methods[script.method].name.of(lang)
        spoken.append(Spoken(script.method, name, tuple(lines), script.why.of(lang), script.beware.of(lang)))
    return spoken


def _on_the_telephone(content: Content, product: str, rejection: str, lang: str) -> list[Spoken]:
    spoken = []
    for audience in AUDIENCES:
        versions, material = content.telephone_lines(rejection, audience, product, lang)
        lines = tuple(compose_version((version,), material, seed=seed_of(version.id)) for version in versions)
        spoken.append(Spoken(audience, "", lines))
    return spoken
