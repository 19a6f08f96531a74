from __future__ import annotations

import json
from typing import Any

import pytest
from limits import check_message, check_view, elements, shown_texts, values

from bot.channels.slack_blocks import tongues
from bot.channels.slack_events import INTERACTIVE, SLASH_COMMANDS, SlackEvent, read_event
from bot.channels.slack_face import SlackFace, load_face
from bot.channels.slack_forms import FILTERS, MAX_REASON, Place, appeal_form, scenario_form
from bot.channels.slack_kit import ASK
from bot.channels.slack_plan import AtOnce, Plan, SlackPerson
from bot.content.loader import load_content
from bot.content.phrases import load_slack_phrases

CONTENT = load_content()
TONGUES = tongues(load_slack_phrases())
FACE = load_face("en")
ANN = SlackPerson("T1", "U1", "Ann", "en-GB", "Europe/Berlin")
LI = SlackPerson("T1", "U2", "Li", "zh-CN", "Asia/Shanghai")
LINE = {"text": "x", "kind": "text", "data": {}, "buttons": []}


def typed(text: str, **more: Any) -> SlackEvent:
    return SlackEvent("T1", "message", "k", "U1", "D1", text=text, bot_user="UBOT", private=True, **more)


def slash(text: str, channel: str = "C1", **more: str) -> SlackEvent:
    fields = {
        "command": "/dojo",
        "text": text,
        "team_id": "T1",
        "user_id": "U1",
        "channel_id": channel,
        "trigger_id": "t.1",
        **more,
    }
    event = read_event(SLASH_COMMANDS, fields)
    assert isinstance(event, SlackEvent)
    return event


def interactive(**payload: Any) -> SlackEvent:
    event = read_event(
        INTERACTIVE, {"team": {"id": "T1"}, "user": {"id": "U1"}, "trigger_id": "t.2", **payload}
    )
    assert isinstance(event, SlackEvent)
    return event


def click(element: dict[str, Any], channel: str = "D1", **more: Any) -> SlackEvent:
    """Click a button, or pick the last choice of a menu."""
    action = {"action_id": element["action_id"], "type": element["type"]}
    if "options" in element:
        action["selected_option"] = element["options"][-1]
    else:
        action["value"] = element["value"]
    where = {"channel": {"id": channel}, "message": {"ts": "9.9", "thread_ts": "9.1"}} if channel else {}
    return interactive(type="block_actions", actions=[action], **where, **more)


def sent(view: dict[str, Any], **filled: str) -> SlackEvent:
    state = {"values": {name: {name: _field(name, value)} for name, value in filled.items()}}
    return interactive(type="view_submission", view={**view, "id": "V1", "state": state})


def _field(name: str, value: str) -> dict[str, Any]:
    return {"value": value} if name == "reason" else {"selected_option": {"value": value}}


def opened(at_once: AtOnce) -> dict[str, Any]:
    [post] = at_once.posts
    assert post.method == "views.open" and post.arguments["trigger_id"]
    assert not at_once.kept
    view = dict(post.arguments["view"])
    check_view(view)
    return view


def payload_of(plan: Plan) -> tuple[str, dict[str, Any]]:
    assert plan.say is not None
    intent, brace, rest = plan.say.payload.partition("{")
    return intent, json.loads(brace + rest)


def progress(types: int) -> dict[str, Any]:
    """What the bot says of somebody's progress in so many types."""
    one = {"name": "价格异议", "count": 2, "level": 3, "stage_name": "会用", "score": 71}
    start = {"title": "Drill", "payload": "/start_drill"}
    return {"kind": "progress", "text": "…", "buttons": [start], "data": {"types": [one] * types}}


def words(blocks: Any) -> str:
    return "\n".join(shown_texts(blocks))


# Messages


def test_a_message_is_answered_as_the_words_it_means() -> None:
    plan = FACE.plan(typed("<@UBOT> it's &lt;5% :smile:"), ANN)
    assert plan.say is not None and plan.say.text == "it's <5% 😄"


def test_typed_slashes_are_no_command() -> None:
    plan = FACE.plan(typed("<@UBOT> /restart"), ANN)
    assert plan.say is not None and (plan.say.text, plan.say.payload) == ("restart", "")


def test_calling_the_bot_without_a_word_gets_help() -> None:
    assert payload_of(FACE.plan(typed("<@UBOT>"), LI)) == ("/ask_help", {"lang": "zh"})


