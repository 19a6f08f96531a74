"""Building what the dojo shows: blocks with a response's name, the texts that fill it, data and buttons.

A block says the same twice: `response` and `values` for channels that show text (the sentence is in
`domain.yml`),
`kind` and `data` for the page, which draws it as a card.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.coaching.advice import is_guarded, sureness
from bot.coaching.families import NATURE, OBJECTION
from bot.coaching.playbook import Material, Script, compose, compose_version, count_lines, seed_of
from bot.coaching.reading import Objection
from bot.coaching.taxonomy import NONE, OBJECTION_LABELS, UNCLEAR
from bot.coaching.wording import Text
from bot.content.phrases import Phrases
from bot.content.schema import AUDIENCES, Content, Product, Rejection
from bot.services.trust import Trust, Trusts, untold
from bot.storage.records import Reply


@dataclass(frozen=True)
class Voice:
    """Speaks one language about one product.

    Attributes:
        phrases: what the coach speaks with (`bot.content.phrases.load_coach_phrases`) in this language.
        trusts: tells how far each judgement may be relied on.
    """

    content: Content
    phrases: Phrases
    lang: str
    product: Product
    trusts: Callable[[], Trusts] = untold
    _materials: dict[tuple[str, str], Material] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def button(self, title: str, intent: str, **values: object) -> dict[str, str]:
        """Return a button that carries a command, in the language that is spoken now."""
        carried = json.dumps({"lang": self.lang, **values}, ensure_ascii=False)
        return {"title": title, "payload": f"/{intent}{carried}"}

    def plain(
        self,
        response: str,
        values: Mapping[str, str] | None = None,
        *,
        kind: str = "text",
        buttons: Sequence[Mapping[str, str]] = (),
    ) -> Reply:
        """Return a block of one sentence."""
        return Reply(kind, response, dict(values or {}), {"lang": self.lang}, tuple(buttons))

    def notice(self, response: str, values: Mapping[str, str] | None = None) -> Reply:
        """Return a block that tells how things stand."""
        return self.plain(response, values, kind="notice")

    def mark(self, family: str, *, mixed: bool = False) -> str:
        """Return how far a judgement may be relied on, to stand behind a figure that rests on it.

        Args:
            mixed: whether the figure rests on messages in both languages.
        """
        return self._beside(self.trusts().of(family, "" if mixed else self.lang))

    def doubt(self, rule: str) -> str:
        """Return the mark of a label or a line of the rubric that is for practice only; else nothing."""
        told = self.trusts().of_rule(rule, self.lang)
        return self._beside(told) if told is not None and told.practice_only else ""

    def agreement(self, families: Iterable[str], *, mixed: bool = False) -> dict[str, Any]:
        """Return how far judgements may be relied on, by family, as the data of a block hold it."""
        return self.trusts().to_json(families, "" if mixed else self.lang)

    def agreement_on_replies(self) -> dict[str, Any]:
        """Return how far scores and methods may be relied on, and each line of the rubric that may not."""
        return self.trusts().on_replies(self.lang)

    def told_in_full(self, family: str) -> str:
        """Return a line on how far figures out of messages in both languages may be relied on."""
        told = self.trusts().of(family).said("full", self._trust_words)
        return self.phrases(f"practice.trust.{family}", told=told)

    def _beside(self, told: Trust) -> str:
        return self.phrases("practice.trust.beside", mark=told.said("short", self._trust_words))

    def _trust_words(self, key: str) -> str:
        return self.phrases(f"practice.trust.{key}")

    def type_name(self, label: str) -> Text:
        """Return the name of an objection type, or of `none`."""
        if label == NONE:
            return Text(self.phrases("buttons.none"), self.phrases("buttons.none"))
        return self.content.taxonomy.objection_types[label].name

    def sorted(self, objections: Sequence[Objection], text: str, turn: int) -> Reply:
        """Return the objections found, with how sure the system is and the words that carry each."""
        lines, data = [], []
        for n, objection in enumerate(objections, start=1):
            name = self.type_name(objection.type)
            lines.append(
                self.phrases(
                    "sorted.item",
                    n=n,
                    name=name.of(self.lang),
                    other=_other(name, self.lang),
                    sureness=self.phrases(f"sureness.{sureness(objection.confidence)}"),
                    percent=round(100 * objection.confidence),
                    span=objection.span,
                )
                + self.doubt(OBJECTION)
            )
            data.append({**objection.to_json(), "name": _both(name)})
        buttons = [self.button(self.phrases("buttons.wrong_type"), "wrong_type", turn=turn)]
        shown = {
            "lang": self.lang,
            "text": text,
            "objections": data,
            "agreement": self.agreement((OBJECTION,)),
        }
        return Reply("sorted", "utter_advice_sorted", {"list": "\n".join(lines)}, shown, tuple(buttons))

    def natures(self, objections: Sequence[Objection]) -> Reply:
        """Return how each objection is probably meant, what speaks for it, and what to do."""
        lines, data = [], []
        for objection in objections:
            nature = objection.nature
            guide = self.content.taxonomy.natures[nature.id]
            advice = guide.advice.of(self.lang)
            if nature.id == UNCLEAR:
                why = ""
            else:
                why = self.phrases(f"nature.{'with_cue' if nature.cue else 'without_cue'}")
                why = why.format(cue=nature.cue) if nature.cue else guide.sign.of(self.lang)
            between = " " if self.lang == "en" and why and not why.endswith(" ") else ""
            name = self.type_name(objection.type)
            lines.append(
                self.phrases(
                    "nature.item",
                    name=name.of(self.lang),
                    nature=guide.name.of(self.lang) + self.doubt(NATURE),
                    why=why + between,
                    advice=advice,
                )
            )
            data.append(
                {
                    "type": objection.type,
                    "type_name": _both(name),
                    **nature.to_json(),
                    "name": _both(guide.name),
                    "why": guide.sign.of(self.lang),
                    "advice": advice,
                }
            )
        return Reply(
            "nature",
            "utter_advice_nature",
            {"list": "\n".join(lines)},
            {"lang": self.lang, "objections": data, "agreement": self.agreement((NATURE,))},
        )

    def material(self, type_: str, words: str) -> Material:
        """Return the product's sentences for a type, those that fit the customer's words first."""
        key = (type_, words)
        if key not in self._materials:
            self._materials[key] = self.content.material(self.product.id, type_, self.lang, words)
        return self._materials[key]

    def script(self, script: Script, words: str, session: str, turn: int, attempt: int) -> Reply:
        """Return one answer by method: a line to say next, why it works, what to beware of, what to ask then.

        Args:
            words: the customer's words that the answer is about.
            attempt: how many lines of this type, method and product the session has seen; none comes twice
                before all have been said.
        """
        material = self.material(script.type, words)
        line = compose(script, material, seed=seed_of(session, script.type), attempt=attempt)
        guide = self.content.taxonomy.methods[script.method]
        guarded = is_guarded(script.method)
        values = {
            "method": self.phrases(
                "method", name=guide.name.of(self.lang), other=_other(guide.name, self.lang)
            ),
            "line": line.text,
            "why": script.why.of(self.lang),
            "beware": script.beware.of(self.lang),
            "follow_up": script.follow_up.of(self.lang),
        }
        if guarded:
            values["warning"] = guide.beware.of(self.lang)
        lines = count_lines(script.versions, material)
        data = {
            **{k: v for k, v in values.items() if k != "method"},
            "lang": self.lang,
            "type": script.type,
            "type_name": _both(self.type_name(script.type)),
            "method": script.method,
            "method_name": _both(guide.name),
            "product": self.product.id,
            "script": line.version,
            "tone": line.tone,
            "version": attempt % lines + 1,
            "versions": lines,
            "turn": turn,
        }
        title = self.phrases("buttons.another_version")
        another = self.button(title, "another_version", turn=turn, type=script.type, method=script.method)
        response = "utter_advice_guarded_script" if guarded else "utter_advice_script"
        return Reply("script", response, values, data, (another,))

    def further(self, objections: Sequence[Objection]) -> Reply:
        """Return the sentence that leads from the main objection to the others."""
        names = [self.type_name(o.type).of(self.lang) for o in objections]
        return self.plain("utter_advice_further", {"types": self.phrases("list.join").join(names)})

    def next_steps(self, turn: int, type_: str) -> Reply:
        """Return what can be done next, as buttons."""
        p = self.phrases
        buttons = [
            self.button(p("buttons.another_method"), "another_method", turn=turn, type=type_),
            self.button(p("buttons.show_telephone"), "show_telephone", turn=turn, type=type_),
            self.button(p("buttons.wrong_type"), "wrong_type", turn=turn),
            self.button(p("buttons.switch_product"), "switch_product"),
            self.button(
                p("buttons.switch_language"), "switch_language", lang="en" if self.lang == "zh" else "zh"
            ),
        ]
        return self.plain("utter_advice_next", buttons=buttons)

    def ask_type(self, choices: Sequence[str], turn: int) -> Reply:
        """Ask which of the likeliest types was meant."""
        names = [self.type_name(c).of(self.lang) for c in choices]
        listed = self.phrases("list.or").join(names[:-1]) + self.phrases("list.last_or") + names[-1]
        buttons = [self.button(n, "choose_type", turn=turn, type=c) for n, c in zip(names, choices)]
        data = {"lang": self.lang, "choices": list(choices)}
        return Reply("ask_type", "utter_advice_ask_type", {"choices": listed}, data, tuple(buttons))

    def remark(self, near: str, turn: int) -> Reply:
        """Answer what is no objection: give the fact that is asked for, if plain which, and a next step."""
        facts = {
            "price": self.product.price.list,
            "payment": self.product.price.instalments,
            "service": self.product.service["warranty"],
            "timing": self.product.service["delivery"],
            "product": self.product.features[0].benefit,
        }
        kind = near if near in facts else "need"
        step = compose_step(self.product, kind, self.lang, turn)
        if near in facts:
            move = self.phrases("remark.fact", fact=facts[near].of(self.lang), next=step)
        else:
            move = self.phrases("remark.move", next=step)
        buttons = [self.button(self.phrases("buttons.wrong_type"), "wrong_type", turn=turn)]
        values = {"meaning": self.phrases("remark.question"), "move": move}
        return self.plain("utter_advice_remark", values, buttons=buttons)

    def correction(self, text: str, turn: int) -> Reply:
        """Ask for the right type: all ten and none."""
        buttons = [
            self.button(self.type_name(label).of(self.lang), "correct_type", turn=turn, type=label)
            for label in OBJECTION_LABELS
        ]
        short = text if len(text) <= 60 else text[:60] + "…"
        data = {"lang": self.lang, "turn": turn}
        return Reply("correction", "utter_correction_ask", {"said": short}, data, tuple(buttons))

    def products(self) -> Reply:
        """List the products to choose from."""
        rows = [
            self.phrases("product.item", name=p.name.of(self.lang), summary=p.summary.of(self.lang))
            for p in self.content.products.values()
        ]
        buttons = [
            self.button(p.name.of(self.lang), "choose_product", product=p.id)
            for p in self.content.products.values()
        ]
        data = {
            "lang": self.lang,
            "products": [
                {"id": p.id, "name": _both(p.name), "trade": _both(p.trade), "summary": _both(p.summary)}
                for p in self.content.products.values()
            ],
        }
        return Reply("products", "utter_product_list", {"list": "\n".join(rows)}, data, tuple(buttons))

    def telephone(self, rejection: Rejection, seed: int) -> Reply:
        """Return how a standard telephone rejection is turned, for anybody and for two ranks of managers."""
        lines = {}
        for i, audience in enumerate(AUDIENCES):
            versions, material = self.content.telephone_lines(
                rejection.id, audience, self.product.id, self.lang
            )
            lines[audience] = compose_version(versions, material, seed=seed, shift=i).text
        listed = [
            self.phrases("telephone.item", role=self.phrases(f"telephone.{audience}"), line=line)
            for audience, line in lines.items()
        ]
        values = {
            "name": rejection.name.of(self.lang),
            "move": rejection.move.of(self.lang),
            "beware": rejection.beware.of(self.lang),
            "list": "\n".join(listed),
        }
        data = {
            "lang": self.lang,
            "id": rejection.id,
            "name": values["name"],
            "move": values["move"],
            "lines": lines,
            "why": rejection.why.of(self.lang),
            "beware": values["beware"],
            "follow_up": rejection.follow_up.of(self.lang),
        }
        return Reply("telephone", "utter_advice_telephone", values, data)

    def speaking(self, lang: str, phrases: Phrases) -> Voice:
        """Return the same voice in another language."""
        return replace(self, lang=lang, phrases=phrases)


def compose_step(product: Product, type_: str, lang: str, turn: int) -> str:
    """Return one of the product's small next steps for a type."""
    steps = product.arguments[type_]["next"].of(lang)
    return steps[turn % len(steps)]


def _both(text: Text) -> dict[str, Any]:
    return {"zh": text.zh, "en": text.en}


def _other(text: Text, lang: str) -> str:
    return text.en if lang == "zh" else text.zh
