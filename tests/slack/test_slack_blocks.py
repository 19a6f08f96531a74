from __future__ import annotations

import ast
import json
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from limits import check_message, elements, shown_texts, values
from showpiece import LINES, asked, played

from bot.channels.slack_blocks import CARDS, render, tongues
from bot.channels.slack_kit import pieces, size
from bot.coaching.assignment import Standing
from bot.content.loader import load_content
from bot.content.phrases import load_coach_phrases, load_slack_phrases
from bot.services.blocks import Voice
from bot.services.homework import Homework
from bot.services.homework_blocks import HomeworkVoice
from bot.storage.assignments import AssignmentRecord

SERVICES = Path(__file__).parents[2] / "bot" / "services"
TONGUES = tongues(load_slack_phrases())
HOSTILE = "<!channel> & <@U1> <https://evil.example|click> *x* " + "长" * 3_200


@pytest.fixture(scope="module", params=("zh", "en"))
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def turns(lang: str, tmp_path_factory: pytest.TempPathFactory) -> list[list[dict[str, Any]]]:
    """What the real use cases say, turn by turn, and all of a role-play, a drill and progress as one turn."""
    folder = tmp_path_factory.mktemp("asked")
    lines = [*played(tmp_path_factory.mktemp("played"), lang), assigned(lang)]
    return [*asked(folder, lang), *([one] for one in lines)]


def assigned(lang: str) -> dict[str, Any]:
    """What a trainee is told who has been set two scenarios, one of them passed, and a drill."""
    content, now = load_content(), datetime.now(timezone.utc)
    practice = load_coach_phrases()[lang]
    target = {"scenarios": ["alarm_loud", "car_ask_wife"]}
    drill = {"types": [], "methods": [], "answers": 5}
    set_ = partial(
        AssignmentRecord, everybody=True, pass_mark=65, attempts=3, set_by=1, set_at=now, team_id=1
    )
    homework = [
        Homework(
            set_(id=1, kind="scenario", title="Week 1", target=target, due_at=now),
            Standing("overdue", {"alarm_loud": 80}, {"alarm_loud": 1}, {}, ("car_ask_wife",)),
        ),
        Homework(
            set_(id=2, kind="drill", title="Week 2", target=drill, due_at=None),
            Standing("open", {"": 40}, {"": 2}, {}, ("",)),
        ),
    ]
    voice = Voice(content, practice, lang, next(iter(content.products.values())))
    reply = HomeworkVoice(voice).overview(homework)
    return {"text": "", "kind": reply.kind, "data": dict(reply.data), "buttons": [*reply.buttons]}


def shown(lines: list[dict[str, Any]], lang: str = "en", aside: str = "") -> list[dict[str, Any]]:
    messages = render(lines, TONGUES, lang, aside)
    for message in messages:
        check_message(message)
    return messages


def words(messages: list[dict[str, Any]]) -> str:
    return "\n".join(text for message in messages for text in shown_texts(message["blocks"]))


def carried(messages: list[dict[str, Any]]) -> list[str]:
    return [value for message in messages for value in values(message["blocks"])]


def test_every_kind_that_the_use_cases_can_show_has_a_card() -> None:
    kinds = set()
    for path in SERVICES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Reply":
                kinds |= {one.value for one in node.args[:1] if isinstance(one, ast.Constant)}
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                named = [word.value for word in node.keywords if word.arg == "kind"]
                if node.func.attr == "plain":
                    kinds |= {one.value for one in named if isinstance(one, ast.Constant)}
    assert kinds >= {"sorted", "score_card", "notice"}
    assert kinds <= set(CARDS)


def test_everything_that_is_said_in_practice_fits_slack(lang: str, turns: list[list[dict[str, Any]]]) -> None:
    kinds = {line["kind"] for turn in turns for line in turn}
    assert kinds == set(CARDS)
    for turn in turns:
        assert shown(turn, lang)


def trusted(**kappas: float) -> dict[str, dict[str, Any]]:
    """Return how far families may be relied on as blocks hold it, where at least 0.60 is wanted."""
    return {
        family: {
            "verdict": "trusted" if kappa >= 0.6 else "practice_only",
            "kappa": kappa,
            "low": kappa - 0.1,
            "high": kappa + 0.1,
            "ratings": 120,
            "floor": 0.6,
        }
        for family, kappa in kappas.items()
    }


def told_with(lines: list[dict[str, Any]], kind: str, agreement: dict[str, Any]) -> list[str]:
    """Return what is shown of the first line of a kind that rests on a judgement, text by text."""
    line = next(line for line in lines if line["kind"] == kind and "agreement" in line["data"])
    [message] = shown([{**line, "data": {**line["data"], "agreement": agreement}}], line["data"]["lang"])
    return list(shown_texts(message["blocks"]))


