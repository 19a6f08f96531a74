from __future__ import annotations

from typing import Any

import pytest

from bot.coaching.labels import as_read, valid_label


@pytest.mark.parametrize(
    ("family", "value", "fits"),
    [
        ("objection", {"types": []}, True),
        ("objection", {"types": ["price", "authority"]}, True),
        ("objection", {"types": ["price", "price"]}, False),
        ("objection", {"types": ["none"]}, False),
        ("objection", {"types": "price"}, False),
        ("objection", {"types": [["price"]]}, False),
        ("objection", {"types": ["price"], "more": 1}, False),
        ("objection", {}, False),
        ("nature", {"nature": "hidden"}, True),
        ("nature", {"nature": "odd"}, False),
        ("technique", {"technique": "none"}, True),
        ("technique", {"technique": "price"}, False),
        ("mark", {"steps": ["listen", "ask"]}, True),
        ("mark", {"steps": ["argue"]}, False),
        ("mood", {"mood": "good"}, False),
    ],
)
def test_a_label_is_one_of_its_family(family: str, value: dict[str, Any], fits: bool) -> None:
    assert valid_label(family, value) is fits


def test_the_bots_labels_of_a_line_and_of_a_reply() -> None:
    reading = {
        "objections": [{"type": "price", "nature": {"id": "false"}}, {"type": "timing", "nature": None}]
    }
    assert as_read(reading) == {"objection": {"types": ["price", "timing"]}, "nature": {"nature": "false"}}
    assert as_read({"objections": []}) == {"objection": {"types": []}, "nature": {"nature": "unclear"}}
    reply = as_read(reading, {"technique": "inquiry", "lscpa": ["ask", "listen"]})
    assert reply == {"technique": {"technique": "inquiry"}, "mark": {"steps": ["listen", "ask"]}}
    assert as_read(None) == {}