def test_a_file_without_words_is_told_that_only_words_are_read() -> None:
    plan = FACE.plan(typed("", payload={"files": [{"id": "F1"}]}), ANN)
    assert plan.say is None
    assert "words only" in plan.posts[0].arguments["text"]
    with_words = FACE.plan(typed("too dear", payload={"files": [{"id": "F1"}]}), ANN)
    assert with_words.say is not None and with_words.say.text == "too dear"


def test_a_shortcut_on_a_message_answers_it_in_private_beside_the_talk() -> None:
    event = interactive(
        type="message_action",
        callback_id="answer",
        channel={"id": "C7"},
        message={"ts": "5.5", "text": "<!here> they say we're *too dear* &amp; late"},
    )
    plan = FACE.plan(event, ANN)
    assert plan.in_private
    assert plan.say is not None and plan.say.text == "they say we're too dear & late"
    assert plan.say.aside == "asked"
    assert "> they say we're too dear &amp; late" in plan.posts[0].arguments["text"]
    check_message(dict(plan.posts[0].arguments))
    [post] = FACE.answer([{**LINE, "buttons": [{"title": "B", "payload": "/stop"}]}], event, plan.say, ANN)
    [button] = elements(post.arguments["blocks"])
    again = FACE.plan(click(button), ANN)
    assert again.say is not None and (again.say.payload, again.say.aside) == ("/stop", "asked")


def test_a_shortcut_on_a_message_without_words_says_so() -> None:
    event = interactive(type="message_action", callback_id="answer", message={"ts": "5", "text": "<@U9>"})
    plan = FACE.plan(event, ANN)
    assert plan.say is None and plan.in_private
    assert "no words" in plan.posts[0].arguments["text"]


# Clicks


def test_a_button_and_a_menu_say_what_they_carry() -> None:
    line = {
        **LINE,
        "buttons": [{"title": f"B{n}", "payload": f'/answer_drill{{"turn": {n}}}'} for n in range(7)],
    }
    [post] = FACE.answer([line], typed("x"), FACE.plan(typed("x"), ANN).say, ANN)  # type: ignore[arg-type]
    [menu] = elements(post.arguments["blocks"])
    assert payload_of(FACE.plan(click(menu), ANN)) == ("/answer_drill", {"turn": 6})
    assert FACE.at_once(click(menu), ANN) == AtOnce()


def test_switching_the_language_is_remembered() -> None:
    button = {"action_id": "say..1", "type": "button", "value": '/switch_language{"lang":"zh"}'}
    plan = FACE.plan(click(button), ANN)
    assert plan.wishes == {"lang": "zh"}
    assert payload_of(plan) == ("/switch_language", {"lang": "zh"})


@pytest.mark.parametrize("action", ["", "foreign", "foreign.1", "say", "ask..1", "sift"])
def test_an_unknown_click_is_acknowledged_and_does_nothing(action: str) -> None:
    event = click({"action_id": action, "type": "button", "value": "x"})
    at_once = FACE.at_once(event, ANN)
    assert at_once.ack is None
    assert not at_once.kept or FACE.plan(event, ANN) == Plan()


@pytest.mark.parametrize("kind", ["shortcut", "message_action", "view_submission"])
def test_unknown_shortcuts_and_forms_do_nothing(kind: str) -> None:
    event = interactive(type=kind, callback_id="foreign", view={"callback_id": "foreign"}, message={})
    FACE.at_once(event, ANN)
    assert FACE.plan(event, ANN) == Plan()


def test_a_menu_that_asks_for_choices_gets_none() -> None:
    event = interactive(type="block_suggestion", action_id="foreign", value="x")
    assert FACE.at_once(event, ANN) == AtOnce(ack={"options": []}, kept=False)


# Forms