@pytest.mark.parametrize(
    "kind",
    ["feedback", "tries", "score_card", "drill_result", "drill_end", "progress", "assignments"],
)
def test_what_rests_on_the_bots_judgement_says_once_how_far_it_agrees_with_trainers(
    lang: str, turns: list[list[dict[str, Any]]], kind: str
) -> None:
    lines = [line for turn in turns for line in turn]
    small = told_with(lines, kind, trusted(score=0.713, technique=0.8))
    full = {
        "zh": "评分与培训师的一致程度：κ 0.71（0.61 到 0.81，共 120 条）",
        "en": "Scores, bot against trainers: κ 0.71 (0.61 to 0.81; 120 messages)",
    }[lang]
    assert sum(full in text for text in small) == 1
    assert not any(DOUBT[lang] in text for text in small)
    assert not any("κ" in text for text in told_with(lines, kind, {})), "of lines from before it was told"
    few = {"score": {"verdict": "few", "kappa": None, "low": None, "high": None, "ratings": 3, "floor": 0.6}}
    assert any("κ ?" in text and "3" in text for text in told_with(lines, kind, few))


DOUBT = {"zh": "（仅供练习）", "en": " (practice only)"}


def test_what_agrees_too_little_is_for_practice_only_and_nothing_else(
    lang: str, turns: list[list[dict[str, Any]]]
) -> None:
    lines = [line for turn in turns for line in turn]
    rubric = {step.id: step.name.of(lang) for step in load_content().rubric.steps}
    doubt = DOUBT[lang]
    for kind in ("feedback", "score_card"):
        text = "\n".join(told_with(lines, kind, trusted(score=0.7, technique=0.8, listen=0.3)))
        assert f"{rubric['listen']}{doubt}" in text and text.count(doubt) == text.count(rubric["listen"])
        text = "\n".join(told_with(lines, kind, trusted(score=0.2, technique=0.8)))
        assert f"/ 100*{doubt}" in text or f"/ 100{doubt}" in text
        assert text.count(doubt) == 1
    for kind in ("feedback", "tries", "score_card", "drill_result"):
        assert doubt in "".join(told_with(lines, kind, trusted(score=0.7, technique=0.1)))
    for kind, family in (("sorted", "objection"), ("nature", "nature")):
        weak = "".join(told_with(lines, kind, trusted(**{family: 0.1})))
        sound = "".join(told_with(lines, kind, trusted(**{family: 0.9})))
        assert doubt in weak and weak.replace(doubt, "") == sound


def test_a_deadline_is_told_in_the_time_of_who_reads_it(lang: str) -> None:
    told = assigned(lang)
    due = datetime.fromisoformat(told["data"]["assignments"][0]["due"])
    text = words(shown([told], lang))
    assert f"<!date^{int(due.timestamp())}^{{date_short_pretty}} {{time}}|" in text
    assert f"|{due:%Y-%m-%d %H:%M} UTC>" in text, "for what cannot show dates"


def test_no_choice_of_the_dojo_is_lost_in_slack(lang: str, turns: list[list[dict[str, Any]]]) -> None:
    def same(payload: str) -> tuple[str, Any]:
        intent, brace, rest = payload.partition("{")
        return intent, json.loads(brace + rest) if brace else None

    for turn in turns:
        messages = shown(turn, lang)
        offered = [same(value) for value in carried(messages) if value.startswith("/")]
        for line in turn:
            for button in line["buttons"]:
                if not button["payload"].startswith(("/disagree", "/set_level")):
                    assert same(button["payload"]) in offered, button


def test_an_answer_is_one_message_with_types_nature_methods_and_what_comes_next(
    lang: str, turns: list[list[dict[str, Any]]]
) -> None:
    answer = turns[0]
    [message] = shown(answer, lang)
    said = words([message])
    for line in answer:
        if line["kind"] == "script":
            assert line["data"]["line"].replace("&", "&amp;") in said
    for name in ("price", "authority"):
        assert f'"type":"{name}"' in "".join(carried([message]))
    methods = [e for e in elements(message["blocks"]) if e["type"] == "static_select"]
    assert len(methods[-1]["options"]) == sum(line["kind"] == "script" for line in answer)
    assert all(option["value"].startswith("/another_version{") for option in methods[-1]["options"])
    wrong = [value for value in carried([message]) if value.startswith("/wrong_type")]
    assert len(wrong) == 1
    assert message["text"]


def test_feedback_tells_score_method_what_cost_and_one_thing_to_try(
    lang: str, turns: list[list[dict[str, Any]]]
) -> None:
    told = [line for turn in turns for line in turn if line["kind"] == "feedback"]
    line = min(told, key=lambda one: one["data"]["score"])
    said = words(shown([line], lang))
    assert f"*{line['data']['score']} / 100*" in said
    assert line["data"]["technique_name"] in said
    assert line["data"]["tip"] in said
    assert any(value.startswith("/redo_turn") for value in carried(shown([line], lang)))
    form = next(json.loads(v) for v in carried(shown([line], lang)) if v.startswith('{"form":"appeal"'))
    assert form["talk_turn"] == line["data"]["talk_turn"]
    assert {rule for rule, _ in form["rules"]} <= {item["rule"] for item in line["data"]["evidence"]}


