"""Drill: single objections out of one's own misses, for three minutes, asked again when FSRS says so."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from bot.coaching.assessment import Assessment, assess_reading, essence
from bot.coaching.drill_questions import (
    ANSWER,
    METHOD,
    RIGHT_FROM,
    TYPE,
    Card,
    Line,
    Miss,
    lines_of,
    named,
    next_question,
    rating,
)
from bot.coaching.playbook import compose, fitting, seed_of
from bot.coaching.taxonomy import LANGS, MAIN_METHODS, OBJECTION_TYPES, TECHNIQUES
from bot.services.calendar import day_of
from bot.services.drill_blocks import Ground
from bot.services.homework_blocks import HomeworkVoice
from bot.services.homework_telling import drill_set, results
from bot.services.job import Handler, Job
from bot.services.open_talk import put_aside
from bot.services.progressing import show_progress
from bot.services.scheduling import asked_on, due_on, review
from bot.storage.records import (
    DRILL,
    CardRecord,
    DrillAnswerRecord,
    DrillRecord,
    Reply,
    TraineeRecord,
)

SECONDS: Final = 180
"""How long a drill runs."""

_LATEST: Final = 200
"""Misses are looked for in so many of the latest replies."""
_MISSES: Final = 100
"""A drill goes by so many of the latest misses."""
_SESSIONS: Final = 20
"""Corrections are looked for in so many of the latest sessions."""


def start_drill(job: Job) -> list[Reply]:
    """Begin a drill, or go on with the one that runs; a talk that runs is put aside."""
    running = _running(job)
    blocks: list[Reply] = []
    if running is not None:
        if job.turn.received_at < running.ends_at:
            return [_put(_in_language_of(job, running), running, running.question)]
        blocks = _close(_in_language_of(job, running), running)
    chosen = drill_set(job)
    if chosen is None and job.command.values.get("assignment"):
        return [*blocks, HomeworkVoice(job.voice).gone()]
    put_aside(job)
    start = {
        "set": None if chosen is None else {"id": chosen.id, **chosen.target},
        "lang": job.voice.lang,
        "seed": seed_of(job.session.public_id, job.turn.number),
        "misses": [miss.to_json() for miss in sorted(_misses(job), key=lambda m: m.day)[-_MISSES:]],
    }
    question = _next(job, start, ())
    if question is None:
        return [*blocks, Ground(job.voice).no_drill()]
    now = job.turn.received_at
    drill = job.uow.drills.start(
        job.session, question=question, ends_at=now + timedelta(seconds=SECONDS), now=now
    )
    return [*blocks, _put(job, drill, question)]


def answer_drill(job: Job) -> list[Reply]:
    """Take a click on a choice as the answer to the question that it belongs to."""
    drill = _running(job)
    if drill is None:
        return _nothing_open(job)
    job = _in_language_of(job, drill)
    question, values = drill.question, job.command.values
    if str(values.get("turn") or question["turn"]) != str(question["turn"]):
        return _again(job, drill, "utter_drill_stale")
    kind = str(question["kind"])
    known: Collection[str] = {TYPE: OBJECTION_TYPES, METHOD: TECHNIQUES}.get(kind, ())
    given = str(values.get(kind) or "")
    if given not in known:
        return _again(job, drill, "utter_drill_typed")
    return _answered(job, drill, given, None)


def reply_in_drill(job: Job) -> list[Reply]:
    """Take what was typed as the answer to the open question; tell what can be answered if it is none."""
    drill = _running(job)
    if drill is None:
        return _nothing_open(job)
    job = _in_language_of(job, drill)
    question = drill.question
    if question["kind"] == ANSWER:
        return _answered(job, drill, job.said, _assess(job, drill))
    given = named(job.said, _names(job, str(question["kind"])))
    if not given:
        return _again(job, drill, "utter_drill_typed")
    return _answered(job, drill, given, None)


def stop_drill(job: Job) -> list[Reply]:
    """End the drill that runs and sum it up."""
    drill = _running(job)
    if drill is None:
        return _nothing_open(job)
    return _close(_in_language_of(job, drill), drill)


def _running(job: Job) -> DrillRecord | None:
    """Return the drill that the session is at; one that was left for something else is over."""
    drill = job.uow.drills.running(job.session)
    if drill is not None and job.session.practice != DRILL:
        job.uow.drills.end(drill, now=job.turn.received_at)
        return None
    return drill


def _nothing_open(job: Job) -> list[Reply]:
    """Tell that no drill is running, and take what is typed next as a customer's words."""
    if job.session.practice == DRILL:
        job.expect("")
    return [Ground(job.voice).no_drill()]


def _in_language_of(job: Job, drill: DrillRecord) -> Job:
    return job.in_language(str(drill.question["lang"]))


