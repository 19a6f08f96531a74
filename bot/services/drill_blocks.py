"""Building what a drill and "my progress" show: questions, results, the summary, the stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from bot.coaching import mastery
from bot.coaching.assessment import LIMIT, METHOD, Assessment
from bot.coaching.drill_questions import ANSWER, TYPE
from bot.coaching.families import SCORE, TECHNIQUE
from bot.coaching.taxonomy import OBJECTION_TYPES, STEPS, TECHNIQUES
from bot.coaching.wording import short
from bot.services.practice_voice import PracticeVoice
from bot.storage.records import DrillAnswerRecord, Reply, TalkRecord

_EVIDENCE: Final = 3
_HISTORY: Final = 30
_TALKS: Final = 20


@dataclass(frozen=True)
class Skill:
    """How far a trainee is with one type or method: stage, tries, points, and the tries to show."""

    id: str
    stage: str
    count: int
    score: int | None
    evidence: Sequence[Mapping[str, Any]]


class Ground(PracticeVoice):
    """Speaks about drills and progress."""

    def type_name(self, type_: str) -> str:
        """Return the name of an objection type."""
        return self.voice.content.taxonomy.objection_types[type_].name.of(self.voice.lang)

    def choices(self, kind: str) -> list[dict[str, str]]:
        """Return what a question of a kind can be answered with; nothing where the answer is free."""
        if kind == ANSWER:
            return []
        if kind == TYPE:
            return [{"id": type_, "name": self.type_name(type_)} for type_ in OBJECTION_TYPES]
        return [{"id": method, "name": self.method_name(method)} for method in TECHNIQUES]

    def question(self, question: Mapping[str, Any], left: int) -> Reply:
        """Ask a question; its choices are buttons that carry the turn in which it was asked first."""
        kind = str(question["kind"])
        product = self.voice.content.products.get(str(question["product"]), self.voice.product)
        choices = self.choices(kind)
        data = {
            "lang": self.voice.lang,
            "kind": kind,
            "line": question["line"],
            "product": product.name.of(self.voice.lang),
            "summary": product.summary.of(self.voice.lang),
            "price": product.price.list.of(self.voice.lang),
            "choices": choices,
            "left_seconds": left,
            "number": question["number"],
        }
        if kind != TYPE:
            data["type"] = question["type"]
            data["type_name"] = self.type_name(str(question["type"]))
        if question["by_name"]:
            data["method"] = question["method"]
            data["method_name"] = self.method_name(str(question["method"]))
        values = {
            "number": str(question["number"]),
            "left": self.phrase("drill.left", seconds=left),
            "product": data["product"],
            "line": str(question["line"]),
            "ask": self.ask(question),
        }
        buttons = [
            self.voice.button(c["name"], "answer_drill", turn=question["turn"], **{kind: c["id"]})
            for c in choices
        ]
        buttons.append(self.voice.button(self.phrase("drill.buttons.stop"), "stop"))
        return Reply("drill_question", "utter_drill_question", values, data, tuple(buttons))

    def ask(self, question: Mapping[str, Any]) -> str:
        """Return what is asked about the line."""
        if question["kind"] == TYPE:
            return self.phrase("drill.type")
        type_, method = self.type_name(str(question["type"])), self.method_name(str(question["method"]))
        if question["kind"] != ANSWER:
            return self.phrase("drill.method", type=type_)
        if question["by_name"]:
            return self.phrase("drill.answer_by", method=method)
        return self.phrase("drill.answer")

    def typed(self, question: Mapping[str, Any], response: str = "utter_drill_typed") -> Reply:
        """Tell what the open question can be answered with."""
        kind = str(question["kind"])
        if kind == ANSWER:
            how = self.phrase("drill.how.answer")
        else:
            names = [choice["name"] for choice in self.choices(kind)]
            how = self.phrase(f"drill.how.{kind}", list=self.voice.phrases("list.join").join(names))
        return self.voice.notice(response, {"how": how})

    def no_drill(self) -> Reply:
        """Tell that no drill is running."""
        buttons = [self.button("drill", "start_drill")]
        return self.voice.plain("utter_drill_none", kind="notice", buttons=buttons)

    def result(
        self,
        question: Mapping[str, Any],
        *,
        correct: bool,
        given: str,
        master: str,
        days: int,
        assessment: Assessment | None,
    ) -> Reply:
        """Tell whether an answer was right, what a master would say, and when it is asked again.

        Args:
            given: what was typed, or the id of what was named.
            days: in how many days it is due.
            assessment: of a free answer.
        """
        kind, type_ = str(question["kind"]), str(question["type"])
        right = question["type"] if kind == TYPE else question["method"]
        data: dict[str, Any] = {
            "lang": self.voice.lang,
            "correct": correct,
            "right": right,
            "right_name": self.name(kind, str(right)),
            "given": given,
            "given_name": self.name(kind, given),
            "kind": kind,
            "line": question["line"],
            "type": type_,
            "type_name": self.type_name(type_),
            "method": question["method"],
            "method_name": self.method_name(str(question["method"])),
            "why": self._why(question, assessment),
            "master": master,
            "due": self.due(days),
        }
        if assessment is not None:
            data["score"] = assessment.score
            data["evidence"] = [self.point(item) for item in assessment.evidence]
            data["technique"] = assessment.technique
            data["technique_name"] = self.method_name(assessment.technique)
            data["agreement"] = self.voice.agreement_on_replies()
            method = data["technique_name"] + self.voice.doubt(METHOD)
            verdict = self.phrase("drill.scored", points=self.scored(assessment.score), method=method)
        elif correct:
            verdict = self.phrase("drill.right", right=data["right_name"])
        else:
            verdict = self.phrase("drill.wrong", right=data["right_name"])
        values = {"verdict": verdict, "why": data["why"], "master": master, "due": data["due"]}
        return Reply("drill_result", "utter_drill_result", values, data)

    def end(self, answers: Sequence[DrillAnswerRecord], next_due: int | None) -> Reply:
        """Sum a drill up.

        Args:
            next_due: in how many days the next card is due; None where there is no card.
        """
        rows = [
            {
                "type": answer.type,
                "type_name": self.type_name(answer.type),
                "method": answer.method,
                "method_name": self.method_name(answer.method),
                "kind": answer.kind,
                "line": answer.asked,
                "given": short(self.name(answer.kind, answer.given)),
                "correct": answer.correct,
                "score": answer.score,
                "due": self.due(int(answer.data.get("days", 0))),
            }
            for answer in answers
        ]
        right = sum(answer.correct for answer in answers)
        due = self.when(next_due)
        data = {"lang": self.voice.lang, "asked": len(rows), "right": right, "rows": rows, "next_due": due}
        judged = any(row["score"] is not None for row in rows)
        if judged:
            data["agreement"] = self.voice.agreement((SCORE,), mixed=True)
        listed = [
            self.phrase(
                f"drill.row_{'right' if row['correct'] else 'wrong'}",
                line=short(str(row["line"])),
                type=row["type_name"],
                due=row["due"],
            )
            for row in rows
        ]
        values = {
            "asked": str(len(rows)),
            "right": str(right),
            "list": "\n".join([*listed, *([self.voice.told_in_full(SCORE)] if judged else [])])
            or self.phrase("none"),
            "due": due,
        }
        buttons = (
            self.voice.button(self.phrase("drill.buttons.again"), "start_drill"),
            self.button("progress", "show_progress"),
            self.button("roleplay", "start_roleplay"),
        )
        return Reply("drill_end", "utter_drill_end", values, data, buttons)

    def progress(
        self,
        types: Sequence[Skill],
        methods: Sequence[Skill],
        history: Sequence[tuple[int, int, int | None]],
        streak: int,
        talks: Sequence[TalkRecord],
    ) -> Reply:
        """Show the stage of each type and method with its evidence, the days, the streak, the talks.

        Args:
            history: day, tries and points on average, oldest first.
            talks: ended ones, oldest first.
        """
        lang = self.voice.lang
        shown_types = [self._skill(skill, self.type_name(skill.id)) for skill in types]
        shown_methods = [self._skill(skill, self.method_name(skill.id)) for skill in methods]
        data: dict[str, Any] = {
            "lang": lang,
            "types": shown_types,
            "methods": shown_methods,
            "history": [
                {"day": date.fromordinal(day).isoformat(), "count": count, "score": score}
                for day, count, score in history[-_HISTORY:]
            ],
            "streak": streak,
            "streak_name": self._streak(streak),
            "talks": [self._talk(talk) for talk in reversed(talks[-_TALKS:])],
            "agreement": self.voice.agreement((SCORE, TECHNIQUE), mixed=True),
        }
        values = {
            "streak": data["streak_name"],
            "types": "\n".join([*map(self._skill_row, shown_types), self.voice.told_in_full(SCORE)]),
            "methods": "\n".join([*map(self._skill_row, shown_methods), self.voice.told_in_full(TECHNIQUE)]),
        }
        buttons = (self.button("drill", "start_drill"), self.button("roleplay", "start_roleplay"))
        return Reply("progress", "utter_progress", values, data, buttons)

    def name(self, kind: str, given: str) -> str:
        """Return the name of what was named; a free answer is itself."""
        if kind == TYPE and given in OBJECTION_TYPES:
            return self.type_name(given)
        return self.method_name(given) if given in TECHNIQUES else given

    def when(self, days: int | None) -> str:
        """Return the day that is so many days ahead; None for no day."""
        if days is None:
            return self.phrase("drill.when.never")
        near = {0: "today", 1: "tomorrow"}.get(max(0, days))
        return self.phrase(f"drill.when.{near}") if near else self.phrase("drill.when.days", days=days)

    def due(self, days: int) -> str:
        """Return when something is asked again."""
        return self.phrase("drill.due", when=self.when(days))

    def _why(self, question: Mapping[str, Any], assessment: Assessment | None) -> str:
        """Return why the right answer is right; of a free one what would have made it better."""
        lang, type_ = self.voice.lang, str(question["type"])
        script = self.voice.content.playbooks[type_].script(str(question["method"]))
        if assessment is None:
            if question["kind"] == TYPE:
                return self.voice.content.taxonomy.objection_types[type_].about.of(lang)
            return script.why.of(lang)
        lost = [e for e in assessment.evidence if e.points < 0 and e.rule != LIMIT]
        if lost:
            return self.better(min(lost, key=lambda item: item.points).rule)
        missing = next((step for step in STEPS[:-1] if step not in assessment.steps), "")
        return self.better(missing) or script.why.of(lang)

    def _skill(self, skill: Skill, name: str) -> dict[str, Any]:
        return {
            "id": skill.id,
            "name": name,
            "stage": skill.stage,
            "stage_name": self.phrase(f"progress.{skill.stage}"),
            "level": mastery.STAGES.index(skill.stage) + 1,
            "count": skill.count,
            "score": skill.score,
            "evidence": [dict(item) for item in reversed(skill.evidence[-_EVIDENCE:])],
        }

    def _skill_row(self, skill: Mapping[str, Any]) -> str:
        name, stage, count = skill["name"], skill["stage_name"], skill["count"]
        if not count:
            return self.phrase("progress.never", name=name)
        if skill["score"] is None:
            return self.phrase("progress.row_named", name=name, stage=stage, count=count)
        return self.phrase("progress.row", name=name, stage=stage, count=count, score=skill["score"])

    def _streak(self, days: int) -> str:
        if days <= 0:
            return self.phrase("progress.no_streak")
        return self.phrase("progress.streak_one" if days == 1 else "progress.streak", days=days)

    def _talk(self, talk: TalkRecord) -> dict[str, Any]:
        scenario = self.voice.content.scenarios.get(talk.scenario)
        outcome = talk.outcome or ""
        return {
            "scenario": talk.scenario,
            "title": scenario.title.of(self.voice.lang) if scenario else talk.scenario,
            "score": talk.final_score,
            "bot_score": talk.score,
            "outcome": outcome,
            "outcome_name": self.phrase(f"outcome.{outcome}") if outcome else "",
            "when": (talk.ended_at or talk.started_at).isoformat(),
        }
