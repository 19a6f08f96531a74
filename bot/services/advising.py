"""Coaching: sorting what a customer said and answering it by method, and the talk around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.coaching import advice
from bot.coaching.playbook import Script, seed_of
from bot.coaching.reading import Objection, Reading
from bot.coaching.taxonomy import LANGS, NONE, OBJECTION_LABELS, TECHNIQUES
from bot.services.job import Handler, Job
from bot.storage.records import TEXT, Reply, TurnRecord

TALK_RESPONSES: Final[Mapping[str, str]] = {
    "greet": "utter_talk_greet",
    "goodbye": "utter_talk_goodbye",
    "thank": "utter_talk_thank",
    "affirm": "utter_talk_affirm",
    "deny": "utter_talk_deny",
    "chitchat": "utter_talk_chitchat",
    "ask_help": "utter_talk_help",
    "analyze": "utter_talk_analyze",
    "ask_score": "utter_talk_score",
    "stop": "utter_talk_stop",
}


def _customer(job: Job) -> list[Reply]:
    """A customer's line: sort it and answer, ask back, or take it as no objection."""
    assert job.reading is not None
    plan = advice.plan(job.reading)
    if plan.kind == advice.ASK:
        return [job.voice.ask_type(plan.choices, job.turn.number)]
    if plan.kind == advice.REMARK:
        return [job.voice.remark(plan.near, job.turn.number)]
    return _advise(job, job.turn, plan.objections, job.reading.text)


def _advise(job: Job, about: TurnRecord, objections: tuple[Objection, ...], text: str) -> list[Reply]:
    """The whole answer to a line: what it objects to, how it is meant, and what to say by method."""
    voice, main = job.voice, objections[0]
    blocks = [voice.sorted(objections, text, about.number), voice.natures(objections)]
    shown = advice.first_scripts(
        voice.content.playbooks[main.type],
        voice.material(main.type, main.span),
        main.nature.id,
        main.nature.confidence,
    )
    blocks += [_script(job, about, script, main.span) for script in shown]
    if len(objections) > 1:
        blocks.append(voice.further(objections[1:]))
        for further in objections[1:]:
            playbook = voice.content.playbooks[further.type]
            best = advice.first_scripts(playbook, voice.material(further.type, further.span), "", 0.0)[:1]
            blocks += [_script(job, about, script, further.span) for script in best]
    blocks.append(voice.next_steps(about.number, main.type))
    return blocks


def _seller(job: Job) -> list[Reply]:
    return [job.voice.plain("utter_advice_seller_line")]


def _talk(job: Job) -> list[Reply]:
    name = job.session.name
    values = {
        "name": job.voice.phrases("named", name=name) if name else "",
        "product": job.voice.product.name.of(job.voice.lang),
    }
    return [job.voice.plain(TALK_RESPONSES[job.command.intent], values)]


def _choose_product(job: Job) -> list[Reply]:
    """Take the product that was named; list them all where none was."""
    wanted = str(job.command.values.get("product") or "")
    product = job.voice.content.products.get(wanted)
    if product is None:
        return [job.voice.products()]
    job.slots["product"] = product.id
    lang = job.voice.lang
    values = {
        "name": product.name.of(lang),
        "summary": product.summary.of(lang),
        "price": product.price.list.of(lang),
    }
    return [job.voice.plain("utter_product_chosen", values)]


def _switch_language(job: Job) -> list[Reply]:
    lang = str(job.command.values.get("lang") or "")
    if lang not in LANGS or (job.reading is not None and lang == job.voice.lang == job.session.lang):
        lang = "en" if job.voice.lang == "zh" else "zh"
    job.slots["lang"] = lang
    return [job.voice.speaking(lang, job.voices(lang)).plain("utter_language_switched")]


def _about(job: Job) -> TurnRecord | None:
    """The turn that a click refers to, by its number; otherwise the latest one with an objection."""
    number = job.command.values.get("turn")
    if isinstance(number, str) and number.isdecimal():
        number = int(number)
    if isinstance(number, int) and not isinstance(number, bool) and 0 < number < job.turn.number:
        return job.uow.turns.by_number(job.session, number)
    return job.uow.turns.last_objection(job.session, before=job.turn.number)


def _script(job: Job, about: TurnRecord, script: Script, words: str) -> Reply:
    """The next line of a script: one that this session has not seen, as long as there is one."""
    product = job.voice.product.id
    attempt = sum(
        1
        for d in job.scripts_shown
        if (d["type"], d["method"], d["product"]) == (script.type, script.method, product)
    )
    return job.voice.script(script, words, job.session.public_id, about.number, attempt)


def _words(about: TurnRecord, type_: str) -> str:
    """The words of a turn that carry an objection type; all of them where the NLU saw another type."""
    objections = Reading.from_json(about.reading).objections if about.reading else ()
    return next((o.span for o in objections if o.type == type_), about.text)


def _main_type(job: Job, about: TurnRecord) -> str | None:
    """The type that a click is about: its own, else the turn's main type, else that of its first answer."""
    wanted = job.command.values.get("type")
    if wanted in OBJECTION_LABELS and wanted != NONE:
        return str(wanted)
    shown = [d for d in job.scripts_shown if d["turn"] == about.number]
    if about.types:
        return about.types[0]
    return str(shown[0]["type"]) if shown else None


