"""What lessons become: lines that Rasa and the model's components read as they are meant."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.importers.utils import training_data_from_paths
from rasa.shared.nlu.constants import INTENT, TEXT

from bot.coaching.reading import Objection, Piece, Reading
from bot.nlu.utterance import CONTEXT, PARTS, SPOKEN, annotate, is_lesson, marks_of, split_pieces
from bot.services.curriculum import lines_of, overruled, to_yaml
from bot.storage.lesson_records import ACCEPTED, MARK, NATURE, OBJECTION, TECHNIQUE, LessonRecord
from tests.storage.conftest import NOW

REPLY = "I hear you, that is a lot. What would it have to save you? Call me on Monday!"
PIECES = (
    Piece("I hear you, that is a lot.", 0, 26, {"listen": 0.9, "share": 0.3, "hollow": 0.6}),
    Piece("What would it have to save you?", 27, 58, {"clarify": 0.95, "share": 0.2}),
    Piece("Call me on Monday!", 59, 77, {"ask": 0.4, "pressure": 0.1}),
)


def lesson(family: str, value: dict[str, Any], **changes: Any) -> LessonRecord:
    values: dict[str, Any] = {
        "id": 1, "source": "trainer", "source_id": 1, "session": "s", "turn_id": 7, "turn": 3,
        "text": "太贵了", "context": "", "lang": "zh", "family": family, "was": {}, "proposed": value,
        "value": value, "state": ACCEPTED, "held_back": False, "proposed_by": 4, "proposed_at": NOW,
        "decided_by": 5, "decided_at": NOW,
    }  # fmt: skip
    return LessonRecord(**{**values, **changes})


def reading(**values: Any) -> Reading:
    return Reading(**{"text": "", "lang": "zh", "intent": "", "confidence": 1.0, **values})


def read_back(tmp_path: Path, *lessons: LessonRecord, read: Reading | None = None) -> list[Any]:
    """Return the lessons as Rasa reads them."""
    path = tmp_path / "nlu.yml"
    path.write_text(to_yaml(lines_of(lessons, {7: read})), encoding="utf-8")
    return training_data_from_paths([str(path)], "en").training_examples


def test_a_compound_line_names_its_further_types_and_nature_in_one_example(tmp_path: Path) -> None:
    said = [
        lesson(OBJECTION, {"types": ["payment", "need"]}),
        lesson(NATURE, {"nature": "false"}, id=2, source_id=2),
    ]
    (example,) = read_back(tmp_path, *said)
    assert (example.get(INTENT), example.get(TEXT)) == ("obj_payment", "太贵了")
    metadata = example.get("metadata")
    assert metadata["intent"] == {"lang": "zh", "nature": "false", "also": ["need"]}
    first, second = metadata["example"]["lessons"]
    assert first == {
        "lesson": 1, "source": "trainer", "session": "s", "turn": 3, "proposed_by": 4,
        "proposed_at": NOW.isoformat(), "state": "accepted", "decided_by": 5, "decided_at": NOW.isoformat(),
    }  # fmt: skip
    assert second["lesson"] == 2
    assert is_lesson(example)


def test_no_objection_is_taught_as_none(tmp_path: Path) -> None:
    (example,) = read_back(tmp_path, lesson(OBJECTION, {"types": []}))
    assert example.get(INTENT) == "obj_none"


def test_a_nature_by_itself_is_taught_with_the_types_that_were_read(tmp_path: Path) -> None:
    said = lesson(NATURE, {"nature": "hidden"})
    (example,) = read_back(tmp_path, said, read=reading(objections=(Objection("timing", 0.9, ""),)))
    assert (example.get(INTENT), example.get("metadata")["intent"]["nature"]) == ("obj_timing", "hidden")
    assert read_back(tmp_path, said, read=reading()) == []


def test_a_method_is_taught_with_the_customers_line(tmp_path: Path) -> None:
    said = lesson(TECHNIQUE, {"technique": "inquiry"}, text="您指哪一块？", context="太贵了")
    (example,) = read_back(tmp_path, said)
    annotate(example, marked=True)
    assert (example.get(INTENT), example.get(CONTEXT), example.get(SPOKEN)) == (
        "tech_inquiry", "太贵了", "您指哪一块？",
    )  # fmt: skip


def test_steps_are_marked_at_the_sentences_that_show_them_or_at_the_likeliest(tmp_path: Path) -> None:
    said = lesson(MARK, {"steps": ["listen", "share", "ask"]}, text=REPLY, context="Too dear", lang="en")
    read = reading(pieces=PIECES, technique_ranking=(("inquiry", 0.8), ("none", 0.2)), lang="en")
    (example,) = read_back(tmp_path, said, read=read)
    annotate(example, marked=True)
    assert example.get(INTENT) == "tech_inquiry"
    assert example.get(SPOKEN) == REPLY
    marks = [marks_of(span, example.get(PARTS)) for span in split_pieces(REPLY)]
    assert marks == [("listen", "share", "hollow"), (), ("ask",)]


def test_a_corrected_method_goes_with_the_marks_of_the_same_reply(tmp_path: Path) -> None:
    said = {"text": REPLY, "context": "Too dear", "lang": "en"}
    examples = read_back(
        tmp_path,
        lesson(MARK, {"steps": []}, **said),
        lesson(TECHNIQUE, {"technique": "none"}, id=2, **said),
        read=reading(pieces=PIECES, technique_ranking=(("inquiry", 1.0),)),
    )
    assert [example.get(INTENT) for example in examples] == ["tech_none"]


def test_the_same_words_are_one_line_and_the_latest_decision_about_them_counts(tmp_path: Path) -> None:
    later = NOW + timedelta(days=1)
    said = [
        lesson(OBJECTION, {"types": ["price"]}, id=1, turn_id=7, decided_at=later),
        lesson(OBJECTION, {"types": ["payment"]}, id=2, turn_id=8, text="太贵了！"),
        lesson(OBJECTION, {"types": ["price"]}, id=3, turn_id=9),
        lesson(NATURE, {"nature": "false"}, id=4, turn_id=9),
    ]
    (example,) = read_back(tmp_path, *said)
    assert (example.get(INTENT), example.get(TEXT)) == ("obj_price", "太贵了")
    assert example.get("metadata")["intent"]["nature"] == "false"
    assert [of["lesson"] for of in example.get("metadata")["example"]["lessons"]] == [3, 4, 1]
    assert overruled(said) == {2}


def test_the_same_reply_to_another_line_is_another_lesson(tmp_path: Path) -> None:
    said = [
        lesson(TECHNIQUE, {"technique": "inquiry"}, text="为什么？", context="太贵了"),
        lesson(TECHNIQUE, {"technique": "none"}, id=2, turn_id=8, text="为什么？", context="不需要"),
    ]
    assert overruled(said) == frozenset()
    assert [example.get(INTENT) for example in read_back(tmp_path, *said)] == ["tech_inquiry", "tech_none"]


def test_that_a_nature_cannot_be_told_is_taught_too(tmp_path: Path) -> None:
    said = [lesson(OBJECTION, {"types": ["price"]}), lesson(NATURE, {"nature": "unclear"}, id=2)]
    (example,) = read_back(tmp_path, *said)
    assert example.get("metadata")["intent"]["nature"] == "unclear"


def test_steps_are_taught_also_where_the_sentences_were_deleted_meanwhile(tmp_path: Path) -> None:
    said = lesson(MARK, {"steps": ["listen", "ask"]}, text=REPLY, context="Too dear", lang="en")
    gone = tuple(Piece("", piece.start, piece.end, piece.marks) for piece in PIECES)
    read = reading(pieces=gone, technique_ranking=(("inquiry", 0.8),), lang="en")
    (example,) = read_back(tmp_path, said, read=read)
    annotate(example, marked=True)
    assert example.get(SPOKEN) == REPLY
    assert marks_of(split_pieces(REPLY)[0], example.get(PARTS)) == ("listen", "ask")


def test_a_lesson_without_words_teaches_nothing(tmp_path: Path) -> None:
    assert read_back(tmp_path, lesson(OBJECTION, {"types": ["price"]}, text="")) == []


@pytest.mark.parametrize(
    ("typed", "taught"),
    [
        ("太贵[了](price)", "太贵(了)(price)"),
        ("too ||| dear", "too /// dear"),
        ("- ${DOJO_SECRET} {x}", "$(DOJO_SECRET) (x)"),
        ("two\nlines\u2028and\x00more\x7f", "two lines and more"),
        ("\"quoted\": 'yes' # no comment", "\"quoted\": 'yes' # no comment"),
        ("[listen] 好的 😀", "(listen) 好的 😀"),
        ("yes", "yes"),
        ("12", "12"),
    ],
)
def test_typed_text_is_nothing_but_text(tmp_path: Path, typed: str, taught: str) -> None:
    (example,) = read_back(tmp_path, lesson(OBJECTION, {"types": ["price"]}, text=typed))
    assert example.get(TEXT) == taught
    assert not example.get("entities")


def test_no_lessons_give_a_file_that_rasa_reads(tmp_path: Path) -> None:
    assert read_back(tmp_path) == []


def test_the_same_lessons_give_the_same_file() -> None:
    said = [lesson(OBJECTION, {"types": ["price"]}, id=n, turn_id=n) for n in (3, 1, 2)]
    assert to_yaml(lines_of(said, {})) == to_yaml(lines_of(reversed(said), {}))
