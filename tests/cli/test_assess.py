"""`dojo assess` with the real model, as other programs call it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.coaching.taxonomy import FAULTS, STEPS, TECHNIQUE_LABELS

GOOD = "六千块不是小数，搁谁都得掂量。您拿来比的那家，安装和三年保修算在里面吗？"
BAD = "不贵啊，是你不懂行。今天不定明天就涨价，你自己看着办。"
ODD = [
    "",
    " \n",
    "好",
    "👍👍",
    "\x00\x1b[31m",
    "<script>alert(1)</script>",
    "'; DROP TABLE turns; --",
    "啊" * 4000,
]


def dialogue(*replies: str, lang: str = "zh", line: str = "你们这个太贵了，别家才卖六千") -> dict[str, Any]:
    turns = []
    for reply in replies:
        turns += [{"who": "customer", "text": line}, {"who": "sales", "text": reply}]
    return {"lang": lang, "turns": turns}


def write(path: Path, *dialogues: Any) -> str:
    path.write_text("".join(json.dumps(d, ensure_ascii=False) + "\n" for d in dialogues), encoding="utf-8")
    return str(path)


def test_every_point_has_a_rule_and_the_words_that_it_rests_on(shared_dojo: Any, tmp_path: Path) -> None:
    replies = [GOOD, BAD, *ODD, "I'd want to know that too. Which shop are you comparing us with?", GOOD]
    done = shared_dojo.run("assess", write(tmp_path / "d.jsonl", dialogue(*replies)), "--json")
    assert done.returncode == 0, done.stderr
    (result,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert set(result["lscpa"]) == set(STEPS)
    assert len(result["turns"]) == len(replies)
    for reply, turn in zip(replies, result["turns"]):
        assert turn["technique"] in TECHNIQUE_LABELS
        assert set(turn["violations"]) <= set(FAULTS)
        assert sum(point["points"] for point in turn["evidence"]) == turn["score"]
        assert 0 <= turn["score"] <= 100
        for point in turn["evidence"]:
            start, end = point["span"]
            assert reply[start:end] == point["text"]
    good, bad, *odd, english, again = result["turns"]
    assert good["score"] > bad["score"] + 20
    assert "clarify" in good["lscpa"]
    assert all(turn["score"] < good["score"] - 20 for turn in odd)
    assert "wordless" in odd[0]["violations"] and "too_long" in odd[-1]["violations"]
    assert "other_language" in english["violations"]
    assert "repeat" in again["violations"]


def test_a_good_talk_is_worth_more_than_a_bad_one(shared_dojo: Any, tmp_path: Path) -> None:
    file = write(
        tmp_path / "d.jsonl",
        dialogue(GOOD),
        dialogue(BAD),
        {"lang": "zh", "turns": [{"who": "customer", "text": "贵"}]},
    )
    done = shared_dojo.run("assess", file, "--json")
    good, bad, none = [json.loads(line)["score"] for line in done.stdout.splitlines()]
    assert good > bad >= none == 0


def test_for_people_it_is_a_list(shared_dojo: Any, tmp_path: Path) -> None:
    done = shared_dojo.run("assess", write(tmp_path / "d.jsonl", dialogue(GOOD)))
    assert done.returncode == 0
    assert "clarify" in done.stdout and GOOD in done.stdout


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"{", 1),
        (b"[]", 1),
        (b"\xff\xfe", 1),
        (json.dumps(dialogue(GOOD)).encode() + b'\n{"lang": "fr", "turns": [1]}', 2),
        (b'{"lang": "zh", "turns": []}', 1),
        (b'{"lang": "zh", "turns": [{"who": "bot", "text": "x"}]}', 1),
        (b'{"lang": "zh", "turns": [{"who": "sales", "text": 3}]}', 1),
        (b'{"lang": "zh", "turns": ["x"]}', 1),
    ],
)
def test_a_faulty_file_is_named_with_its_line(
    shared_dojo: Any, tmp_path: Path, content: bytes, line: int
) -> None:
    file = tmp_path / "faulty.jsonl"
    file.write_bytes(content)
    done = shared_dojo.run("assess", str(file), "--json")
    assert done.returncode == 2
    assert f"faulty.jsonl:{line}" in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
