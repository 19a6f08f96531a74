"""What people see of the dojo in Slack, and what their clicks, forms and commands mean.  Quick."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from bot.channels import slack_daily as daily
from bot.channels.slack_blocks import Message, render, tongues
from bot.channels.slack_cards_talk import APPEAL, SCENARIOS
from bot.channels.slack_commands import Slash, is_stop, read_lang, read_slash
from bot.channels.slack_events import (
    ACTION,
    DRILL,
    HOME,
    MESSAGE,
    MESSAGE_SHORTCUT,
    NOTICE,
    OPTIONS,
    SHORTCUT,
    SLASH,
    VIEW,
    SlackEvent,
)
from bot.channels.slack_forms import Place, appeal_form, command_of, scenario_form, sifted
from bot.channels.slack_home import home
from bot.channels.slack_kit import ASK, SAY, SIFT, WISH, button, finish, quote, row, section
from bot.channels.slack_lines import LANGS, Tongue, intent_of, read_line, values_of
from bot.channels.slack_plan import POST, AtOnce, Plan, Post, Say, SlackPerson
from bot.channels.slack_text import escape, plain
from bot.content.loader import load_content
from bot.content.phrases import Phrases, load_slack_phrases
from bot.content.schema import Content

PRACTICE_SHORTCUT: Final = "practice"
DRILL_SHORTCUT: Final = "drill"
ANSWER_SHORTCUT: Final = "answer"
"""The `callback_id`s of the shortcuts in the manifest."""

ASKED: Final = "asked"
HOME_TALK: Final = "home"
"""The conversations beside a person's talks: what the shortcut was used on, and the home tab."""

_QUOTED: Final = 600
_LINK: Final = "link"
"""The web page where a code is entered that ties Slack to an account."""

_TOLD: Final = frozenset({"handed_in", "appealed"})
_SNOOZE: Final = "snooze=1"
_HOME: Final = ("show_assignments", "show_progress")
"""What the home tab tells, in its order."""

_SAYS: Final = {"drill": "start_drill", "progress": "show_progress", "link": "link_account"}


def load_face(lang: str, address: str = "") -> SlackFace:
    """Return the face with the project's own content and words; `lang` is for who has shown no language.

    The scenarios are those of the files until `stock` brings what was published: the form that chooses a
    customer has to be there within seconds, which leaves no time to ask for them.
    """
    return SlackFace(lang, load_slack_phrases(), load_content(), address)


