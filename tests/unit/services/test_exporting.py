"""An export holds the session, and harms neither spreadsheet nor reader nor terminal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.coaching.agreement import Agreement
from bot.coaching.review import Event, fold
from bot.services.errors import Refused
from bot.services.exporting import COLUMNS, LABEL_KEYS, export
from bot.services.recount import under_name
from bot.services.transcripts import (
    SessionSummary,
    Transcript,
    TranscriptClick,
    TranscriptCorrection,
    TranscriptTurn,
)
from bot.services.trust import Trust, Trusts, untold
from bot.storage.records import Reply

NOW = datetime(2026, 11, 22, 9, 30, 15, tzinfo=timezone.utc)
READING = {
    "lang": "zh",
    "objections": [
        {
            "type": "price",
            "confidence": 0.834,
            "span": "太贵",
            "nature": {"id": "genuine", "confidence": 0.6, "cue": "贵"},
        },
        {"type": "authority", "confidence": 0.7, "span": "问我老婆", "nature": None},
    ],
    "model_version": "m1",
}


def turn(number: int = 1, **changes: Any) -> TranscriptTurn:
    values: dict[str, Any] = {
        "number": number,
        "message_id": f"m{number}",
        "kind": "text",
        "text": "太贵，得问我老婆",
        "state": "answered",
        "received_at": NOW,
        "answered_at": NOW,
        "lang": "zh",
        "product": "alarm",
        "reading": READING,
        "command": None,
        "replies": (
            Reply("line", "utter_line", {"text": "先看值不值"}, {"method": "yes_if"}),
            Reply("why", "utter_why", {"text": "为什么", "more": "因为"}),
        ),
        "click": None,
        "corrections": (),
    }
    return TranscriptTurn(**{**values, **changes})


CLICKED = turn(
    2,
    kind="click",
    text='/correct_type{"turn": 1}',
    reading=None,
    command={"intent": "correct_type"},
    click=TranscriptClick("correct_type", 1, {"turn": 1}),
)
UNANSWERED = turn(
    3, state="received", answered_at=None, lang=None, product=None, reading=None, replies=(), text="再想想"
)
CORRECTED = turn(corrections=(TranscriptCorrection("price", "payment", "王", NOW),))


def session(*turns: TranscriptTurn, name: str = "王小明") -> Transcript:
    summary = SessionSummary("s1", name, "web", "zh", "alarm", NOW, NOW, len(turns))
    return Transcript(summary, turns)


def test_a_hidden_name_is_not_told_by_the_letters_that_are_missing() -> None:
    replies = (
        Reply("text", "utter_talk_greet", {"name": " a", "product": "alarm"}),
        Reply("script", "utter_script", {"text": "a small alarm", "name": "Small"}),
    )
    known = under_name(session(turn(replies=replies), name="a"), "#1234-56")
    assert [dict(reply.values) for reply in known.turns[0].replies] == [
        {"name": " #1234-56", "product": "alarm"},
        {"text": "a small alarm", "name": "Small"},
    ]


WHOLE = session(CORRECTED, CLICKED, UNANSWERED)


SAID = (
    Event(1, "comment", {"text": "先认同\n再问", "told": True}, 7, NOW, turn=1),
    Event(2, "comment", {"text": "=1+1", "told": False}, 7, NOW, turn=1),
    Event(
        3, "label",
        {"family": "objection", "value": {"types": ["payment"]}, "was": {"types": ["price", "authority"]}},
        8, NOW, turn=1,
    ),
    Event(4, "score", {"talk": 1, "score": 80, "was": 62, "after": 9, "reason": "收尾很好"}, 8, NOW),
    Event(5, "tag", {"tag": "复盘", "on": True}, 7, NOW),
    Event(6, "reviewed", {"on": True, "turns": 3}, 7, NOW),
)  # fmt: skip
REVIEWED = replace(WHOLE, review=fold(SAID), by={7: "梅老师", 8: "Wang"})


def rows(transcript: Transcript, labels: Mapping[str, str] | None = None) -> list[list[str]]:
    return list(csv.reader(io.StringIO(export(transcript, "csv", labels), newline=""), strict=True))


def test_jsonl_has_a_line_for_each_side_of_each_turn() -> None:
    lines = [json.loads(line) for line in export(WHOLE, "jsonl").splitlines()]
    assert [(line.get("turn"), line["side"]) for line in lines] == [
        (1, "trainee"),
        (1, "dojo"),
        (2, "trainee"),
        (2, "dojo"),
        (3, "trainee"),
        (None, "agreement"),
    ]
    assert all((line["session"], line["name"], line["channel"]) == ("s1", "王小明", "web") for line in lines)


def test_jsonl_leaves_nothing_out() -> None:
    lines = [json.loads(line) for line in export(WHOLE, "jsonl").splitlines()]
    assert lines[0] == {
        "session": "s1",
        "name": "王小明",
        "channel": "web",
        "opened_at": "2026-11-22T09:30:15+00:00",
        "turn": 1,
        "side": "trainee",
        "at": "2026-11-22T09:30:15+00:00",
        "message_id": "m1",
        "kind": "text",
        "text": "太贵，得问我老婆",
        "state": "answered",
        "lang": "zh",
        "product": "alarm",
        "reading": READING,
        "command": None,
        "click": None,
        "corrections": [
            {"from_type": "price", "to_type": "payment", "by": "王", "at": "2026-11-22T09:30:15+00:00"}
        ],
        "practice": [],
        "labels": {},
        "practice_only": [],
        "review": [],
    }
    assert lines[1]["replies"][0] == {
        "position": 0,
        "kind": "line",
        "response": "utter_line",
        "values": {"text": "先看值不值"},
        "data": {"method": "yes_if"},
        "buttons": [],
    }
    assert lines[2]["click"] == {"intent": "correct_type", "about_turn": 1, "values": {"turn": 1}}


@given(text=st.text())
def test_jsonl_is_one_line_for_one_side_whatever_was_typed(text: str) -> None:
    written = export(session(turn(text=text, replies=())), "jsonl")
    first, _, _ = written.splitlines()
    assert json.loads(first)["text"] == text
    assert not any("\x7f" <= character <= "\x9f" for character in written)


def test_csv_has_a_row_for_what_was_typed_and_one_for_each_block() -> None:
    found = [dict(zip(COLUMNS, row, strict=True)) for row in rows(WHOLE)]
    assert found[0] == {column: column for column in COLUMNS}
    assert [(row["turn"], row["side"], row["position"]) for row in found[1:]] == [
        ("1", "trainee", ""),
        ("1", "dojo", "0"),
        ("1", "dojo", "1"),
        ("2", "trainee", ""),
        ("2", "dojo", "0"),
        ("2", "dojo", "1"),
        ("3", "trainee", ""),
    ]
    assert found[1]["types"] == "price 0.83; authority 0.70"
    assert found[1]["natures"] == "genuine; "
    assert found[1]["corrections"] == "price > payment"
    assert found[1]["model_version"] == "m1"
    assert found[3]["text"] == "为什么\n因为"
    assert found[4]["click"] == "correct_type"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "  =1",
        "\r=1",
        "\n=1",
        "＝1",
        "\u200b=1",
        '=HYPERLINK("http://evil")',
        "=cmd|' /C calc'!A0",
    ],
)
def test_no_cell_of_csv_is_a_formula(text: str) -> None:
    for row in rows(session(turn(text=text, replies=(Reply("k", "r", {"t": text}),)), name=text))[1:]:
        cells = [row[COLUMNS.index(column)] for column in ("name", "text")]
        assert all(cell.startswith("'") for cell in cells)


@given(text=st.text())
def test_csv_stays_a_table_whatever_was_typed(text: str) -> None:
    found = rows(session(turn(text=text), name=text))
    assert [len(row) for row in found] == [len(COLUMNS)] * 4
    for row in found[1:]:
        assert row[1][:1] not in {"=", "+", "-", "@"}


def test_csv_takes_its_headings_from_the_labels() -> None:
    assert rows(session(), {"turn": "轮次"})[0][COLUMNS.index("turn")] == "轮次"


def test_md_reads_as_a_conversation() -> None:
    labels = {key: f"<{key}>" for key in LABEL_KEYS}
    assert export(WHOLE, "md", {**labels, "dojo": "教练", "type.price": "价格异议"}) == "\n".join(
        [
            "# &lt;transcript&gt;: 王小明",
            "",
            "- &lt;session&gt;: s1",
            "- &lt;opened&gt;: 2026-11-22 09:30 UTC",
            "- &lt;channel&gt;: web",
            "- &lt;lang&gt;: zh",
            "- &lt;product&gt;: alarm",
            "",
            "## &lt;turn&gt; 1 · 2026-11-22 09:30 UTC",
            "",
            "**王小明**",
            "",
            "> 太贵，得问我老婆",
            "",
            "- 价格异议 0.83 · &lt;nature.genuine&gt; · 太贵",
            "- &lt;type.authority&gt; 0.70 · 问我老婆",
            "- &lt;corrections&gt;: 价格异议 → &lt;type.payment&gt; · 王 · 2026-11-22 09:30 UTC",
            "",
            "**教练**",
            "",
            "> 先看值不值",
            "",
            "**教练**",
            "",
            "> 为什么\\",
            "> 因为",
            "",
            "## &lt;turn&gt; 2 · 2026-11-22 09:30 UTC",
            "",
            "**王小明**",
            "",
            "> &lt;click&gt;: correct\\_type",
            "",
            "**教练**",
            "",
            "> 先看值不值",
            "",
            "**教练**",
            "",
            "> 为什么\\",
            "> 因为",
            "",
            "## &lt;turn&gt; 3 · 2026-11-22 09:30 UTC",
            "",
            "**王小明**",
            "",
            "> 再想想",
            "",
            "## &lt;agreement&gt;",
            "",
            "- &lt;family.objection&gt; (zh) · κ ? (n=0)",
            "- &lt;family.nature&gt; (zh) · κ ? (n=0)",
            "",
        ]
    )


def test_md_names_the_trainee_who_gave_no_name() -> None:
    assert export(session(name=""), "md", {"trainee": "学员"}).startswith("# transcript: 学员\n")


@pytest.mark.parametrize("format", ["csv", "md"])
def test_blocks_read_as_they_were_shown_where_one_knows_how(format: str) -> None:
    written = export(session(turn()), format, render=lambda reply: f"shown by {reply.kind}")
    assert "shown by line" in written
    assert "先看值不值" not in written


@pytest.mark.parametrize("format", ["csv", "md"])
@given(text=st.text())
def test_nothing_that_a_terminal_obeys_is_written(format: str, text: str) -> None:
    written = export(session(turn(text=text, replies=(Reply("k", "r", {"t": text}),)), name=text), format)
    assert not [c for c in written if (c < " " and c not in "\t\r\n") or "\x7f" <= c <= "\x9f"]


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(Refused, match="format"):
        export(WHOLE, "pdf")


def test_a_session_without_turns_can_be_exported() -> None:
    assert export(session(), "jsonl") == ""
    assert len(rows(session())) == 1
    assert "王小明" in export(session(), "md")


def test_jsonl_holds_what_trainers_said_where_they_said_it() -> None:
    lines = [json.loads(line) for line in export(REVIEWED, "jsonl").splitlines()]
    assert [(one["kind"], one["by"]) for one in lines[0]["review"]] == [
        ("label", "Wang"), ("comment", "梅老师"), ("comment", "梅老师"),
    ]  # fmt: skip
    assert lines[0]["review"][0]["value"] == {"types": ["payment"]}
    last = lines[-2]
    assert (last["side"], last["tags"]) == ("review", ["复盘"])
    assert [one["kind"] for one in last["review"]] == ["reviewed", "score", "tag"]


def test_csv_holds_what_trainers_said_and_no_formula() -> None:
    labels = {"type.price": "价格", "type.authority": "权力", "type.payment": "支付", "among_us": "内部"}
    written = [dict(zip(COLUMNS, row, strict=True)) for row in rows(REVIEWED, labels)]
    assert written[1]["labels"] == "Wang · objection: 价格, 权力 → 支付"
    assert written[1]["comments"] == "梅老师 · 先认同\n再问\n梅老师 · [内部] =1+1"
    told = [(row["side"], row["kind"], row["text"], row["final_score"]) for row in written[-3:]]
    assert told == [
        ("review", "reviewed", "梅老师", ""),
        ("review", "score", "Wang · 62 → 80 · 收尾很好", "80"),
        ("review", "tag", "梅老师 · 复盘", ""),
    ]


def test_md_tells_what_trainers_said_on_one_line_each() -> None:
    written = export(REVIEWED, "md").splitlines()
    assert "- **score** · 2026-11-22 09:30 UTC · Wang · 62 → 80 · 收尾很好" in written
    assert "- **comment** · 2026-11-22 09:30 UTC · 梅老师 · 先认同 · 再问" in written


@given(text=st.text(min_size=1))
def test_what_a_trainer_typed_stays_in_its_cell(text: str) -> None:
    event = Event(1, "comment", {"text": text, "told": True}, 7, NOW, turn=1)
    reviewed = replace(session(turn()), review=fold([event]), by={7: text})
    found = rows(reviewed)
    assert [len(row) for row in found] == [len(COLUMNS)] * len(found)
    assert not any(cell[:1] in {"=", "+", "-", "@"} for row in found[1:] for cell in row)
    assert all(json.loads(line) for line in export(reviewed, "jsonl").splitlines())


ASSESSED = turn(
    2,
    text="我明白",
    reading=None,
    practice=(
        {
            "what": "reply",
            "assessment": {
                "score": 55,
                "technique": "yes_if",
                "lscpa": ["listen"],
                "violations": ["pressure"],
                "evidence": [{"rule": "method"}, {"rule": "listen"}, {"rule": "pressure"}, {"rule": "start"}],
            },
            "final_score": 55,
        },
    ),
)
JUDGED = session(turn(replies=()), replace(ASSESSED, replies=()))


def measured(**kappas: float) -> Trusts:
    """Return what is known where some families were measured in Chinese."""
    by = dict(untold().by)
    for family, kappa in kappas.items():
        told = Agreement(120, 0.8, kappa, kappa - 0.09, kappa + 0.09)
        by[family, "zh"] = Trust(family, "zh", told.verdict(0.6), told, Agreement(0), 0.6)
    return Trusts(by)


WEAK = measured(score=0.71, pressure=0.3, objection=0.8, nature=0.2)


def test_jsonl_tells_how_far_each_judgment_is_reliable_and_what_is_for_practice_only() -> None:
    lines = [json.loads(line) for line in export(JUDGED, "jsonl", trusts=WEAK).splitlines()]
    line, reply = (one for one in lines if one["side"] == "trainee")
    assert (line["practice_only"], reply["practice_only"]) == (["nature"], ["pressure"])
    told = {one["family"]: one for one in lines[-1]["judgments"]}
    assert list(told) == ["objection", "nature", "technique", "listen", "pressure", "score"]
    assert told["score"] == {
        "family": "score", "lang": "zh", "verdict": "trusted", "kappa": 0.71, "low": 0.62, "high": 0.8,
        "ratings": 120, "floor": 0.6,
    }  # fmt: skip
    assert (told["listen"]["verdict"], told["listen"]["kappa"]) == ("unmeasured", None)


def test_csv_tells_it_in_columns_of_each_row() -> None:
    written = export(JUDGED, "csv", {"rule.pressure": "施压", "family.score": "得分"}, trusts=WEAK)
    _, line, reply = csv.DictReader(io.StringIO(written), COLUMNS)
    assert line["agreement"] == "objection κ 0.80 (0.71…0.89, n=120); nature κ 0.20 (0.11…0.29, n=120)"
    assert line["practice_only"] == "nature"
    assert reply["agreement"].split("; ")[-1] == "得分 κ 0.71 (0.62…0.80, n=120)"
    assert "listen κ ? (n=0)" in reply["agreement"]
    assert reply["practice_only"] == "施压"


def test_md_tells_it_at_the_turn_and_at_the_end() -> None:
    written = export(JUDGED, "md", {"practice_only": "仅供练习", "rule.pressure": "施压"}, trusts=WEAK)
    assert "- **仅供练习**: nature" in written and "- **仅供练习**: 施压" in written
    assert "- score (zh) · κ 0.71 (0.62…0.80, n=120)\n" in written
    assert "- 施压 (zh) · κ 0.30 (0.21…0.39, n=120) · 仅供练习\n" in written