def _show_version(job: Job) -> list[Reply]:
    about = _about(job)
    type_ = _main_type(job, about) if about is not None else None
    if about is None or type_ is None:
        return [job.voice.notice("utter_advice_nothing_yet")]
    playbook = job.voice.content.playbooks[type_]
    method = job.command.values.get("method")
    if method not in TECHNIQUES or method not in playbook.methods:
        method = playbook.methods[0]
    return [_script(job, about, playbook.script(str(method)), _words(about, type_))]


def _show_method(job: Job) -> list[Reply]:
    about = _about(job)
    type_ = _main_type(job, about) if about is not None else None
    if about is None or type_ is None:
        return [job.voice.notice("utter_advice_nothing_yet")]
    types = [type_, *(t for t in about.types if t != type_)]
    shown = [d for d in job.scripts_shown if d["turn"] == about.number]
    for candidate in types:
        seen = frozenset(str(d["method"]) for d in shown if d["type"] == candidate)
        words = _words(about, candidate)
        playbook = job.voice.content.playbooks[candidate]
        rest = advice.further_scripts(playbook, job.voice.material(candidate, words), seen)
        if rest:
            return [_script(job, about, rest[0], words)]
    name = job.voice.type_name(type_).of(job.voice.lang)
    return [job.voice.notice("utter_advice_all_methods_shown", {"type": name})]


def _ask_type(job: Job) -> list[Reply]:
    about = _correctable(job)
    if about is None:
        return [job.voice.notice("utter_advice_nothing_yet")]
    return [job.voice.correction(about.text, about.number)]


def _correct_type(job: Job) -> list[Reply]:
    about, label = _correctable(job), job.command.values.get("type")
    if about is None or label not in OBJECTION_LABELS:
        return [job.voice.notice("utter_advice_nothing_yet")]
    before = about.types[0] if about.types else NONE
    job.uow.corrections.add(
        about,
        message_id=job.turn.message_id,
        from_type=before,
        to_type=str(label),
        by=job.session.name,
        now=job.turn.received_at,
    )
    lang = job.voice.lang
    names = {"from": job.voice.type_name(before).of(lang), "to": job.voice.type_name(str(label)).of(lang)}
    return [job.voice.notice("utter_correction_saved", names), *_answers_as(job, about, str(label))]


def _choose_type(job: Job) -> list[Reply]:
    about, label = _correctable(job), job.command.values.get("type")
    if about is None or label not in OBJECTION_LABELS:
        return [job.voice.notice("utter_advice_nothing_yet")]
    return _answers_as(job, about, str(label))


def _answers_as(job: Job, about: TurnRecord, label: str) -> list[Reply]:
    """Answer a turn's line as the trainee sorted it."""
    if label == NONE:
        return [job.voice.remark("", about.number)]
    known = {o.type: o for o in (Reading.from_json(about.reading).objections if about.reading else ())}
    objection = known.get(label) or Objection(label, 1.0, about.text[:200])
    return _advise(job, about, (replace(objection, confidence=1.0),), about.text)


def _correctable(job: Job) -> TurnRecord | None:
    """The typed turn that a correction is about."""
    number = job.command.values.get("turn")
    if number is None:
        return job.uow.turns.last_objection(job.session, before=job.turn.number)
    about = _about(job)
    return about if about is not None and about.kind == TEXT and about.reading else None


def _telephone(job: Job) -> list[Reply]:
    about = _about(job)
    rejections = job.voice.content.telephone.rejections.values()
    type_ = _main_type(job, about) if about is not None else None
    fitting = [r for r in rejections if type_ in r.types] or list(rejections)
    seed = seed_of(job.session.public_id, job.turn.number)
    return [job.voice.telephone(rejection, seed) for rejection in fitting]


def _greet_trainee(job: Job) -> list[Reply]:
    name = str(job.command.values.get("name") or "").strip()[:200]
    if not name:
        return [job.voice.plain("utter_talk_help")]
    job.slots["trainee_name"] = name
    product = job.voice.product.name.of(job.voice.lang)
    return [job.voice.plain("utter_name_greeted", {"name": name, "product": product})]


def _empty(job: Job) -> list[Reply]:
    return [job.voice.notice("utter_notice_empty")]


def answer_unknown(job: Job) -> list[Reply]:
    """Say that a message could not be made sense of."""
    return [job.voice.notice("utter_notice_unknown")]


HANDLERS: Final[Mapping[str, Handler]] = {
    "customer": _customer,
    "seller": _seller,
    **dict.fromkeys(TALK_RESPONSES, _talk),
    **dict.fromkeys(("list_products", "switch_product", "choose_product"), _choose_product),
    "switch_language": _switch_language,
    "another_version": _show_version,
    "another_method": _show_method,
    "wrong_type": _ask_type,
    "correct_type": _correct_type,
    "choose_type": _choose_type,
    "show_telephone": _telephone,
    "name_self": _greet_trainee,
    "empty_message": _empty,
}
