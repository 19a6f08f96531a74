"""What the two halves of the Slack channel tell each other: what to have answered, and what to post.  Pure.

The outside (`slack_face.py`) knows what people see: it reads an event into a plan and draws the bot's lines
as Slack's messages.  The engine room (`slack_work.py`) carries plans out: in order, once, whatever fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from bot.channels.slack_events import SlackEvent
from bot.content.schema import Content

POST: Final = "chat.postMessage"
"""The method that is found again by its mark, so that it is never done twice."""


@dataclass(frozen=True)
class Say:
    """Something to have answered by the bot: typed text, or a click's payload (`/intent{"field": "value"}`).

    Attributes:
        aside: name of a conversation beside the person's talks (as `home`), so that their talks stay clean.
        also: payloads that are answered after it, each as a turn of its own; all is drawn as one answer.
        use: what the outside needs to know again when it draws the answer.
    """

    text: str = ""
    payload: str = ""
    also: tuple[str, ...] = ()
    aside: str = ""
    use: str = ""


@dataclass(frozen=True)
class Post:
    """One call of Slack's Web API.

    In a plan or an answer it is kept until Slack has taken it, in its order.  Calls of `chat.*` without a
    `channel` go to where the event's talk is (`channel`, and `thread_ts` in a thread).
    """

    method: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AtOnce:
    """What cannot wait: the acknowledgement's body, and calls for which Slack gives three seconds.

    Attributes:
        ack: the body that Slack gets back (choices of a menu, faults of a form, a line only the person sees).
        posts: made right after the acknowledgement, once, without being kept (`views.open`).
        kept: the event also goes to the inbox, where `Face.plan` says what to do about it.
    """

    ack: Mapping[str, Any] | None = None
    posts: tuple[Post, ...] = ()
    kept: bool = True


@dataclass(frozen=True)
class Plan:
    """What to do about an event: first post, then say; and what to remember of the person.

    Attributes:
        in_private: the talk and what is posted belong to the person's direct messages, wherever it happened.
        wishes: stored with the person (`SlackPerson.wishes`), None removes one.
    """

    say: Say | None = None
    posts: tuple[Post, ...] = ()
    wishes: Mapping[str, Any] = field(default_factory=dict)
    in_private: bool = False


@dataclass(frozen=True)
class SlackPerson:
    """Somebody in a workspace.

    Attributes:
        name, locale, zone: what Slack says of them (`zh-CN`, `Asia/Shanghai`); empty while unknown.
        wishes: what they asked for, as `Plan.wishes` set it (`lang`, `drill_hour`, …).
    """

    workspace: str
    user: str
    name: str = ""
    locale: str = ""
    zone: str = ""
    wishes: Mapping[str, Any] = field(default_factory=dict)

    def lang(self, default: str) -> str:
        """Return the language that the channel speaks to them with: their wish, or their Slack's."""
        wish = self.wishes.get("lang")
        if wish in ("zh", "en"):
            return str(wish)
        if self.locale:
            return "zh" if self.locale.lower().startswith("zh") else "en"
        return default


class Face(Protocol):
    """The outside: quick, and pure but for the content that it is given."""

    def stock(self, content: Content) -> None:
        """Offer this content from now on."""

    def at_once(self, event: SlackEvent, person: SlackPerson) -> AtOnce:
        """Return what cannot wait; the person is as far as known without waiting."""

    def plan(self, event: SlackEvent, person: SlackPerson) -> Plan:
        """Return what to do about an event that was kept."""

    def answer(
        self, lines: Sequence[Mapping[str, Any]], event: SlackEvent, say: Say, person: SlackPerson
    ) -> Sequence[Post]:
        """Draw the bot's lines (`text`, `kind`, `data`, `buttons`) as what is posted."""

    def notice(self, name: str, person: SlackPerson) -> Mapping[str, Any]:
        """Return the `text` and `blocks` of a short message of the channel's own.

        Names: `late` (put above an answer that took long), `wait` (there is a fault, it will be answered),
        `failed` (could not be answered, please say it anew), `too_long`, `files`, `not_yours` (a button of
        somebody else's talk).
        """