def test_a_customer_is_chosen_by_filters_in_a_form() -> None:
    button = {"action_id": f"{ASK}..1", "type": "button", "value": '{"form":"scenarios","lang":"en"}'}
    view = opened(FACE.at_once(click(button), ANN))
    assert customers(view) == [scenario.id for scenario in CONTENT.scenarios.values()]
    narrowed = {**view, "id": "V1", "hash": "h1", "state": {"values": {"filters": {}}}}
    narrowed["state"]["values"]["filters"] = {
        "sift.product": {"selected_option": {"value": "gym"}},
        "sift.difficulty": {"selected_option": {"value": "any"}},
        "sift.type": {"selected_option": {"value": "timing"}},
    }
    sift = {"action_id": "sift.product", "type": "static_select", "value": "gym"}
    at_once = FACE.at_once(click(sift, channel="", view=narrowed), ANN)
    [post] = at_once.posts
    assert (post.method, post.arguments["view_id"], post.arguments["hash"]) == ("views.update", "V1", "h1")
    assert not at_once.kept
    redrawn = dict(post.arguments["view"])
    check_view(redrawn)
    left = customers(redrawn)
    assert left and all(CONTENT.scenarios[id_].product == "gym" for id_ in left)
    filters = next(block for block in redrawn["blocks"] if block.get("block_id") == "filters")
    assert {e["action_id"]: e["initial_option"]["value"] for e in filters["elements"]} == {
        "sift.difficulty": "any",
        "sift.type": "timing",
        "sift.product": "gym",
    }
    event = sent(redrawn, scenario=left[0], level="exam")
    assert FACE.at_once(event, ANN) == AtOnce()
    plan = FACE.plan(event, ANN)
    assert payload_of(plan) == ("/choose_scenario", {"lang": "en", "scenario": left[0], "level": "exam"})
    assert event.conversation == "T1.im.U1"


def customers(view: dict[str, Any]) -> list[str]:
    fields = [b["element"] for b in view["blocks"] if b["type"] == "input"]
    [field] = [field for field in fields if field["action_id"] == "scenario"]
    return [option["value"] for option in field["options"]]


def test_filters_that_leave_nobody_say_so_and_cannot_be_sent() -> None:
    chosen = {"product": "gym", "type": "payment", "difficulty": "3"}
    view = scenario_form(CONTENT, TONGUES["zh"], Place(), chosen)
    check_view(view)
    assert "submit" not in view
    assert "没有都符合的" in words(view["blocks"])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_choice_of_every_filter_is_within_the_limits(lang: str) -> None:
    view = scenario_form(CONTENT, TONGUES[lang], Place("C1", "1.1"))
    [filters] = [b for b in view["blocks"] if b.get("block_id") == "filters"]
    assert [e["action_id"] for e in filters["elements"]] == [f"sift.{name}" for name in FILTERS]
    for element in filters["elements"]:
        for option in element["options"]:
            chosen = {element["action_id"].removeprefix("sift."): option["value"]}
            check_view(scenario_form(CONTENT, TONGUES[lang], Place("C1", "1.1"), chosen))


def test_a_form_opened_in_a_thread_goes_on_there() -> None:
    button = {"action_id": f"{ASK}..1", "type": "button", "value": '{"form":"scenarios","lang":"en"}'}
    view = opened(FACE.at_once(click(button, channel="C1"), ANN))
    event = sent(view, scenario="gym_later")
    assert (event.channel, event.thread, event.conversation) == ("C1", "9.1", "T1.C1.9.1.U1")


def test_disagreeing_names_the_point_and_the_reason() -> None:
    asked = {"form": "appeal", "lang": "en", "talk": 4, "talk_turn": 9, "rules": [["clarify", "Clarify"]]}
    button = {"action_id": f"{ASK}..3", "type": "button", "value": json.dumps(asked)}
    view = opened(FACE.at_once(click(button), ANN))
    assert "Clarify" in words(view["blocks"])
    plan = FACE.plan(sent(view, rule="clarify", reason="I did ask. " * 50), ANN)
    intent, carried = payload_of(plan)
    assert intent == "/disagree"
    assert len(carried.pop("reason")) == MAX_REASON
    assert carried == {"lang": "en", "talk": 4, "talk_turn": 9, "rule": "clarify"}


def test_an_appeal_without_rules_is_about_the_score() -> None:
    view = appeal_form(TONGUES["zh"], Place(), {"talk": 1, "talk_turn": 2})
    check_view(view)
    intent, carried = payload_of(FACE.plan(sent(view, rule="score"), LI))
    assert (intent, carried["rule"], carried["lang"]) == ("/disagree", "", "zh")


# Commands


def test_practice_opens_the_form_at_once() -> None:
    assert customers(opened(FACE.at_once(slash("practice"), ANN)))
    assert "选一位客户" in words(opened(FACE.at_once(slash("对练"), ANN))["title"])


