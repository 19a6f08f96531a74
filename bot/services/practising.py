"""Role-play: the trainee sells to a simulated customer, and every reply is assessed in the open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.coaching import mentor
from bot.coaching.assessment import Assessment, assess_reading, essence
from bot.coaching.debrief import PlayedTurn, score_card
from bot.coaching.playbook import seed_of
from bot.coaching.role_play import begin, respond
from bot.coaching.scenario import Effect, Scenario
from bot.coaching.signals import read_move
from bot.coaching.talk import OPEN, Talk
from bot.coaching.taxonomy import LEVELS, OBJECTION_TYPES, STYLES
from bot.services.homework_telling import results
from bot.services.job import Handler, Job
from bot.services.open_talk import OpenTalk, about_talk, no_talk, put_aside
from bot.services.review_scores import settle_ended
from bot.services.talk_blocks import Stage
from bot.storage.records import PAUSED, RUNNING, TALK, Reply, TalkRecord, TalkTurnRecord

_LEVEL: Final = "level"
_REASON: Final = 1000


def show_scenarios(job: Job) -> list[Reply]:
    """List the scenarios that fit the filters of the command."""
    filters = _filters(job.command.values)
    return [Stage(job.voice).scenarios(_fitting(job, filters), filters)]


def _filters(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the filters that a command names, those left out that no scenario can be sorted by."""
    return {
        key: str(values[key])
        for key, known in (("type", OBJECTION_TYPES), ("style", STYLES), ("difficulty", ("1", "2", "3")))
        if str(values.get(key) or "") in known
    }


def _fitting(job: Job, filters: Mapping[str, str]) -> Sequence[Scenario]:
    """Return the scenarios that fit the filters; all of them where none does."""
    scenarios = list(job.voice.content.scenarios.values())
    return [scenario for scenario in scenarios if _fits(scenario, filters)] or scenarios


def _fits(scenario: Scenario, filters: Mapping[str, str]) -> bool:
    own = {"type": scenario.main.type, "style": scenario.style, "difficulty": str(scenario.difficulty)}
    return all(own[key] == value for key, value in filters.items())


def choose_scenario(job: Job) -> list[Reply]:
    """Start the scenario that was named; any that fits the filters where none was."""
    seed = seed_of(job.session.public_id, job.turn.number)
    scenario = job.voice.content.scenarios.get(str(job.command.values.get("scenario") or ""))
    if scenario is None:
        fitting = _fitting(job, _filters(job.command.values))
        scenario = fitting[seed % len(fitting)]
    put_aside(job)
    lang = job.voice.lang
    opened = begin(scenario, job.voice.content.cast, lang, seed)
    level = str(job.command.values.get(_LEVEL) or "")
    if level not in LEVELS:
        earlier = job.uow.talks.latest(job.session)
        level = earlier.level if earlier else LEVELS[0]
    talk = job.uow.talks.start(
        job.session,
        scenario=scenario.id,
        lang=lang,
        level=level,
        seed=opened.talk.seed,
        versions={
            "rubric": job.voice.content.rubric.rules.version,
            "cast": job.voice.content.cast.version,
            "scenario": scenario.version,
        },
        now=job.turn.received_at,
    )
    job.uow.talks.add_turn(
        talk,
        job.turn,
        number=0,
        attempt=1,
        type_=scenario.main.type,
        technique="",
        score=None,
        reply="",
        line=opened.line,
        assessment=None,
        state=opened.talk.to_json(),
        course={"situation": opened.situation, "events": [list(e) for e in opened.events], "said": []},
        now=job.turn.received_at,
    )
    job.expect(TALK, opened.line)
    job.slots["product"] = scenario.product
    stage = Stage(job.voice)
    return [stage.brief(scenario, level), stage.customer(scenario, opened.line, opened.talk)]