def test_the_customer_speaks_with_a_hint_a_redo_and_the_end_at_hand(
    lang: str, turns: list[list[dict[str, Any]]]
) -> None:
    line = next(one for turn in turns for one in turn if one["kind"] == "customer" and one["data"]["turn"])
    [message] = shown([line], lang)
    row = next(block for block in message["blocks"] if block["type"] == "actions")
    assert [e["value"].partition("{")[0] for e in row["elements"] if e["type"] == "button"] == [
        "/show_hint",
        "/redo_turn",
        "/stop",
    ]
    assert row["elements"][-1]["type"] == "overflow"


def test_buttons_say_in_which_conversation_they_were_shown() -> None:
    line = {"text": "x", "kind": "text", "data": {}, "buttons": [{"title": "Go", "payload": "/start_drill"}]}
    [message] = shown([line], aside="asked")
    assert [e["action_id"] for e in elements(message["blocks"])] == ["say.asked.1"]


def test_an_unknown_kind_is_shown_as_its_words_with_its_buttons() -> None:
    line = {
        "text": "- **new**",
        "kind": "moon",
        "data": {"lang": "zh"},
        "buttons": [{"title": "Go", "payload": "/go"}],
    }
    [message] = shown([line])
    assert words([message]).startswith("• *new*")
    assert carried([message]) == ["/go"]


def test_nothing_said_is_no_message() -> None:
    assert render([], TONGUES, "en") == []
    assert render([{"text": "", "kind": "text", "data": {}, "buttons": []}], TONGUES, "en") == []


def test_hostile_words_call_nobody_and_break_nothing(lang: str, turns: list[list[dict[str, Any]]]) -> None:
    for turn in turns:
        shown([_spoiled(line) for line in turn], lang)


def _spoiled(node: Any, key: str = "") -> Any:
    """Replace every text but those that decide what a card looks like."""
    if isinstance(node, dict):
        return {name: _spoiled(value, name) for name, value in node.items()}
    if isinstance(node, list):
        return [_spoiled(value, key) for value in node]
    keeps = key in ("kind", "lang", "id", "payload", "type", "rule", "level", "technique", "due")
    return HOSTILE if isinstance(node, str) and not keeps else node


LOOSE = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 200) | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "name",
                    "line",
                    "text",
                    "lang",
                    "id",
                    "score",
                    "types",
                    "title",
                    "rule",
                    "points",
                    "level",
                    "kind",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
KEYS = st.sampled_from(
    sorted(
        {
            *("objections", "line", "method_name", "scenarios", "title", "reply", "tries", "text", "methods"),
            *(
                "outcome",
                "kind",
                "rows",
                "types",
                "lines",
                "products",
                "evidence",
                "points",
                "steps",
                "master",
            ),
            *(
                "wrong",
                "concerns",
                "principles",
                "turning_points",
                "past",
                "turns",
                "history",
                "talks",
                "level",
            ),
            *(
                "talk",
                "talk_turn",
                "score",
                "lang",
                "confidence",
                "left_seconds",
                "replies",
                "choices",
                "tip",
            ),
        }
    )
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "kind": st.sampled_from([*sorted(CARDS), "moon"]),
                "text": st.text(max_size=60),
                "data": st.dictionaries(KEYS, LOOSE, max_size=6),
                "buttons": st.lists(
                    st.fixed_dictionaries(
                        {
                            "title": st.text(max_size=100),
                            "payload": st.sampled_from(["", "/stop", '/answer_drill{"turn": 3}', "/x{"])
                            | st.text(max_size=30),
                        }
                    ),
                    max_size=12,
                ),
            }
        ),
        max_size=6,
    )
)
def test_any_lines_are_drawn_within_the_limits(lines: list[dict[str, Any]]) -> None:
    shown(lines)


@given(st.text(max_size=300), st.integers(8, 60))
def test_a_long_text_is_split_without_losing_a_word(text: str, limit: int) -> None:
    parts = pieces(text, limit)
    assert all(0 < size(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join("".join(text.splitlines()).split())


def test_a_long_script_is_split_at_ends_of_sentences_and_stays_a_quotation() -> None:
    line = {
        "text": "x",
        "kind": "script",
        "data": {"line": "我们先看看。“您说得对！”" * 400, "method_name": "补偿法", "lang": "zh"},
        "buttons": [],
    }
    quoted = [text for text in shown_texts(shown([line])[0]["blocks"]) if "我们" in text]
    assert len(quoted) > 1
    assert all(part.startswith("> ") for text in quoted for part in text.splitlines()[-1:])
    assert all(text.endswith(("。", "”")) for text in quoted)


def test_the_words_of_both_languages_take_the_same_values() -> None:
    import string

    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key in TONGUES["en"].phrases.keys:
        assert fields(TONGUES["en"].phrases(key)) == fields(TONGUES["zh"].phrases(key)), key


def test_a_customer_line_is_quoted_in_the_answer(lang: str, turns: list[list[dict[str, Any]]]) -> None:
    found = turns[0][0]["data"]["objections"]
    said = words(shown(turns[0], lang))
    assert all(objection["span"] in LINES[lang] and objection["span"] in said for objection in found)
