"""Slack's limits, checked by Slack's own library and by what its documentation says beyond it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

TEXTS = {"section": 3_000, "header": 150, "context": 2_000, "button": 75, "option": 75, "placeholder": 150}


def units(text: str) -> int:
    """Return a text's length in UTF-16 units, as Slack counts."""
    return len(text.encode("utf-16-le")) // 2


def check_message(message: Mapping[str, Any]) -> None:
    """Assert that Slack would take a message."""
    assert message["text"].strip()
    assert units(message["text"]) <= 3_000
    check_blocks(message["blocks"], most=50)
    assert sum(units(text) for text in shown_texts(message["blocks"])) <= 12_000
    json.dumps(message).encode()


def check_view(view: Mapping[str, Any]) -> None:
    """Assert that Slack would take a form or a home tab."""
    View(**view).validate_json()
    check_blocks(view["blocks"], most=100)
    assert units(view.get("private_metadata", "")) <= 3_000
    for key in ("title", "submit", "close"):
        if key in view:
            assert view[key]["type"] == "plain_text" and 0 < units(view[key]["text"]) <= 24
    assert len(json.dumps(view, ensure_ascii=False).encode()) < 250_000


def check_blocks(blocks: list[dict[str, Any]], most: int) -> None:
    """Assert that blocks are within the limits, and that no identity comes twice."""
    assert 0 < len(blocks) <= most
    for block in Block.parse_all(blocks):
        block.validate_json()
        block.to_dict()
    actions = [element["action_id"] for element in elements(blocks)]
    assert len(set(actions)) == len(actions)
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(set(ids)) == len(ids) and all(0 < len(id_) <= 255 for id_ in ids)
    for block in blocks:
        if block["type"] == "actions":
            assert 0 < len(block["elements"]) <= 25
        elif block["type"] == "context":
            assert 0 < len(block["elements"]) <= 10
            assert all(0 < units(text["text"]) <= TEXTS["context"] for text in block["elements"])
        elif block["type"] in ("section", "header"):
            text = block["text"]
            assert text["text"].strip() and units(text["text"]) <= TEXTS[block["type"]]
            assert text["type"] == ("plain_text" if block["type"] == "header" else "mrkdwn")
        if block["type"] in ("section", "context"):
            marked = [block["text"]] if "text" in block else block["elements"]
            assert not any(CALLS.search(text["text"]) for text in marked)
    for element in elements(blocks):
        check_element(element)


CALLS = re.compile("<@|<!(?!date)")
"""What would call people; a date calls nobody."""


def check_element(element: Mapping[str, Any]) -> None:
    """Assert that a button, a menu or a field is within the limits."""
    assert 0 < len(element["action_id"]) <= 255
    if element["type"] == "button":
        assert 0 < units(element["text"]["text"]) <= TEXTS["button"]
        assert 0 < units(element["value"]) <= 2_000
    if element["type"] in ("static_select", "overflow"):
        groups = element.get("option_groups") or [{"options": element["options"]}]
        values = [option["value"] for group in groups for option in group["options"]]
        assert 0 < len(values) <= (5 if element["type"] == "overflow" else 100)
        assert len(set(values)) == len(values)
        assert all(0 < units(value) <= 150 for value in values)
        if element["type"] == "static_select":
            assert 0 < units(element["placeholder"]["text"]) <= TEXTS["placeholder"]
        for group in groups:
            for option in group["options"]:
                assert 0 < units(option["text"]["text"]) <= TEXTS["option"]
                assert units((option.get("description") or {"text": ""})["text"]) <= TEXTS["option"]
        if element.get("initial_option"):
            assert element["initial_option"] in [option for group in groups for option in group["options"]]


def elements(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield what can be clicked or filled in."""
    for block in blocks:
        if block["type"] == "actions":
            yield from block["elements"]
        if "accessory" in block:
            yield block["accessory"]
        if block["type"] == "input":
            yield block["element"]


def values(blocks: list[dict[str, Any]]) -> list[str]:
    """Return what the buttons and menus of blocks carry."""
    found = []
    for element in elements(blocks):
        found += [option["value"] for option in element.get("options", ())]
        found += [element["value"]] if "value" in element else []
    return found


def shown_texts(node: Any) -> Iterator[str]:
    """Yield every text that is shown."""
    if isinstance(node, Mapping):
        if node.get("type") in ("mrkdwn", "plain_text"):
            yield node["text"]
        else:
            for child in node.values():
                yield from shown_texts(child)
    elif isinstance(node, list):
        for child in node:
            yield from shown_texts(child)
