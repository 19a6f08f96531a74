"""How assignments are told in the chat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bot.coaching.assignment import PASSED, WHOLE
from bot.coaching.families import SCORE
from bot.services.homework import Homework, parts_of
from bot.services.practice_voice import PracticeVoice
from bot.storage.assignments import SCENARIO
from bot.storage.records import Reply

_MOST_BUTTONS: Final = 5


class HomeworkVoice(PracticeVoice):
    """Speaks about what a trainer has set."""

    def overview(self, homework: Sequence[Homework]) -> Reply:
        """List what was set, with a button to start each that is not done."""
        if not homework:
            return Reply("notice", "utter_assignments_none", {}, {"lang": self.voice.lang})
        told = [self._told(one) for one in homework]
        lines = [f"- {one['title']}: {one['state_name']}; {one['due_name']}" for one in told]
        buttons = tuple(self._start(one) for one in homework if one.pending)[:_MOST_BUTTONS]
        agreement = self.voice.agreement((SCORE,), mixed=True)
        data = {"lang": self.voice.lang, "assignments": told, "agreement": agreement}
        return Reply("assignments", "utter_assignments", {"list": "\n".join(lines)}, data, buttons)

    def gone(self) -> Reply:
        """Tell that a drill is not set (any more)."""
        text, buttons = self.phrase("assignments.gone"), (self.button("drill", "start_drill"),)
        return Reply("notice", "utter_assignment_result", {"text": text}, {"lang": self.voice.lang}, buttons)

    def result(self, one: Homework, part: str) -> Reply:
        """Tell what a try of a part has come to."""
        best = self.scored(one.standing.best.get(part, 0), mixed=True)
        mark = one.assignment.pass_mark
        if one.standing.state == PASSED:
            text = self.phrase("assignments.passed", title=one.assignment.title, best=best)
        elif part not in one.standing.todo:
            left = len(one.standing.todo)
            text = self.phrase("assignments.part", title=one.assignment.title, best=best, left=left)
        else:
            tries = self._tries_left(one, part)
            text = self.phrase(
                "assignments.not_yet", title=one.assignment.title, best=best, mark=mark, tries=tries
            )
        return Reply("notice", "utter_assignment_result", {"text": text}, {"lang": self.voice.lang})

    def _told(self, one: Homework) -> dict[str, Any]:
        """Return an assignment as the cards show it; every text is in the voice's language."""
        assignment, standing = one.assignment, one.standing
        due = assignment.due_at
        return {
            "id": assignment.id,
            "title": assignment.title,
            "kind": assignment.kind,
            "state": standing.state,
            "state_name": self.phrase(f"assignments.state.{standing.state}"),
            "due": "" if due is None else due.isoformat(),
            "due_name": self.phrase("assignments.no_deadline")
            if due is None
            else self.phrase("assignments.until", when=f"{due:%Y-%m-%d %H:%M} UTC"),
            "mark": assignment.pass_mark,
            "parts": [
                {
                    "id": part,
                    "name": self._part_name(one, part),
                    "best": standing.best.get(part),
                    "passed": part not in standing.todo,
                    "tries": self._tries_left(one, part),
                }
                for part in parts_of(assignment)
            ],
        }

    def _part_name(self, one: Homework, part: str) -> str:
        if part == WHOLE:
            return self.phrase("assignments.drill", answers=one.assignment.target["answers"])
        scenario = self.voice.content.scenarios.get(part)
        return part if scenario is None else scenario.title.of(self.voice.lang)

    def _tries_left(self, one: Homework, part: str) -> str:
        most = one.assignment.attempts
        if not most:
            return self.phrase("assignments.any_tries")
        return self.phrase("assignments.tries_left", n=max(0, most - one.standing.used.get(part, 0)))

    def _start(self, one: Homework) -> dict[str, str]:
        title = self.phrase("assignments.start", title=one.assignment.title)
        if one.assignment.kind == SCENARIO:
            return self.voice.button(title, "choose_scenario", scenario=one.standing.todo[0])
        return self.voice.button(title, "start_drill", assignment=one.assignment.id)