@pytest.mark.parametrize(
    ("text", "command"),
    [("drill", "/start_drill"), ("进步", "/show_progress"), ("link", "/link_account")],
)
def test_commands_are_answered_in_private(text: str, command: str) -> None:
    event = slash(text, api_app_id="A1")
    at_once = FACE.at_once(event, ANN)
    assert at_once.kept and at_once.ack is not None
    assert at_once.ack["response_type"] == "ephemeral"
    assert "https://slack.com/app_redirect?app=A1&amp;team=T1" in at_once.ack["text"]
    plan = FACE.plan(event, ANN)
    assert plan.in_private and payload_of(plan)[0] == command


@pytest.mark.parametrize("who", [ANN, LI])
@pytest.mark.parametrize("address", ["https://dojo.example.com/?a=1&b=2/", ""])
def test_a_code_says_where_it_is_to_be_entered(who: SlackPerson, address: str) -> None:
    face = load_face("en", address)
    code = {
        **LINE,
        "kind": "notice",
        "text": "code 1-2-abc",
        "data": {"lang": who.lang("en"), "page": "link"},
    }
    plan = face.plan(slash("link"), who)
    assert plan.say is not None
    [post] = face.answer([code], slash("link"), plan.say, who)
    check_message(post.arguments)
    for shown in (words(post.arguments["blocks"]), post.arguments["text"]):
        assert "1-2-abc" in shown
        if address:
            assert "<https://dojo.example.com/?a=1&amp;b=2/link|" in shown
        else:
            assert ("关联 Slack" if who is LI else "Link Slack") in shown
    [other] = face.answer([{**code, "data": {"lang": "en"}}], slash("link"), plan.say, who)
    assert len(other.arguments["blocks"]) < len(post.arguments["blocks"])


def test_where_the_answer_comes_is_not_told_in_the_direct_messages_themselves() -> None:
    assert FACE.at_once(slash("drill", channel="D1"), ANN) == AtOnce()


@pytest.mark.parametrize("text", ["", "help", "帮助"])
def test_help_is_given_at_once_and_to_the_asker_only(text: str) -> None:
    at_once = FACE.at_once(slash(text), ANN)
    assert not at_once.kept
    assert at_once.ack is not None and at_once.ack["response_type"] == "ephemeral"
    assert "/dojo" in at_once.ack["text"]


def test_an_unknown_command_is_named_and_gets_help() -> None:
    at_once = FACE.at_once(slash("<!channel> fly"), ANN)
    assert at_once.ack is not None and not at_once.kept
    assert "“fly”" in at_once.ack["text"] and "/dojo practice" in at_once.ack["text"]


@pytest.mark.parametrize(("text", "lang"), [("lang zh", "zh"), ("语言 英文", "en"), ("中文", "zh")])
def test_the_language_is_a_wish_and_told_in_that_language(text: str, lang: str) -> None:
    event = slash(text)
    told = FACE.at_once(event, ANN).ack
    assert told is not None and told["text"] == TONGUES[lang]("told.lang")
    assert FACE.plan(event, ANN).wishes == {"lang": lang}


def test_a_language_that_is_none_is_explained() -> None:
    told = FACE.at_once(slash("lang fr"), ANN)
    assert told.ack is not None and "/dojo lang zh" in told.ack["text"] and not told.kept


def test_the_hour_of_the_daily_drill_is_a_wish_and_told_with_the_zone() -> None:
    event = slash("daily 8:30")
    told = FACE.at_once(event, ANN).ack
    assert told is not None and "08:30" in told["text"] and "Europe/Berlin" in told["text"]
    assert FACE.plan(event, ANN).wishes["daily"] == "08:30"
    new = FACE.at_once(event, SlackPerson("T1", "U9")).ack
    assert new is not None and "your own time zone" in new["text"] and "UTC" not in new["text"]
    assert FACE.plan(slash("每天 关"), ANN).wishes["daily"] is None


# The home tab and reminders


