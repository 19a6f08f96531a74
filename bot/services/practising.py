"""Role-play: the trainee sells to a simulated customer, and every reply is assessed in the open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from bot.coaching import mentor
from bot.coaching.assessment import Assessment, assess_reply, essence
from bot.coaching.debrief import PlayedTurn, score_card
from bot.coaching.playbook import seed_of
from bot.coaching.role_play import OPEN, Talk, begin, respond
from bot.coaching.scenario import Effect, Scenario
from bot.coaching.signals import read_move
from bot.coaching.taxonomy import LEVELS, OBJECTION_TYPES, STYLES
from bot.services.job import Handler, Job
from bot.services.talk_blocks import Stage
from bot.storage.records import (
    ENDED,
    PAUSED,
    RUNNING,
    SELLER,
    SWAPPED,
    TALK,
    Reply,
    TalkRecord,
    TalkTurnRecord,
)

CUSTOMER_LINE: Final = "customer_line"
"""The slot with the customer's line that typed text answers; none while the trainee speaks for a customer."""

_LEVEL: Final = "level"
_REASON: Final = 1000


def in_language(job: Job, lang: str) -> Job:
    """Speak the language of a talk, whatever language the latest message is in."""
    return replace(job, voice=job.voice.speaking(lang, job.voices(lang))) if lang != job.voice.lang else job


def show_scenarios(job: Job) -> list[Reply]:
    """List the scenarios that fit the filters of the command."""
    values = job.command.values
    filters = {
        key: str(values[key])
        for key, known in (("type", OBJECTION_TYPES), ("style", STYLES), ("difficulty", ("1", "2", "3")))
        if str(values.get(key) or "") in known
    }
    fitting = [s for s in job.voice.content.scenarios.values() if _fits(s, filters)]
    return [Stage(job.voice).scenarios(fitting or list(job.voice.content.scenarios.values()), filters)]


def _fits(scenario: Scenario, filters: Mapping[str, str]) -> bool:
    own = {"type": scenario.main.type, "style": scenario.style, "difficulty": str(scenario.difficulty)}
    return all(own[key] == value for key, value in filters.items())