@about_talk(RUNNING, or_leave=True)
def reply(job: Job, talk: OpenTalk) -> list[Reply]:
    """Take a reply: assess it, let the customer answer, tell what it showed."""
    content, scenario, before, last = job.voice.content, talk.scenario, talk.state, talk.last
    said = list(last.course.get("said", ()))
    assessment = _assess(job, talk, said)
    move = read_move(job.said, job.heard.pieces, assessment, scenario, content.signals, talk.record.lang)
    turn = respond(scenario, content.cast, content.fits, before, move)
    tries = job.uow.talks.tries(talk.record, turn.talk.turn)
    concern = mentor.concern_now(scenario, before) or scenario.main
    master = mentor.master_line(scenario, before, content.fits)
    told = talk.record.level != LEVELS[-1]
    added = job.uow.talks.add_turn(
        talk.record,
        job.turn,
        number=turn.talk.turn,
        attempt=len(tries) + 1,
        type_=concern.type,
        technique=assessment.technique,
        score=assessment.score,
        reply=job.said,
        line=turn.line,
        assessment=assessment.to_json(),
        state=turn.talk.to_json(),
        course={
            "situation": turn.situation,
            "events": [list(event) for event in turn.events],
            "effect": [turn.effect.trust, turn.effect.interest, turn.effect.patience],
            "said": [*said, seed_of(essence(job.said))],
            "models": last.models_and([seed_of(essence(master.text))] if told else ()),
            "answered": last.line,
            "hints": last.course.get("aids", 0),
        },
        now=job.turn.received_at,
    )
    stage = Stage(job.voice)
    blocks = [stage.customer(scenario, turn.line, turn.talk)]
    if told:
        place = {"talk": talk.record.id, "talk_turn": added.id, "number": added.number}
        blocks.append(
            stage.feedback(
                scenario, before, assessment, master, talk.record.level,
                place=place, line=last.line, reply=job.said,
            )
        )  # fmt: skip
    if tries:
        blocks.append(stage.tries(last.line, [*tries, added]))
    if turn.talk.outcome:
        return [*blocks, *_end(job, talk, turn.talk.outcome)]
    job.expect(TALK, turn.line)
    return blocks


def _assess(job: Job, talk: OpenTalk, said: Sequence[int]) -> Assessment:
    """Assess the reply of the message to the customer's latest line."""
    text, last = essence(job.said), talk.last
    return assess_reading(
        job.heard,
        job.voice.content.rubric.rules,
        lang=talk.record.lang,
        customer=last.line,
        earlier={text} if seed_of(text) in said else (),
        known={text} if seed_of(text) in last.models else (),
    )


def _end(job: Job, open_talk: OpenTalk, outcome: str) -> list[Reply]:
    """End a talk and show its score card."""
    content, stage = job.voice.content, Stage(job.voice)
    talk, scenario = open_talk.record, open_talk.scenario
    records = job.uow.talks.turns_of(talk)
    turns = [_played(record) for record in records if record.assessment]
    final = Talk.from_json(records[-1].talk)
    principles = {guide.id: guide.principle for guide in content.rubric.faults}
    card = score_card(scenario, turns, final, content.rubric.rules, principles, outcome)
    past = [
        t for t in job.uow.talks.ended_by(job.session.trainee_id, scenario=talk.scenario) if t.id != talk.id
    ]
    counts = {
        "hints": job.uow.talks.count_events(talk, "hint"),
        "redos": job.uow.talks.count_events(talk, "redo"),
        "demonstrations": job.uow.talks.count_events(talk, "demonstration"),
    }
    job.uow.talks.end(
        talk, outcome=outcome, score=card["score"], card={**card, **counts}, now=job.turn.received_at
    )
    settle_ended(job.uow, job.session, talk.id, content.rubric.rules)
    job.expect("")
    told = []
    if talk.level == LEVELS[-1]:
        told = [_told_late(stage, talk, scenario, records, place) for place in range(1, len(records))]
    card_shown = stage.card(scenario, talk, card, past, [block.data for block in told], counts)
    return [card_shown, *results(job, talk.scenario)]


def _told_late(
    stage: Stage, talk: TalkRecord, scenario: Scenario, records: tuple[TalkTurnRecord, ...], place: int
) -> Reply:
    """Return the feedback on one reply of an exam, which was held back."""
    before, record = records[place - 1], records[place]
    state = Talk.from_json(before.talk)
    return stage.feedback(
        scenario,
        state,
        Assessment.from_json(record.assessment or {}),
        mentor.master_line(scenario, state, stage.voice.content.fits),
        "practised",
        place={"talk": talk.id, "talk_turn": record.id, "number": record.number},
        line=before.line,
        reply=record.reply,
    )


def _played(record: TalkTurnRecord) -> PlayedTurn:
    return PlayedTurn(
        number=record.number,
        reply=record.reply,
        line=record.line,
        assessment=Assessment.from_json(record.assessment or {}),
        effect=Effect(*record.course.get("effect", (0.0, 0.0, 0.0))),
        events=tuple((str(kind), str(id_)) for kind, id_ in record.course.get("events", ())),
        talk=Talk.from_json(record.talk),
    )


