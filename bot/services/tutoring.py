"""Help in the middle of a role-play: hints, all methods shown, and the roles swapped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from bot.coaching import advice
from bot.coaching.assessment import essence
from bot.coaching.playbook import fitting, seed_of
from bot.coaching.scenario import Scenario
from bot.coaching.talk import Talk
from bot.coaching.taxonomy import MAIN_METHODS, TECHNIQUES
from bot.services.job import Handler, Job
from bot.services.open_talk import OpenTalk, about_talk
from bot.services.talk_blocks import Stage
from bot.storage.records import PAUSED, RUNNING, SWAP, Reply, TalkRecord


@about_talk(RUNNING)
def hint(job: Job, talk: OpenTalk) -> list[Reply]:
    """Tell which step is due, without giving the line away."""
    shown = Stage(job.voice).hint(talk.scenario, talk.state)
    _note(job, talk, "hint", shown)
    job.uow.talks.note_help(talk.last, (), aids=1)
    return [shown]


@about_talk(RUNNING)
def methods(job: Job, talk: OpenTalk) -> list[Reply]:
    """Show every method on the objection that stands, right and wrong."""
    line = talk.last.line
    scripts = _scripts(job, talk.scenario, talk.state, line)
    shown = Stage(job.voice).demonstration(talk.scenario, talk.state, line, scripts)
    _note(job, talk, "demonstration", shown)
    models = [seed_of(essence(method["line"])) for method in shown.data["methods"]]
    job.uow.talks.note_help(talk.last, models, aids=1)
    return [shown]


def _note(job: Job, talk: OpenTalk, kind: str, shown: Reply) -> None:
    job.uow.talks.note(talk.record, job.turn, kind=kind, data=dict(shown.data), now=job.turn.received_at)


def _scripts(job: Job, scenario: Scenario, state: Talk, line: str) -> Iterator[tuple[str, str]]:
    """Yield a line for each of the main methods out of the playbook, about the product and these words."""
    type_ = (scenario.concern(state.active) if state.active else scenario.main).type
    voice = replace(job.voice, product=job.voice.content.products[scenario.product])
    playbook = voice.content.playbooks[type_]
    for script in fitting(playbook, voice.material(type_, line)):
        if script.method in MAIN_METHODS:
            shown = voice.script(script, line, job.session.public_id, job.turn.number, 0)
            yield script.method, str(shown.data["line"])


def swap(job: Job) -> list[Reply]:
    """Swap the roles: the trainee speaks as the customer, the dojo sells and explains."""
    talk = job.uow.talks.latest(job.session, RUNNING)
    if talk is not None:
        job.uow.talks.note(talk, job.turn, kind="swap", data={}, now=job.turn.received_at)
        job.uow.talks.set_state(talk, PAUSED)
        scenario = job.voice.content.scenarios.get(talk.scenario)
        if scenario is not None:
            job.slots["product"] = scenario.product
            job = _with_product(job, scenario.product)
    method = str(job.command.values.get("method") or "")
    job.slots["sells_by"] = method if method in TECHNIQUES else None
    job.expect(SWAP)
    stage = Stage(job.voice)
    name = job.voice.product.name.of(job.voice.lang)
    buttons = [_by_method(stage, m) for m in MAIN_METHODS] + [_back(stage, talk)]
    return [job.voice.plain("utter_practice_swapped", {"product": name}, buttons=buttons)]


def sell(job: Job) -> list[Reply]:
    """Answer the trainee, who speaks as the customer, as a seller would, and say why."""
    stage = Stage(job.voice)
    talk = job.uow.talks.latest(job.session, PAUSED)
    plan = advice.plan(job.reading) if job.reading is not None else None
    if plan is None or not plan.objections:
        if plan is not None and plan.choices and plan.choices[0] in job.voice.content.playbooks:
            type_, words = plan.choices[0], job.turn.text
        else:
            shown = job.voice.remark(plan.near if plan else "", job.turn.number)
            values = {"line": str(shown.values["move"])}
            return [job.voice.plain("utter_practice_sold_on", values, buttons=[_back(stage, talk)])]
    else:
        type_, words = plan.objections[0].type, plan.objections[0].span
    usable = fitting(job.voice.content.playbooks[type_], job.voice.material(type_, words))
    wanted = job.profile.sells_by
    script = next((s for s in usable if s.method == wanted), usable[0])
    attempt = sum(1 for d in job.scripts_shown if (d["type"], d["method"]) == (type_, script.method))
    shown = job.voice.script(script, words, job.session.public_id, job.turn.number, attempt)
    others = [_by_method(stage, s.method) for s in usable if s.method != script.method]
    return [replace(shown, buttons=(*others, _back(stage, talk)))]


def _by_method(stage: Stage, method: str) -> dict[str, str]:
    name = stage.voice.content.taxonomy.methods[method].name.of(stage.voice.lang)
    return stage.voice.button(stage.phrase("buttons.sell_by", name=name), "swap_roles", method=method)


def _back(stage: Stage, talk: TalkRecord | None) -> dict[str, str]:
    return stage.button("resume", "resume_talk") if talk is not None else stage.button("back", "stop")


def _with_product(job: Job, product: str) -> Job:
    return replace(job, voice=replace(job.voice, product=job.voice.content.products[product]))


HANDLERS: Final[Mapping[str, Handler]] = {
    "show_hint": hint,
    "show_methods": methods,
    "swap_roles": swap,
}