def choose_scenario(job: Job) -> list[Reply]:
    """Start the scenario that was named; any that fits the filters where none was."""
    scenarios = job.voice.content.scenarios
    scenario = scenarios.get(str(job.command.values.get("scenario") or ""))
    if scenario is None:
        filters = {
            k: str(job.command.values[k]) for k in ("type", "style", "difficulty") if k in job.command.values
        }
        fitting = [s for s in scenarios.values() if _fits(s, filters)] or list(scenarios.values())
        scenario = fitting[seed_of(job.session.public_id, job.turn.number) % len(fitting)]
    blocks = leave(job)
    lang = job.voice.lang
    opened = begin(scenario, job.voice.content.cast, lang, seed_of(job.session.public_id, job.turn.number))
    level = str(job.command.values.get(_LEVEL) or "")
    if level not in LEVELS:
        earlier = job.uow.talks.latest(job.session)
        level = earlier.level if earlier else LEVELS[0]
    talk = job.uow.talks.start(
        job.session,
        scenario=scenario.id,
        lang=lang,
        level=level,
        mode=SELLER,
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
    _play(job, opened.line)
    stage = Stage(job.voice)
    job.slots["product"] = scenario.product
    return [*blocks, stage.brief(scenario, level), stage.customer(scenario, opened.line, opened.talk)]


def _play(job: Job, line: str | None) -> None:
    """Take what is typed next as a reply to a customer's line; None: as a customer's words again."""
    job.uow.sessions.set_practice(job.session, TALK if line is not None else "")
    job.slots[CUSTOMER_LINE] = line


def leave(job: Job) -> list[Reply]:
    """Put aside what the session is practising, to begin something else; nothing is lost."""
    running = job.uow.talks.latest(job.session, RUNNING)
    if running is not None:
        job.uow.talks.set_state(running, PAUSED)
    if job.session.practice:
        _play(job, None)
    return []


def reply(job: Job) -> list[Reply]:
    """Take a reply: assess it, let the customer answer, tell what it showed."""
    talk = job.uow.talks.latest(job.session, RUNNING)
    if talk is None:
        _play(job, None)
        return [job.voice.notice("utter_practice_no_talk")]
    job = in_language(job, talk.lang)
    last = job.uow.talks.last_turn(talk)
    scenario = _scenario_of(job, talk, last)
    if scenario is None or last is None:
        return _abandon(job, talk)
    content = job.voice.content
    before = Talk.from_json(last.talk)
    said = list(last.course.get("said", ()))
    assessment = _assess(job, talk, last, said)
    move = read_move(
        _said(job),
        job.reading.pieces if job.reading else (),
        assessment,
        scenario,
        content.signals,
        talk.lang,
    )
    turn = respond(scenario, content.cast, content.fits, before, move)
    tries = job.uow.talks.tries(talk, turn.talk.turn)
    concern = mentor.concern_now(scenario, before) or scenario.main
    talk_turn = job.uow.talks.add_turn(
        talk,
        job.turn,
        number=turn.talk.turn,
        attempt=len(tries) + 1,
        type_=concern.type,
        technique=assessment.technique,
        score=assessment.score,
        reply=_said(job),
        line=turn.line,
        assessment=assessment.to_json(),
        state=turn.talk.to_json(),
        course={
            "situation": turn.situation,
            "events": [list(event) for event in turn.events],
            "effect": [turn.effect.trust, turn.effect.interest, turn.effect.patience],
            "said": [*said, seed_of(essence(_said(job)))],
            "models": last.course.get("models", []),
            "answered": last.line,
            "hints": last.course.get("aids", 0),
        },
        now=job.turn.received_at,
    )
    stage = Stage(job.voice)
    blocks = [stage.customer(scenario, turn.line, turn.talk)]
    master = mentor.master_line(scenario, before, content.fits)
    if talk.level != LEVELS[-1]:
        place = {"talk": talk.id, "talk_turn": talk_turn, "number": turn.talk.turn}
        blocks.append(
            stage.feedback(
                scenario, before, assessment, master, talk.level,
                place=place, line=last.line, reply=_said(job),
            )
        )  # fmt: skip
        noted = job.uow.talks.last_turn(talk)
        if noted is not None:
            job.uow.talks.note_help(noted, [seed_of(essence(master.text))])
    if tries:
        blocks.append(stage.tries(last.line, job.uow.talks.tries(talk, turn.talk.turn)))
    if turn.talk.outcome:
        return [*blocks, *_end(job, talk, scenario, turn.talk.outcome)]
    _play(job, turn.line)
    return blocks


def _said(job: Job) -> str:
    """Return the reply as it was read: the places of its pieces are counted in this text."""
    return job.reading.text if job.reading is not None else job.turn.text


def _assess(job: Job, talk: TalkRecord, last: TalkTurnRecord, said: list[int]) -> Assessment:
    """Assess the reply of the message to the customer's latest line."""
    reading = job.reading
    text = essence(_said(job))
    return assess_reply(
        _said(job),
        reading.pieces if reading else (),
        reading.technique_ranking if reading else (),
        job.voice.content.rubric.rules,
        lang=talk.lang,
        reply_lang=reading.lang if reading else talk.lang,
        customer=last.line,
        earlier={text} if seed_of(text) in said else (),
        known={text} if seed_of(text) in last.course.get("models", ()) else (),
    )


def _scenario_of(job: Job, talk: TalkRecord, last: TalkTurnRecord | None) -> Scenario | None:
    """Return the scenario of a talk; None where the content has changed so that it cannot go on."""
    scenario = job.voice.content.scenarios.get(talk.scenario)
    if scenario is None or last is None:
        return None
    known = [state["id"] for state in last.talk["concerns"]]
    return scenario if known == [concern.id for concern in scenario.concerns] else None


def _abandon(job: Job, talk: TalkRecord) -> list[Reply]:
    """End a talk whose scenario is gone."""
    job.uow.talks.end(talk, outcome=OPEN, score=None, card={}, now=job.turn.received_at)
    _play(job, None)
    return [job.voice.notice("utter_practice_changed")]


def _end(job: Job, talk: TalkRecord, scenario: Scenario, outcome: str) -> list[Reply]:
    """End a talk and show its score card."""
    content, stage = job.voice.content, Stage(job.voice)
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
    _play(job, None)
    told = []
    if talk.level == LEVELS[-1]:
        told = [_told_late(stage, talk, scenario, records, place) for place in range(1, len(records))]
    shown = stage.card(scenario, talk, card, past, [block.data for block in told], counts)
    return [shown]


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


def redo(job: Job) -> list[Reply]:
    """Go back to before a reply, by default the latest; what was said stays on record as a try."""
    talk = job.uow.talks.latest(job.session)
    if talk is None or talk.mode == SWAPPED:
        return [job.voice.notice("utter_practice_no_talk")]
    job = in_language(job, talk.lang)
    last = job.uow.talks.last_turn(talk)
    scenario = _scenario_of(job, talk, last)
    if last is None or scenario is None:
        return _abandon(job, talk) if talk.state != ENDED else [job.voice.notice("utter_practice_no_talk")]
    if last.number == 0:
        return [job.voice.notice("utter_practice_nothing_to_redo")]
    number = _number(job.command.values.get("turn"), last.number)
    for turn in job.uow.talks.turns_of(talk):
        if turn.number >= number:
            job.uow.talks.supersede(talk, turn)
    back = job.uow.talks.last_turn(talk)
    assert back is not None, "the opening is never put aside"
    # What was shown is known, whichever try it was shown after.
    known = back.course.get("models", ())
    job.uow.talks.note_help(back, [m for m in last.course.get("models", ()) if m not in known])
    job.uow.talks.reopen(talk)
    job.uow.talks.note(talk, job.turn, kind="redo", data={"number": number}, now=job.turn.received_at)
    _play(job, back.line)
    stage = Stage(job.voice)
    return [
        job.voice.notice("utter_practice_redo"),
        stage.customer(scenario, back.line, Talk.from_json(back.talk)),
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
        return [job.voice.notice("utter_practice_no_talk")]
    job = in_language(job, talk.lang)
    job.uow.talks.set_state(talk, PAUSED)
    job.uow.talks.note(talk, job.turn, kind="pause", data={}, now=job.turn.received_at)
    _play(job, None)
    return [
        job.voice.plain("utter_practice_paused", buttons=[Stage(job.voice).button("resume", "resume_talk")])
    ]


def resume(job: Job) -> list[Reply]:
    """Go on with the latest talk that was put aside."""
    talk = job.uow.talks.latest(job.session, PAUSED, RUNNING)
    if talk is None or talk.mode == SWAPPED:
        return [job.voice.notice("utter_practice_no_talk")]
    job = in_language(job, talk.lang)
    last = job.uow.talks.last_turn(talk)
    scenario = _scenario_of(job, talk, last)
    if scenario is None or last is None:
        return _abandon(job, talk)
    job.uow.talks.set_state(talk, RUNNING)
    job.uow.talks.note(talk, job.turn, kind="resume", data={}, now=job.turn.received_at)
    _play(job, last.line)
    stage = Stage(job.voice)
    state = Talk.from_json(last.talk)
    return [stage.brief(scenario, talk.level), stage.customer(scenario, last.line, state)]


def stop(job: Job) -> list[Reply]:
    """End a talk before its end: nothing is decided; the score card comes if there is something to score."""
    talk = job.uow.talks.latest(job.session, RUNNING)
    if talk is None:
        _play(job, None)
        return [job.voice.notice("utter_practice_no_talk")]
    job = in_language(job, talk.lang)
    last = job.uow.talks.last_turn(talk)
    scenario = _scenario_of(job, talk, last)
    if scenario is None or last is None:
        return _abandon(job, talk)
    if last.number == 0:
        job.uow.talks.end(talk, outcome=OPEN, score=None, card={}, now=job.turn.received_at)
        _play(job, None)
        return [
            job.voice.plain(
                "utter_practice_stopped", buttons=[Stage(job.voice).button("other", "start_roleplay")]
            )
        ]
    return _end(job, talk, scenario, OPEN)


def set_level(job: Job) -> list[Reply]:
    """Set how much is told after each reply, in this talk and in those to come."""
    level = str(job.command.values.get(_LEVEL) or "")
    talk = job.uow.talks.latest(job.session)
    if level not in LEVELS or talk is None:
        return [job.voice.notice("utter_practice_no_talk")]
    job.uow.talks.set_state(talk, talk.state, level=level)
    return [job.voice.notice("utter_practice_level", {"level": Stage(job.voice).phrase(f"level.{level}")})]


def disagree(job: Job) -> list[Reply]:
    """Record that the trainee does not agree with a point; it goes to the trainer."""
    values = job.command.values
    talk = job.uow.talks.by_id(job.session, _id(values.get("talk")))
    turn = job.uow.talks.turn_by_id(talk, _id(values.get("talk_turn"))) if talk else None
    if talk is None or turn is None or not turn.assessment:
        return [job.voice.notice("utter_practice_no_talk")]
    known = {item["rule"] for item in turn.assessment["evidence"]}
    rule = str(values.get("rule") or "")
    job.uow.talks.appeal(
        talk,
        turn,
        rule=rule if rule in known else "score",
        reason=str(values.get("reason") or "")[:_REASON],
        now=job.turn.received_at,
    )
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
