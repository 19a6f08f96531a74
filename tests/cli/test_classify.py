"""`dojo classify` and `dojo evaluate` with the real model, as other programs call them."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest

from bot.coaching.taxonomy import OBJECTION_LABELS, TECHNIQUE_LABELS
from tests.cli.terminal import Dojo

MIXED = "你们这个比网上贵了快一倍，而且我回去还得问我老婆"
EXAMPLES = (
    {"text": "太贵了", "lang": "zh", "label": "price"},
    {"text": "别人家便宜一半", "lang": "zh", "label": "price", "alt": "source"},
    {
        "text": "I have to ask my boss",
        "lang": "en",
        "label": "authority",
        "combined": ["authority", "timing"],
    },
    {"text": "Where is your shop?", "lang": "en", "label": "none"},
)


@pytest.fixture(scope="module", autouse=True)
def _model(shared_dojo: Dojo) -> None:
    trained = shared_dojo.run("train", timeout=900)
    assert trained.returncode == 0, trained.stderr


def test_training_again_does_nothing(shared_dojo: Dojo) -> None:
    again = shared_dojo.run("train")
    assert again.returncode == 0
    assert again.stderr.startswith("Nothing to do: ")


def test_each_argument_becomes_one_object(shared_dojo: Dojo) -> None:
    done = shared_dojo.run("classify", "--json", MIXED, "/greet", " ")
    assert (done.returncode, done.stderr) == (0, "")
    mixed, command, blank = map(json.loads, done.stdout.splitlines())
    keys = ["text", "lang", "objections", "intent", "ranking", "technique_ranking"]
    assert list(mixed) == list(command) == list(blank) == keys
    assert (mixed["text"], mixed["lang"], mixed["intent"]) == (MIXED, "zh", "obj_price")
    first = mixed["objections"][0]
    assert (list(first), first["type"]) == (["type", "confidence", "span", "nature"], "price")
    assert first["span"] in MIXED
    assert sorted(label for label, _ in mixed["ranking"]) == sorted(OBJECTION_LABELS)
    assert sorted(label for label, _ in mixed["technique_ranking"]) == sorted(TECHNIQUE_LABELS)
    assert sum(share for _, share in mixed["ranking"]) == pytest.approx(1, abs=1e-3)
    assert command["ranking"]
    assert (blank["text"], blank["intent"], blank["ranking"]) == (" ", None, [])


def test_each_line_of_standard_input_becomes_one_object(shared_dojo: Dojo) -> None:
    done = shared_dojo.run("classify", "--json", stdin="太贵了\r\nI must ask my wife")
    texts = [json.loads(line)["text"] for line in done.stdout.splitlines()]
    assert texts == ["太贵了", "I must ask my wife"]


def test_input_that_is_not_utf_8_is_named_by_its_line(shared_dojo: Dojo) -> None:
    done = shared_dojo.run("classify", stdin=b"good\n\xff\xfe\n")
    assert done.returncode == 2
    assert done.stderr == "standard input:2: is not UTF-8 text\n"


def test_a_file_is_scored_and_reported(shared_dojo: Dojo) -> None:
    lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in EXAMPLES)
    (shared_dojo.folder / "lines.jsonl").write_text(lines, encoding="utf-8")
    arguments = ("evaluate", "lines.jsonl", "--task", "objection", "--json", "--report", "report")
    done = shared_dojo.run(*arguments, DOJO_LANG="zh")
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)
    assert (scores["task"], scores["n"], list(scores["by_lang"])) == ("objection", 4, ["zh", "en"])
    assert scores["accuracy"] >= 0.5
    assert scores["seconds"] > 0
    page = (shared_dojo.folder / "report" / "evaluation-objection.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert linked(page) == []
    assert "warning" not in done.stderr.lower()


def test_techniques_are_ranked_within_their_family(shared_dojo: Dojo) -> None:
    line = {"text": "Compared with what?", "lang": "en", "label": "inquiry", "objection": "That is too dear."}
    (shared_dojo.folder / "replies.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    done = shared_dojo.run("evaluate", "replies.jsonl", "--task", "technique")
    assert done.returncode == 0, done.stderr
    assert "inquiry" in done.stdout
    assert done.stdout.startswith("lines  n  accuracy")


def linked(page: str) -> list[str]:
    """Return every address that a page would load or open."""
    found: list[str] = []

    class Links(HTMLParser):
        def handle_starttag(self, _tag: str, attributes: list[tuple[str, str | None]]) -> None:
            found.extend(
                value or ""
                for name, value in attributes
                if name in ("src", "href") and value and value[0] != "#"
            )

    Links().feed(page)
    return found
