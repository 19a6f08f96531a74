"""Building what a role-play shows: scenarios, brief, customer, feedback, tries, hints, the score card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.coaching import mentor
from bot.coaching.assessment import METHOD, Assessment
from bot.coaching.mentor import MasterLine
from bot.coaching.scenario import Scenario
from bot.coaching.talk import Talk
from bot.coaching.taxonomy import LEVELS, STEPS
from bot.coaching.wording import Text
from bot.content.schema import FaultGuide
from bot.services.practice_voice import PracticeVoice
from bot.storage.records import Reply, TalkRecord, TalkTurnRecord

_POINTS = {"novice": 1, "practised": 3}
_LISTED = 8


class Stage(PracticeVoice):
    """Speaks about talks."""

    def scenarios(self, scenarios: Sequence[Scenario], filters: Mapping[str, Any]) -> Reply:
        """List the scenarios to choose from; the page shows all of them with filters."""
        lang, taxonomy = self.voice.lang, self.voice.content.taxonomy
        rows, cards = [], []
        for scenario in scenarios:
            types = [taxonomy.objection_types[c.type].name for c in scenario.concerns if c.nature != "hidden"]
            difficulty = self.phrase(f"difficulty.{scenario.difficulty}")
            rows.append(
                self.phrase(
                    "item.scenario",
                    title=scenario.title.of(lang),
                    difficulty=difficulty,
                    style=taxonomy.styles[scenario.style].name.of(lang),
                    types=self.voice.phrases("list.join").join(name.of(lang) for name in types),
                )
            )
            cards.append(
                {
                    "id": scenario.id,
                    "title": _both(scenario.title),
                    "difficulty": scenario.difficulty,
                    "difficulty_name": difficulty,
                    "style": scenario.style,
                    "style_name": _both(taxonomy.styles[scenario.style].name),
                    "type": scenario.main.type,
                    "type_name": _both(taxonomy.objection_types[scenario.main.type].name),
                    "types": [_both(name) for name in types],
                    "product": _both(self.voice.content.products[scenario.product].name),
                    "setting": self.phrase(f"setting.{scenario.setting}"),
                }
            )
        buttons = [self.button("surprise", "choose_scenario", **dict(filters))]
        buttons += [
            self.voice.button(scenario.title.of(lang), "choose_scenario", scenario=scenario.id)
            for scenario in scenarios[:_LISTED]
        ]
        values = {"count": str(len(scenarios)), "list": "\n".join(rows)}
        data = {"lang": lang, "scenarios": cards, "filters": dict(filters)}
        return Reply("scenarios", "utter_practice_scenarios", values, data, tuple(buttons))

    def brief(self, scenario: Scenario, level: str) -> Reply:
        """Tell who the customer is, what is sold, what is wanted."""
        lang = self.voice.lang
        values = {
            "title": scenario.title.of(lang),
            "who": scenario.brief.who.of(lang),
            "selling": scenario.brief.selling.of(lang),
            "aim": scenario.brief.aim.of(lang),
        }
        data = {
            **values,
            "lang": lang,
            "scenario": scenario.id,
            "customer": scenario.customer.of(lang),
            "difficulty": self.phrase(f"difficulty.{scenario.difficulty}"),
            "setting": self.phrase(f"setting.{scenario.setting}"),
            "role": self.phrase(f"role.{scenario.role}"),
            "product": self.voice.content.products[scenario.product].name.of(lang),
            "level": level,
        }
        return Reply("brief", "utter_practice_brief", values, data)

    def customer(self, scenario: Scenario, line: str, talk: Talk) -> Reply:
        """Let the customer speak, with what can be done besides answering."""
        name = scenario.customer.of(self.voice.lang)
        buttons: tuple[Mapping[str, str], ...] = ()
        if not talk.outcome:
            buttons = tuple(
                self.button(title, intent)
                for title, intent in (
                    ("hint", "show_hint"),
                    ("methods", "show_methods"),
                    *((("redo", "redo_turn"),) if talk.turn else ()),
                    ("swap", "swap_roles"),
                    ("pause", "pause_talk"),
                    ("stop", "stop"),
                )
            )
        data = {"lang": self.voice.lang, "customer": name, "line": line, "turn": talk.turn}
        return Reply("customer", "utter_practice_customer", {"name": name, "line": line}, data, buttons)

    def feedback(
        self,
        scenario: Scenario,
        before: Talk,
        assessment: Assessment,
        master: MasterLine,
        level: str,
        *,
        place: Mapping[str, int],
        line: str,
        reply: str,
    ) -> Reply:
        """Tell what a reply showed, as much of it as the level says: each point with its words and rule.

        Args:
            before: the talk as it was when the reply was given.
            place: `talk` and `talk_turn`, the ids for "I disagree".
            line: the customer's words that were answered; reply: the answer.
        """
        lang = self.voice.lang
        points = [self.point(item) for item in mentor.points_to_tell(assessment, _POINTS.get(level, 1))]
        tip = mentor.to_try(scenario, before, assessment)
        question = ""
        if level == "practised":
            due = mentor.step_now(scenario, before)
            question = self.phrase(f"question.{tip if tip in STEPS else due}")
        steps = [
            {
                "id": step.id,
                "name": step.name.of(lang),
                "shown": step.id in assessment.steps,
                "text": next((e.text for e in assessment.evidence if e.rule == step.id), ""),
            }
            for step in self.voice.content.rubric.steps
        ]
        data = {
            "lang": lang,
            "level": level,
            "score": assessment.score,
            "technique": assessment.technique,
            "technique_name": self.method_name(assessment.technique),
            "confidence": round(assessment.confidence, 3),
            "steps": steps,
            "points": points,
            "evidence": [self.point(item) for item in assessment.evidence],
            "tip": self.better(tip),
            "question": question,
            "master": {"text": master.text, "method": self.method_name(master.method), "step": master.step},
            "line": line,
            "reply": reply,
            "rubric": assessment.rubric,
            "agreement": self.voice.agreement_on_replies(),
            **place,
        }
        shown = [
            self.phrase(f"item.step_{'shown' if step['shown'] else 'missing'}", name=step["name"])
            + self.voice.doubt(str(step["id"]))
            for step in steps
        ]
        values = {
            "score": self.scored(assessment.score),
            "method": self.method_name(assessment.technique) + self.voice.doubt(METHOD),
            "steps": " ".join(shown),
            "points": "\n".join(self._point_row(point) for point in points) or self.phrase("none"),
            "tip": " ".join(part for part in (self.better(tip), question) if part),
            "master": master.text,
        }
        buttons = (
            self.button("redo", "redo_turn", turn=place["number"]),
            self.button("disagree", "disagree", talk=place["talk"], talk_turn=place["talk_turn"]),
            *self.levels(level),
        )
        return Reply("feedback", "utter_practice_feedback", values, data, buttons)

    def tries(self, line: str, tries: Sequence[TalkTurnRecord]) -> Reply:
        """Show the tries of one turn side by side, with their points."""
        shown: list[dict[str, Any]] = []
        for one in tries:
            assessment = Assessment.from_json(one.assessment or {})
            shown.append(
                {
                    "attempt": one.attempt,
                    "reply": one.reply,
                    "score": assessment.score,
                    "technique_name": self.method_name(assessment.technique),
                    "evidence": [self.point(item) for item in assessment.evidence],
                    "answer": one.line,
                }
            )
        rows = [
            self.phrase("item.try", n=one["attempt"], points=self.scored(one["score"]), text=one["reply"])
            for one in shown
        ]
        data = {
            "lang": self.voice.lang,
            "line": line,
            "tries": shown,
            "agreement": self.voice.agreement_on_replies(),
        }
        return Reply("tries", "utter_practice_tries", {"line": line, "list": "\n".join(rows)}, data)

    def hint(self, scenario: Scenario, talk: Talk) -> Reply:
        """Tell which step is due and by what, without giving the line away."""
        lang, taxonomy = self.voice.lang, self.voice.content.taxonomy
        step, concern = mentor.step_now(scenario, talk), mentor.concern_now(scenario, talk)
        fitting = self.voice.content.fits[concern.type] if concern else ()
        method = fitting[talk.concern(concern.id).answers % len(fitting)] if concern and fitting else ""
        text = self.phrase(f"hint.{step}", method=self.method_name(method))
        style = taxonomy.styles[scenario.style]
        handle = self.phrase("hint.style", style=style.name.of(lang), handle=style.handle.of(lang))
        data = {"lang": lang, "step": step, "method": method, "text": text, "style": handle}
        return Reply("hint", "utter_practice_hint", {"text": text, "style": handle}, data)

    def demonstration(
        self, scenario: Scenario, talk: Talk, line: str, scripts: Iterable[tuple[str, str]]
    ) -> Reply:
        """Show every method on the objection that stands, and what not to say.

        Args:
            scripts: (method, line) of the methods that the scenario itself has no model answer for.
        """
        lang, taxonomy = self.voice.lang, self.voice.content.taxonomy
        concern = mentor.concern_now(scenario, talk) or scenario.main
        lines = {"inquiry": concern.explore.of(lang)[0]}
        lines.update({answer.method: answer.text.of(lang) for answer in concern.answers})
        for method, text in scripts:
            lines.setdefault(method, text)
        methods = [
            {
                "method": method,
                "name": guide.name.of(lang),
                "line": lines[method],
                "move": guide.move.of(lang),
            }
            for method, guide in taxonomy.methods.items()
            if method in lines
        ]
        wrong = mentor.wrong_example(scenario, talk)
        guide = self.voice.content.rubric.guides[wrong.breaks]
        bad = {
            "line": wrong.text.of(lang),
            "fault": guide.name.of(lang),
            "why": guide.rule.of(lang) if isinstance(guide, FaultGuide) else "",
        }
        rows = [self.phrase("item.method", name=m["name"], line=m["line"]) for m in methods]
        values = {
            "line": line,
            "list": "\n".join(rows),
            "wrong": bad["line"],
            "fault": bad["fault"],
            "why": bad["why"],
        }
        data = {"lang": lang, "line": line, "methods": methods, "wrong": bad}
        return Reply("demonstration", "utter_practice_demonstration", values, data)

    def card(
        self,
        scenario: Scenario,
        talk: TalkRecord,
        card: Mapping[str, Any],
        past: Sequence[TalkRecord],
        turns: Sequence[Mapping[str, Any]],
        counts: Mapping[str, int],
    ) -> Reply:
        """Show the score card: outcome, steps, methods, principles, what lay behind, earlier tries, a chart.

        Args:
            past: earlier talks of this scenario, oldest first.
            turns: feedback data of each reply, told now where nothing was told before (exam).
            counts: how many hints, redos and demonstrations were taken.
        """
        lang, taxonomy = self.voice.lang, self.voice.content.taxonomy
        guides = self.voice.content.rubric.guides
        steps = [{**step, "name": guides[step["id"]].name.of(lang)} for step in card["steps"]]
        methods = [{**method, "name": self.method_name(method["id"])} for method in card["methods"]]
        principles = [
            {
                **broken,
                "name": taxonomy.principles[broken["id"]].name.of(lang),
                "faults": [
                    {**fault, "name": guides[fault["fault"]].name.of(lang)} for fault in broken["faults"]
                ],
            }
            for broken in card["principles"]
        ]
        concerns = [
            {
                **concern,
                "name": taxonomy.objection_types[concern["type"]].name.of(lang),
                "nature_name": taxonomy.natures[concern["nature"]].name.of(lang),
                "status_name": self.phrase(f"status.{concern['status']}"),
                "behind": concern["behind"][lang],
            }
            for concern in card["concerns"]
        ]
        scores = [one.final_score or 0 for one in past]
        trend = self._trend(scores, card["score"])
        values = {
            "title": scenario.title.of(lang),
            "outcome": self.phrase(f"outcome.{card['outcome']}"),
            "score": self.scored(card["score"] if card["score"] is not None else 0),
            "trend": trend,
            "steps": "\n".join(
                self.phrase("item.step_card", name=s["name"] + self.voice.doubt(s["id"]), shown=s["shown"])
                for s in steps
            ),
            "methods": self._rows(
                "method_card",
                [{**method, "name": method["name"] + self.voice.doubt(METHOD)} for method in methods],
                ("name", "used", "score"),
            ),
            "principles": self._rows(
                "fault_card",
                [
                    {
                        "principle": broken["name"],
                        **fault,
                        "name": fault["name"] + self.voice.doubt(fault["fault"]),
                    }
                    for broken in principles
                    for fault in broken["faults"]
                ],
                ("principle", "turn", "name", "text"),
            ),
            "concerns": "\n".join(
                self.phrase(
                    "item.concern",
                    name=c["name"],
                    nature=c["nature_name"],
                    status=c["status_name"],
                    behind=c["behind"],
                )
                for c in concerns
            ),
        }
        data = {
            **card,
            "lang": lang,
            "talk": talk.id,
            "title": values["title"],
            "outcome_name": values["outcome"],
            "trend": trend,
            "steps": steps,
            "methods": methods,
            "principles": principles,
            "concerns": concerns,
            "past": [{"n": n, "score": score} for n, score in enumerate(scores, 1)],
            "turns": list(turns),
            "agreement": self.voice.agreement_on_replies(),
            **counts,
        }
        buttons = (
            self.button("again", "choose_scenario", scenario=scenario.id),
            self.button("other", "start_roleplay"),
            self.button("drill", "start_drill"),
            self.button("progress", "show_progress"),
        )
        return Reply("score_card", "utter_practice_card", values, data, buttons)

    def levels(self, level: str) -> tuple[dict[str, str], ...]:
        """Return the buttons that change how much is told."""
        return tuple(
            self.button(f"level_{other}", "set_level", level=other) for other in LEVELS if other != level
        )

    def _rows(self, item: str, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> str:
        listed = [self.phrase(f"item.{item}", **{key: row[key] for key in keys}) for row in rows]
        return "\n".join(listed) or self.phrase("none")

    def _trend(self, scores: Sequence[int], score: int | None) -> str:
        if not scores or score is None:
            return self.phrase("trend.first")
        gain = score - scores[-1]
        kind = "up" if gain > 0 else "down" if gain < 0 else "same"
        return self.phrase(f"trend.{kind}", points=abs(gain))

    def _point_row(self, point: Mapping[str, Any]) -> str:
        points = (
            self.phrase("gained", points=point["points"]) if point["points"] > 0 else str(point["points"])
        )
        why = point["why"] if point["points"] < 0 else ""
        name = point["name"] + self.voice.doubt(point["rule"])
        return self.phrase("item.point", name=name, points=points, text=point["text"], why=why)


def _both(text: Text) -> dict[str, Any]:
    return {"zh": text.zh, "en": text.en}
