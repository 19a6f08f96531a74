"""A trainee who practises without a browser, so that there is something to review."""

from __future__ import annotations

from typing import Any

from showpiece import LINES, PLAYS, Coach

from bot.storage.unit_of_work import UnitOfWorkFactory
from bot.web.blocks import payload


class Rep:
    """Somebody in a session of their own; the actions' real answers, canned readings."""

    def __init__(self, units: UnitOfWorkFactory, session: str, lang: str = "en") -> None:
        self.coach, self.session, self.lang, self.count = Coach(units), session, lang, 0

    def send(self, **what: str) -> list[dict[str, Any]]:
        self.count += 1
        return self.coach(
            {
                "sender": self.session,
                "message_id": f"message-{self.count}",
                "metadata": {"lang": self.lang, "product": "alarm", "name": "Robin"},
                **what,
            }
        )

    def practise(self) -> None:
        """Ask about a line, then play a talk with a reply that is done again, an appeal and a hint."""
        self.send(text=LINES[self.lang])
        self.send(payload=payload("choose_scenario", scenario="alarm_loud", lang=self.lang))
        self.send(text=PLAYS[self.lang][1])
        self.send(payload=payload("redo_turn", lang=self.lang))
        self.send(payload=payload("show_hint"))
        said = self.send(text=PLAYS[self.lang][0])
        about = next(block["data"] for block in said if block["kind"] == "feedback")
        place = {"talk": about["talk"], "talk_turn": about["talk_turn"]}
        self.send(payload=payload("disagree", **place, rule="clarify", reason="I did ask"))
        self.send(payload=payload("stop"))