@pytest.mark.parametrize("person", [ANN, LI])
def test_the_home_tab_shows_progress_ways_to_begin_and_settings(person: SlackPerson) -> None:
    event = SlackEvent("T1", "home", "h", person.user)
    plan = FACE.plan(event, person)
    assert payload_of(plan)[0] == "/show_assignments"
    assert plan.say is not None and plan.say.aside == "home"
    assert [payload.partition("{")[0] for payload in plan.say.also] == ["/show_progress"]
    [post] = FACE.answer([progress(1)], event, plan.say, person)
    assert (post.method, post.arguments["user_id"]) == ("views.publish", person.user)
    view = post.arguments["view"]
    check_view(view)
    shown = words(view["blocks"])
    assert "价格异议" in shown and "▰▰▰▱" in shown and person.zone in shown
    carried = values(view["blocks"])
    assert any(value.startswith("/start_drill") for value in carried)
    assert any(value.startswith("/link_account") for value in carried)
    assert {"lang=zh", "lang=en", "daily=", "daily=08:30"} <= set(carried)


@pytest.mark.parametrize(("set_", "types"), [(1, 1), (100, 1), (1, 200), (100, 200)])
def test_the_home_tab_shows_assignments_and_progress_however_many(set_: int, types: int) -> None:
    event = SlackEvent("T1", "home", "h", "U1")
    part = {"id": "gym_later", "name": "The gym", "tries": "0/3", "best": None, "passed": False}
    one = {"title": "Week 1", "state_name": "open", "due_name": "until Friday", "mark": 65, "parts": [part]}
    start = {"title": "Week 1", "payload": '/choose_scenario{"scenario":"gym_later"}'}
    homework = {"kind": "assignments", "text": "…", "buttons": [start], "data": {"assignments": [one] * set_}}
    say = FACE.plan(event, ANN).say
    assert say is not None
    [post] = FACE.answer([homework, progress(types)], event, say, ANN)
    view = post.arguments["view"]
    check_view(view)
    shown = words(view["blocks"])
    assert "Week 1" in shown and "until Friday" in shown and "价格异议" in shown and "Europe/Berlin" in shown
    assert set_ > 1 or start["payload"] in values(view["blocks"])


def test_what_is_set_in_the_home_tab_is_kept_and_shown_there() -> None:
    wished = SlackPerson("T1", "U1", zone="UTC", wishes={"daily": "05:15"})
    plan = FACE.plan(SlackEvent("T1", "home", "h", "U1"), ANN)
    assert plan.say is not None
    [post] = FACE.answer([LINE], SlackEvent("T1", "home", "h", "U1"), plan.say, wished)
    check_view(post.arguments["view"])
    hours = next(e for e in elements(post.arguments["view"]["blocks"]) if "daily=" in str(e))
    assert hours["initial_option"]["value"] == "daily=05:15"
    changed = FACE.plan(click(hours, channel=""), ANN)
    assert changed.wishes["daily"] == "22:30"
    assert changed.say is not None and changed.say.aside == "home"
    assert changed.posts == ()


def test_a_reminder_can_be_started_snoozed_and_stopped() -> None:
    plan = FACE.plan(SlackEvent("T1", "drill", "d.U1.2026-11-23", "U1"), ANN)
    assert plan.in_private and plan.say is None
    [post] = plan.posts
    check_message(dict(post.arguments))
    start, snooze, stop = elements(post.arguments["blocks"])
    assert payload_of(FACE.plan(click(start), ANN))[0] == "/start_drill"
    put_off = FACE.plan(click(snooze), ANN)
    assert put_off.wishes["snoozed"] == 3600
    assert "come back at" in put_off.posts[0].arguments["text"]
    stopped = FACE.plan(click(stop), ANN)
    assert stopped.wishes["daily"] is None and stopped.say is None
    assert "No more" in stopped.posts[0].arguments["text"]


# Notices


@pytest.mark.parametrize("name", ["late", "wait", "failed", "too_long", "files", "not_yours"])
@pytest.mark.parametrize("person", [ANN, LI])
def test_every_notice_has_words_and_fits(name: str, person: SlackPerson) -> None:
    check_message(dict(FACE.notice(name, person)))


def test_who_has_shown_no_language_is_spoken_to_in_the_dojos() -> None:
    stranger = SlackPerson("T1", "U3")
    zh = SlackFace("zh", load_slack_phrases(), CONTENT)
    assert zh.notice("failed", stranger)["text"] == TONGUES["zh"]("notice.failed")
    assert FACE.notice("failed", stranger)["text"] == TONGUES["en"]("notice.failed")