@about_talk()
def redo(job: Job, talk: OpenTalk) -> list[Reply]:
    """Go back to before a reply, by default the latest; what was said stays on record as a try."""
    record, last = talk.record, talk.last
    if last.number == 0:
        return [job.voice.notice("utter_practice_nothing_to_redo")]
    number = _number(job.command.values.get("turn"), last.number)
    for turn in job.uow.talks.turns_of(record):
        if turn.number >= number:
            job.uow.talks.supersede(record, turn)
    back = job.uow.talks.last_turn(record)
    assert back is not None, "the opening is never put aside"
    # What was shown is known, whichever try it was shown after.
    job.uow.talks.note_help(back, [model for model in last.models if model not in back.models])
    job.uow.talks.reopen(record)
    job.uow.talks.note(record, job.turn, kind="redo", data={"number": number}, now=job.turn.received_at)
    job.expect(TALK, back.line)
    return [
        job.voice.notice("utter_practice_redo"),
        Stage(job.voice).customer(talk.scenario, back.line, Talk.from_json(back.talk)),
    ]


def _number(value: Any, last: int) -> int:
    """Return the number of a reply that a command names, the last one where it names none that is there."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 5:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= last:
        return value
    return last


def pause(job: Job) -> list[Reply]:
    """Put a talk aside; typed text is a customer's words again."""
    talk = job.uow.talks.latest(job.session, RUNNING)
    if talk is None:
        return no_talk(job)
    job = job.in_language(talk.lang)
    job.uow.talks.set_state(talk, PAUSED)
    job.uow.talks.note(talk, job.turn, kind="pause", data={}, now=job.turn.received_at)
    job.expect("")
    return [
        job.voice.plain("utter_practice_paused", buttons=[Stage(job.voice).button("resume", "resume_talk")])
    ]


@about_talk(PAUSED, RUNNING)
def resume(job: Job, talk: OpenTalk) -> list[Reply]:
    """Go on with the latest talk that was put aside."""
    record, line = talk.record, talk.last.line
    job.uow.talks.set_state(record, RUNNING)
    job.uow.talks.note(record, job.turn, kind="resume", data={}, now=job.turn.received_at)
    job.expect(TALK, line)
    stage = Stage(job.voice)
    return [stage.brief(talk.scenario, record.level), stage.customer(talk.scenario, line, talk.state)]


@about_talk(RUNNING, or_leave=True)
def stop(job: Job, talk: OpenTalk) -> list[Reply]:
    """End a talk before its end: nothing is decided; the score card comes if there is something to score."""
    if talk.last.number:
        return _end(job, talk, OPEN)
    job.uow.talks.end(talk.record, outcome=OPEN, score=None, card={}, now=job.turn.received_at)
    job.expect("")
    other = Stage(job.voice).button("other", "start_roleplay")
    return [job.voice.plain("utter_practice_stopped", buttons=[other])]


def set_level(job: Job) -> list[Reply]:
    """Set how much is told after each reply, in this talk and in those to come."""
    level = str(job.command.values.get(_LEVEL) or "")
    talk = job.uow.talks.latest(job.session)
    if level not in LEVELS or talk is None:
        return no_talk(job)
    job.uow.talks.set_state(talk, talk.state, level=level)
    return [job.voice.notice("utter_practice_level", {"level": Stage(job.voice).phrase(f"level.{level}")})]


def disagree(job: Job) -> list[Reply]:
    """Record that the trainee does not agree with a point; it goes to the trainer."""
    values = job.command.values
    talk = job.uow.talks.by_id(job.session, _id(values.get("talk")))
    turn = job.uow.talks.turn_by_id(talk, _id(values.get("talk_turn"))) if talk else None
    if talk is None or turn is None or not turn.assessment:
        return no_talk(job)
    known = {item["rule"] for item in turn.assessment["evidence"]}
    rule = str(values.get("rule") or "")
    appeal = job.uow.talks.appeal(
        talk,
        turn,
        rule=rule if rule in known else "score",
        reason=str(values.get("reason") or "")[:_REASON],
        now=job.turn.received_at,
    )
    job.uow.notices.appealed(job.session, appeal.id, job.turn.received_at)
    return [job.voice.notice("utter_practice_appealed")]


def _id(value: Any) -> int:
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


HANDLERS: Final[Mapping[str, Handler]] = {
    "start_roleplay": show_scenarios,
    "choose_scenario": choose_scenario,
    "redo_turn": redo,
    "pause_talk": pause,
    "resume_talk": resume,
    "set_level": set_level,
    "disagree": disagree,
}