class SlackFace:
    """Reads events into plans, and draws the bot's lines."""

    def __init__(
        self, lang: str, phrases: Mapping[str, Phrases], content: Content, address: str = ""
    ) -> None:
        """Speak with the words of the area `slack`; let people choose from the content's scenarios.

        The web page is at `address`, which is empty where nobody has set it.
        """
        self._lang, self._content, self._address = lang, content, address.rstrip("/")
        self._tongues = tongues(phrases)
        self._plans: Mapping[str, Callable[[SlackEvent, SlackPerson], Plan]] = {
            MESSAGE: self._message,
            ACTION: self._action,
            VIEW: self._form_sent,
            SLASH: self._slash,
            SHORTCUT: self._shortcut,
            MESSAGE_SHORTCUT: self._asked,
            HOME: self._home,
            DRILL: self._reminder,
            NOTICE: self._told_trainers,
        }

    # The protocol `Face`

    def stock(self, content: Content) -> None:
        """Let people choose from this content's scenarios from now on."""
        self._content = content

    def at_once(self, event: SlackEvent, person: SlackPerson) -> AtOnce:
        """Open and redraw forms, acknowledge commands; everything else is kept."""
        if event.kind == ACTION:
            return self._action_at_once(event, person)
        if event.kind == SLASH:
            return self._slash_at_once(event, person)
        if event.kind == SHORTCUT and event.payload.get("callback_id") == PRACTICE_SHORTCUT:
            return self._open(event, scenario_form(self._content, self._tongue(person), Place()))
        if event.kind == VIEW:
            return AtOnce(kept=bool(command_of(event.payload.get("view") or {})))
        if event.kind == OPTIONS:
            return AtOnce(ack={"options": []}, kept=False)
        return AtOnce()

    def plan(self, event: SlackEvent, person: SlackPerson) -> Plan:
        """Return what to have answered and to post; nothing for what needs no answer."""
        plan = self._plans.get(event.kind)
        return plan(event, person) if plan else Plan()

    def answer(
        self, lines: Sequence[Mapping[str, Any]], event: SlackEvent, say: Say, person: SlackPerson
    ) -> Sequence[Post]:
        """Draw the bot's lines as messages, or as the home tab."""
        lang = person.lang(self._lang)
        if say.aside == HOME_TALK:
            view = home(lines, self._tongues, lang, person)
            return [Post("views.publish", {"user_id": event.user, "view": view})]
        messages = render(lines, self._tongues, lang, say.aside)
        for line in (read_line(line, self._tongues, lang) for line in lines):
            if messages and line.data.text("page") == _LINK:
                messages[-1] = self._with_page(messages[-1], line.tongue)
        return [Post(POST, message) for message in messages]

    def notice(self, name: str, person: SlackPerson) -> Mapping[str, Any]:
        """Return a short message of the channel's own."""
        return _told(self._tongue(person)(f"notice.{name}"))

    def _with_page(self, message: Message, t: Tongue) -> Message:
        """Say below a code where it is to be entered."""
        told = t("link.open", link=f"{self._address}/{_LINK}") if self._address else t("link.find")
        return {"text": f"{message['text']}\n{told}", "blocks": [*message["blocks"], *section(told)]}

    # Messages

    def _message(self, event: SlackEvent, person: SlackPerson) -> Plan:
        text = plain(event.text, event.bot_user)
        if text:
            return Plan(say=Say(text=text))
        if event.payload.get("files"):
            return Plan(posts=(Post(POST, self.notice("files", person)),))
        return Plan(say=Say(payload=self._command("ask_help", person)))

    def _asked(self, event: SlackEvent, person: SlackPerson) -> Plan:
        """Answer what somebody wrote, to the person who asks, beside their talks."""
        if event.payload.get("callback_id") != ANSWER_SHORTCUT:
            return Plan()
        t, text = self._tongue(person), plain(event.text)
        if not text:
            return Plan(posts=(Post(POST, _told(t("asked.empty"))),), in_private=True)
        short = text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"
        above = _told("\n".join([t("asked.quote"), quote(escape(short))]))
        return Plan(Say(text=text, aside=ASKED), (Post(POST, above),), in_private=True)

    # Clicks

    def _action_at_once(self, event: SlackEvent, person: SlackPerson) -> AtOnce:
        kind, _, value = _clicked(event)
        view = event.payload.get("view") or {}
        if kind == SIFT:
            form = sifted(self._content, self._tongues, view)
            arguments = {"view_id": view.get("id"), "hash": view.get("hash"), "view": form}
            return AtOnce(posts=(Post("views.update", arguments),), kept=False)
        if kind != ASK:
            return AtOnce(kept=kind in (SAY, WISH))
        asked = values_of(value)
        t = self._tongues.get(str(asked.get("lang")), self._tongue(person))
        place = Place() if event.private else Place(event.channel, event.thread)
        if asked.get("form") == APPEAL:
            return self._open(event, appeal_form(t, place, asked))
        if asked.get("form") == SCENARIOS:
            return self._open(event, scenario_form(self._content, t, place))
        return AtOnce(kept=False)

    def _action(self, event: SlackEvent, person: SlackPerson) -> Plan:
        kind, aside, value = _clicked(event)
        if kind == WISH:
            return self._wish(event, value, person)
        if kind != SAY or not value.startswith("/"):
            return Plan()
        lang = values_of(value).get("lang")
        switched = intent_of(value) == "switch_language" and lang in LANGS
        return Plan(Say(payload=value, aside=aside), wishes={"lang": lang} if switched else {})

    def _wish(self, event: SlackEvent, value: str, person: SlackPerson) -> Plan:
        """Do what was set in the home tab or under a reminder."""
        name, _, wanted = value.partition("=")
        now, wishes = event.at, {}
        if name == "lang" and wanted in LANGS:
            wishes = {"lang": wanted}
        elif name == daily.DAILY:
            wishes = daily.wished(daily.read_hour(wanted), now)
        elif value == _SNOOZE:
            wishes = daily.snoozed(now)
        if event.channel and wishes:
            return Plan(posts=(Post(POST, self._told_of(wishes, person)),), wishes=wishes)
        return Plan(self._ask_home(person, wishes), wishes=wishes) if wishes else Plan()

    def _told_of(self, wishes: Mapping[str, Any], person: SlackPerson) -> Message:
        t = self._tongue(person, wishes)
        if wishes.get(daily.DAILY):
            key = "told.daily_on" if person.zone else "told.daily_on_somewhere"
            return _told(t(key, hour=wishes[daily.DAILY], zone=person.zone))
        if wishes.get(daily.SNOOZED):
            return _told(t("told.snoozed", hour=daily.local(wishes[daily.SNOOZED], person.zone)))
        return _told(t("told.lang" if "lang" in wishes else "told.daily_off"))

    # Forms

    def _form_sent(self, event: SlackEvent, person: SlackPerson) -> Plan:
        command = command_of(event.payload.get("view") or {})
        return Plan(Say(payload=command)) if command else Plan()

    def _open(self, event: SlackEvent, form: Mapping[str, Any]) -> AtOnce:
        opened = Post("views.open", {"trigger_id": event.trigger_id, "view": form})
        return AtOnce(posts=(opened,), kept=False)

    # Commands and shortcuts

    def _slash_at_once(self, event: SlackEvent, person: SlackPerson) -> AtOnce:
        asked = read_slash(event.text, self._tongues)
        t = self._tongues.get(asked.lang, self._tongue(person))
        wishes = self._wishes(asked, event)
        if asked.name == "practice":
            return self._open(event, scenario_form(self._content, t, Place()))
        if asked.name in _SAYS:
            return AtOnce(ack=None if event.private else _only_you(self._where(event, t)))
        if wishes:
            return AtOnce(ack=_only_you(self._told_of(wishes, person)["text"]))
        told = t(f"help.{asked.name if asked.name in ('lang', 'daily') else 'text'}")
        if asked.name == "unknown":
            told = f"{t('help.unknown', text=asked.rest[:_QUOTED])}\n{told}"
        return AtOnce(ack=_only_you(told), kept=False)

    def _slash(self, event: SlackEvent, person: SlackPerson) -> Plan:
        asked = read_slash(event.text, self._tongues)
        if asked.name in _SAYS:
            lang = {"lang": asked.lang} if asked.lang else {}
            command = self._command(_SAYS[asked.name], person, lang)
            return Plan(Say(payload=command), in_private=True)
        return Plan(wishes=self._wishes(asked, event))

    def _wishes(self, asked: Slash, event: SlackEvent) -> dict[str, Any]:
        """Return what a command sets; nothing where it does not say how."""
        if asked.name == "lang" and read_lang(asked.rest, self._tongues):
            return {"lang": read_lang(asked.rest, self._tongues)}
        if asked.name == "daily" and is_stop(asked.rest, self._tongues):
            return daily.wished(None, 0.0)
        hour = daily.read_hour(asked.rest) if asked.name == "daily" else None
        return daily.wished(hour, event.at) if hour else {}

    def _where(self, event: SlackEvent, t: Tongue) -> str:
        app = event.payload.get("api_app_id")
        if not app:
            return t("notice.where_plain")
        link = f"https://slack.com/app_redirect?app={app}&team={event.workspace}"
        return t("notice.where", link=link)

    def _shortcut(self, event: SlackEvent, person: SlackPerson) -> Plan:
        if event.payload.get("callback_id") != DRILL_SHORTCUT:
            return Plan()
        return Plan(Say(payload=self._command("start_drill", person)), in_private=True)

    # The home tab and reminders

    def _home(self, event: SlackEvent, person: SlackPerson) -> Plan:
        return Plan(self._ask_home(person))

    def _ask_home(self, person: SlackPerson, wishes: Mapping[str, Any] | None = None) -> Say:
        first, *also = [self._command(intent, person, wishes) for intent in _HOME]
        return Say(payload=first, also=tuple(also), aside=HOME_TALK)

    def _reminder(self, event: SlackEvent, person: SlackPerson) -> Plan:
        t = self._tongue(person)
        shown = [
            *section(t("daily.text")),
            *row(
                button(t.phrases("daily.start"), self._command("start_drill", person), style="primary"),
                button(t.phrases("daily.snooze"), _SNOOZE, kind=WISH),
                button(t.phrases("daily.stop"), f"{daily.DAILY}=", kind=WISH),
            ),
        ]
        return Plan(posts=(Post(POST, {"text": t("daily.text"), "blocks": finish(shown)}),), in_private=True)

    # What trainers are told

    def _told_trainers(self, event: SlackEvent, _person: SlackPerson) -> Plan:
        """Tell in the language of the dojo: a channel has many readers."""
        t, said = self._tongues[self._lang], event.payload
        if said.get("kind") not in _TOLD:
            return Plan()
        happened = t(f"notices.{said['kind']}", name=said.get("name", ""))
        scenario = self._content.scenarios.get(str(said.get("scenario")))
        lines = [happened]
        if scenario is not None:
            lines.append(t("notices.scenario", title=scenario.title.of(t.lang)))
        shown = section("\n".join([*lines, t("notices.open", link=said.get("link", ""))]))
        return Plan(posts=(Post(POST, {"text": happened, "blocks": shown}),))

    # Languages

    def _tongue(self, person: SlackPerson, wishes: Mapping[str, Any] | None = None) -> Tongue:
        wished = (wishes or {}).get("lang")
        return self._tongues[wished if wished in LANGS else person.lang(self._lang)]

    def _command(self, intent: str, person: SlackPerson, wishes: Mapping[str, Any] | None = None) -> str:
        return f"/{intent}{json.dumps({'lang': self._tongue(person, wishes).lang})}"


def _clicked(event: SlackEvent) -> tuple[str, str, str]:
    """Return what a click is for, the conversation beside the talks that it is in, and its value."""
    actions = event.payload.get("actions") or [{}]
    action = actions[0]
    kind, _, rest = str(action.get("action_id") or "").partition(".")
    picked = action.get("selected_option") or {}
    return kind, rest.partition(".")[0], str(picked.get("value") or action.get("value") or "")


def _told(text: str) -> Message:
    return {"text": text, "blocks": section(text)}


def _only_you(text: str) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": text}
