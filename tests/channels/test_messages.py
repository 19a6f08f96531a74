import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.messages import (
    MAX_TEXT_CHARACTERS,
    Clicks,
    Incoming,
    Malformed,
    TooLong,
    clean,
    encode_line,
    read_incoming,
    to_line,
)

CLICKS = Clicks(frozenset({"choose_product", "empty_message"}), frozenset({"product", "turn"}))


def read(**fields: object) -> Incoming:
    body = {"sender": "s-1", "message_id": "m-1", **fields}
    return read_incoming(json.dumps(body).encode(), CLICKS)


def test_typed_text_passes_unchanged() -> None:
    text = "太贵了 <b>20%</b> '; DROP TABLE events; -- 😀"
    assert read(text=text).text == text


@pytest.mark.parametrize("typed", ["/greet", "//greet", " \n/ /greet", "\x00/greet", "\x1c/\u3000/greet"])
def test_typed_text_cannot_begin_with_a_slash(typed: str) -> None:
    assert read(text=typed).text == "greet"


@given(st.text(max_size=200))
def test_no_typed_text_becomes_a_command(typed: str) -> None:
    text = read(text=typed).text
    assert text == "/empty_message" or not text.strip().startswith("/")


@pytest.mark.parametrize("typed", ["", "   ", "///", "\x00\x07"])
def test_text_without_content_counts_as_an_empty_message(typed: str) -> None:
    assert read(text=typed).text == "/empty_message"


def test_control_characters_are_dropped_and_lines_kept() -> None:
    assert clean("a\x00b\x1bc\r\nd\te\x7f\x85") == "abc\nd\te"


def test_a_broken_surrogate_is_replaced() -> None:
    assert clean("a\ud800b\U0001f600") == "a\ufffdb\U0001f600"


def test_the_longest_text_is_accepted_and_one_more_refused() -> None:
    assert len(read(text="长" * MAX_TEXT_CHARACTERS).text) == MAX_TEXT_CHARACTERS
    with pytest.raises(TooLong):
        read(text="x" * (MAX_TEXT_CHARACTERS + 1))


def test_an_allowed_click_keeps_its_values() -> None:
    assert read(payload='/choose_product{"product": "alarm", "turn": 3}').text == (
        '/choose_product{"product": "alarm", "turn": 3}'
    )
    assert read(payload="/choose_product").text == "/choose_product"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("/restart", "intent"),
        ("/session_start", "intent"),
        ("/choose_product@1.0", "payload"),
        ("choose_product", "payload"),
        ("/choose_product{", "payload"),
        ('/choose_product{"product": }', "payload"),
        ('/choose_product{"requested_slot": "x"}', "field"),
        ('/choose_product{"product": ["x"]}', "value"),
        ('/choose_product{"product": "' + "x" * 401 + '"}', "value"),
        ("/choose_product" + "x" * 5_000, "payload"),
    ],
)
def test_other_clicks_are_refused(payload: str, reason: str) -> None:
    with pytest.raises(Malformed, match=f"^{reason}$"):
        read(payload=payload)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "text"),
        ({"text": "a", "payload": "/choose_product"}, "text"),
        ({"text": 3}, "text"),
        ({"text": "a", "sender": ""}, "sender"),
        ({"text": "a", "sender": "x" * 129}, "sender"),
        ({"text": "a", "sender": "a\nb"}, "sender"),
        ({"text": "a", "message_id": None}, "message_id"),
        ({"text": "a", "message_id": "a\x00"}, "message_id"),
        ({"text": "a", "metadata": []}, "metadata"),
        ({"text": "a", "metadata": {str(n): 1 for n in range(17)}}, "metadata"),
        ({"text": "a", "metadata": {"a": {}}}, "value"),
    ],
)
def test_malformed_bodies_are_refused_with_a_code(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(Malformed, match=f"^{reason}$"):
        read(**fields)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 60_000])
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed, match="json"):
        read_incoming(body, CLICKS)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(Malformed, TooLong):
        read_incoming(body, CLICKS)


def test_a_line_takes_kind_and_data_from_the_message_or_its_custom_part() -> None:
    expected = {
        "text": "a",
        "kind": "script",
        "data": {"turn": 1},
        "buttons": [{"title": "t", "payload": "/stop"}],
    }
    buttons = [{"title": "t", "payload": "/stop", "type": "postback"}]
    assert to_line({"text": "a", "kind": "script", "data": {"turn": 1}, "buttons": buttons}) == expected
    custom = {"kind": "script", "data": {"turn": 1}}
    values = {"kind": "value of a placeholder", "data": "another"}
    assert to_line({"text": "a", "custom": custom, "buttons": buttons, **values}) == expected


def test_a_plain_message_is_of_kind_text() -> None:
    assert to_line({"text": None, "buttons": None}) == {"text": "", "kind": "text", "data": {}, "buttons": []}


def test_a_line_is_one_line() -> None:
    assert encode_line({"text": "a\nb 价"}) == '{"text": "a\\nb 价"}\n'.encode()