def _fits(job: Job, only: Mapping[str, Any] | None = None) -> Mapping[str, Sequence[str]]:
    """Return the methods that are drilled for each type: guarded ones suit some lines only.

    Args:
        only: a drill set, which may name types and methods.
    """
    only = only or {}
    types, methods = only.get("types") or OBJECTION_TYPES, only.get("methods") or MAIN_METHODS
    fits = {
        type_: [method for method in suited if method in MAIN_METHODS and method in methods]
        for type_, suited in job.voice.content.fits.items()
        if type_ in types
    }
    return {type_: suited for type_, suited in fits.items() if suited} or _fits(job)


def _lines(job: Job, lang: str) -> Mapping[str, Sequence[Line]]:
    """Return the lines to ask about; a type that no scenario knows has the taxonomy's example."""
    content = job.voice.content
    examples = {
        type_: (Line(type_, guide.example.of(lang), job.voice.product.id),)
        for type_, guide in content.taxonomy.objection_types.items()
    }
    return {**examples, **lines_of(content.scenarios.values(), lang)}


def _next(job: Job, drill: Mapping[str, Any], answers: Sequence[DrillAnswerRecord]) -> dict[str, Any] | None:
    """Choose the next question, None where there is none left.

    Args:
        drill: the last question, or what a drill begins with (`lang`, `seed`, `misses`).
    """
    fits = _fits(job, drill.get("set"))
    cards = [
        Card((card.type, card.method), due_on(card.due_at), asked_on(card.memory))
        for card in job.uow.drills.cards_of(job.session.trainee_id)
    ]
    found = next_question(
        cards,
        [Miss.from_json(miss) for miss in drill["misses"]],
        fits,
        _lines(job, drill["lang"]),
        today=day_of(job.turn.received_at),
        seed=int(drill["seed"]),
        asked=[((answer.type, answer.method), answer.asked) for answer in answers],
    )
    if found is None:
        return None
    type_, method = found.key
    return {
        "lang": drill["lang"],
        "seed": drill["seed"],
        "misses": drill["misses"],
        "set": drill.get("set"),
        "number": len(answers) + 1,
        "turn": job.turn.number,
        "asked_at": job.turn.received_at.isoformat(),
        "kind": found.kind,
        "type": type_,
        "method": method,
        "by_name": found.kind == ANSWER and fits[type_][0] != method,
        "line": found.line.text,
        "product": found.line.product,
        "scenario": found.line.scenario,
        "concern": found.line.concern,
    }


def _put(job: Job, drill: DrillRecord, question: Mapping[str, Any]) -> Reply:
    """Make a question the open one; what is typed next is taken as its answer."""
    job.expect(DRILL, question["line"] if question["kind"] == ANSWER else None)
    left = (drill.ends_at - job.turn.received_at).total_seconds()
    return Ground(job.voice).question(question, max(0, round(left)))


def _again(job: Job, drill: DrillRecord, response: str) -> list[Reply]:
    """Say why something is no answer, and ask again; after the end, sum up."""
    if job.turn.received_at >= drill.ends_at:
        return _close(job, drill)
    told = Ground(job.voice).typed(drill.question, response)
    return [told, _put(job, drill, drill.question)]


def _answered(job: Job, drill: DrillRecord, given: str, assessment: Assessment | None) -> list[Reply]:
    """Judge an answer, plan its card, record both, and ask the next question or sum up."""
    question, now = drill.question, job.turn.received_at
    kind, type_, method = (str(question[key]) for key in ("kind", "type", "method"))
    if assessment is not None:
        correct, score = assessment.score >= RIGHT_FROM, assessment.score
    else:
        correct, score = given == question[kind], None
    by_method = not question["by_name"] or (assessment is not None and assessment.technique == method)
    rated = rating(correct, score, by_method=by_method)
    today = day_of(now)
    cards = {(card.type, card.method): card for card in job.uow.drills.cards_of(drill.trainee_id)}
    card = cards.get((type_, method))
    memory, due_at = review(card.memory if card else None, rated, today)
    job.uow.drills.save_card(drill.trainee_id, CardRecord(type_, method, memory, due_at))
    days = due_on(due_at) - today
    master = _master(job, question)
    asked_at = datetime.fromisoformat(str(question["asked_at"]))
    job.uow.drills.add_answer(
        drill,
        job.turn,
        type_=type_,
        method=method,
        kind=kind,
        asked=str(question["line"]),
        given=given,
        correct=correct,
        score=score,
        data={
            "rating": rated,
            "days": days,
            "master": master,
            "seconds": max(0, round((now - asked_at).total_seconds())),
            "lang": question["lang"],
            "assessment": None if assessment is None else assessment.to_json(),
        },
        now=now,
    )
    result = Ground(job.voice).result(
        question, correct=correct, given=given, master=master, days=days, assessment=assessment
    )
    following = None
    if now < drill.ends_at:
        following = _next(job, question, job.uow.drills.answers_of(drill))
    if following is None:
        return [result, *_close(job, drill)]
    job.uow.drills.ask(drill, following)
    return [result, _put(job, drill, following)]


