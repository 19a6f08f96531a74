"""What all practice speaks with: phrases, buttons, names of methods, and the points of an assessment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.coaching.assessment import Evidence
from bot.coaching.families import SCORE
from bot.coaching.taxonomy import TECHNIQUES
from bot.content.schema import FaultGuide, Step
from bot.services.blocks import Voice


@dataclass(frozen=True)
class PracticeVoice:
    """Speaks about practice, in the language and about the product of its voice."""

    voice: Voice

    def phrase(self, key: str, **values: object) -> str:
        """Return a piece of a sentence of the area `practice`."""
        return self.voice.phrases(f"practice.{key}", **values)

    def button(self, name: str, intent: str, **values: object) -> dict[str, str]:
        """Return a button by the name of its title."""
        return self.voice.button(self.phrase(f"buttons.{name}"), intent, **values)

    def method_name(self, method: str) -> str:
        """Return the name of a method; says that there is none for anything else."""
        if method not in TECHNIQUES:
            return self.phrase("method_none")
        return self.voice.content.taxonomy.methods[method].name.of(self.voice.lang)

    def guide(self, rule: str) -> Step | FaultGuide | None:
        """Return what the rubric says of a step or a fault; None for its other rules."""
        return self.voice.content.rubric.guides.get(rule)

    def better(self, rule: str) -> str:
        """Return what to do: instead of a fault, or to show a step; empty for any other rule."""
        guide = self.guide(rule)
        if guide is None:
            return ""
        return (guide.instead if isinstance(guide, FaultGuide) else guide.shown_by).of(self.voice.lang)

    def point(self, item: Evidence) -> dict[str, Any]:
        """Return a point of an assessment with its name and its reason, for a fault with the principle."""
        lang, guide = self.voice.lang, self.guide(item.rule)
        if isinstance(guide, FaultGuide):
            principle = self.voice.content.taxonomy.principles[guide.principle].name.of(lang)
            why = self.phrase("breaks", principle=principle, why=guide.rule.of(lang))
        else:
            why = guide.shown_by.of(lang) if guide else ""
        name = guide.name.of(lang) if guide else self.phrase(f"rule.{item.rule}")
        return {**item.to_json(), "name": name, "why": why}

    def scored(self, points: int, *, mixed: bool = False) -> str:
        """Return points, with how far scores may be relied on."""
        return self.phrase("points", points=points) + self.voice.mark(SCORE, mixed=mixed)