def _close(job: Job, drill: DrillRecord) -> list[Reply]:
    """End a drill and sum it up; typed text is a customer's words again."""
    job.uow.drills.end(drill, now=job.turn.received_at)
    job.expect("")
    today = day_of(job.turn.received_at)
    due = [due_on(card.due_at) - today for card in job.uow.drills.cards_of(drill.trainee_id)]
    end = Ground(job.voice).end(job.uow.drills.answers_of(drill), max(0, min(due)) if due else None)
    return [end, *results(job)]


def _assess(job: Job, drill: DrillRecord) -> Assessment:
    """Assess a free answer to the open question."""
    question = drill.question
    answers = job.uow.drills.answered_by(drill.trainee_id, limit=_LATEST)
    return assess_reading(
        job.heard,
        job.voice.content.rubric.rules,
        lang=str(question["lang"]),
        customer=str(question["line"]),
        earlier={essence(a.given) for a in answers if a.kind == ANSWER and a.drill_id == drill.id},
        known={
            essence(line)
            for line in (_master(job, question), *(str(a.data.get("master", "")) for a in answers))
        },
    )


def _names(job: Job, kind: str) -> Mapping[str, Collection[str]]:
    """Return what a type or a method may be called in a typed text, in both languages."""
    taxonomy = job.voice.content.taxonomy
    guides = taxonomy.objection_types if kind == TYPE else taxonomy.methods
    area = "types" if kind == TYPE else "methods"
    return {
        id_: [
            name
            for lang in LANGS
            for name in (
                guide.name.of(lang),
                *job.voices(lang)(f"practice.drill.called.{area}.{id_}").split("|"),
            )
            if name
        ]
        for id_, guide in guides.items()
    }


def _master(job: Job, question: Mapping[str, Any]) -> str:
    """Return what a master would say by the method: the scenario's own answer, else the playbook's."""
    voice, lang = job.voice, str(question["lang"])
    type_, method, line = str(question["type"]), str(question["method"]), str(question["line"])
    seed = seed_of(question["seed"], question["number"])
    scenario = voice.content.scenarios.get(str(question["scenario"]))
    concern = next((c for c in scenario.concerns if c.id == question["concern"]), None) if scenario else None
    if concern is not None:
        own = [answer.text.of(lang) for answer in concern.answers if answer.method == method]
        if not own and method == "inquiry":
            own = list(concern.explore.of(lang))
        if own:
            return own[seed % len(own)]
    product = str(question["product"])
    if product not in voice.content.products:
        product = voice.product.id
    material = voice.content.material(product, type_, lang, line)
    scripts = fitting(voice.content.playbooks[type_], material)
    script = next((script for script in scripts if script.method == method), scripts[0])
    return compose(script, material, seed=seed).text


def _misses(job: Job) -> Iterator[Miss]:
    """Yield what went wrong in the trainee's latest replies, corrections and drills."""
    uow, fits, session = job.uow, _fits(job), job.session
    for turn in uow.talks.assessed_by(session.trainee_id, limit=_LATEST):
        faults = (turn.assessment or {}).get("violations")
        if turn.type in fits and ((turn.final_score or 0) < RIGHT_FROM or faults):
            suited = turn.technique if turn.technique in fits[turn.type] else fits[turn.type][0]
            yield Miss((turn.type, suited), ANSWER, day_of(turn.said_at))
    trainee = TraineeRecord(session.trainee_id, session.name)
    for earlier in uow.sessions.recent(trainee=trainee, limit=_SESSIONS):
        for correction in uow.corrections.of_session(earlier):
            if correction.to_type in fits:
                key = correction.to_type, fits[correction.to_type][0]
                yield Miss(key, TYPE, day_of(correction.corrected_at))
    for answer in uow.drills.answered_by(session.trainee_id, limit=_LATEST):
        if not answer.correct:
            yield Miss((answer.type, answer.method), answer.kind, day_of(answer.answered_at))


WHILE: Final[Mapping[str, Handler]] = {
    **dict.fromkeys(("customer", "seller", "affirm", "deny", "chitchat", "ask_score"), reply_in_drill),
    "stop": stop_drill,
}
"""What else a message means while a drill runs."""

HANDLERS: Final[Mapping[str, Handler]] = {
    "start_drill": start_drill,
    "answer_drill": answer_drill,
    "show_progress": show_progress,
}
