"""The signed webhook, on a real Rasa server with a trained model and the real action server."""

import contextlib
import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tiny_project import Rasa, lines, message, request, say

DONE = {"done": True, "turn": 1}


def post(server: Rasa, **arguments: Any) -> httpx2.Response:
    return httpx2.post(f"{server.url}/webhook", timeout=60, verify=False, **arguments)


def times_acted(project: Path, message_id: str) -> int:
    return (project / "journal").read_text().split().count(message_id)


def test_a_message_is_answered_line_by_line(rasa: Rasa, sender: str) -> None:
    first, second, last = say(rasa, message("hello 你好", sender))
    assert first["text"] == "I heard: hello 你好"
    assert first["kind"] == "echo"
    assert first["data"]["heard"] == 1
    assert first["buttons"] == [{"title": "again", "payload": "/switch_language"}]
    assert second == {"text": "second line", "kind": "text", "data": {}, "buttons": []}
    assert last == DONE


def test_turns_are_numbered_and_slots_kept(rasa: Rasa, sender: str) -> None:
    answers = [say(rasa, message("hello", sender)) for _ in range(9)]
    assert [answer[-1]["turn"] for answer in answers] == list(range(1, 10))
    assert [answer[0]["data"]["heard"] for answer in answers] == list(range(1, 10))


def test_a_rule_without_action_answers_too(rasa: Rasa, sender: str) -> None:
    assert [line.get("text") for line in say(rasa, message("thanks", sender))] == ["You are welcome.", None]


def test_a_message_sent_again_gets_its_stored_answer(rasa: Rasa, sender: str, project: Path) -> None:
    body = message("hello", sender)
    first = say(rasa, body)
    later = say(rasa, message("hello", sender))
    assert later[-1]["turn"] == 2
    assert say(rasa, body) == first
    assert say(rasa, {**body, "text": "something else"}) == first
    assert times_acted(project, body["message_id"]) == 1


def test_the_same_message_ten_times_at_once_is_processed_once(rasa: Rasa, sender: str, project: Path) -> None:
    body = message("slow hello", sender)
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: say(rasa, body), range(10)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][-1] == DONE
    assert times_acted(project, body["message_id"]) == 1


def test_many_messages_at_once_of_one_person_all_count_once(rasa: Rasa, sender: str) -> None:
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda n: say(rasa, message(f"hello {n}", sender)), range(12)))
    assert sorted(answer[-1]["turn"] for answer in answers) == list(range(1, 13))
    assert sorted(answer[0]["data"]["heard"] for answer in answers) == list(range(1, 13))


def test_the_same_message_id_in_another_conversation_is_another_message(rasa: Rasa) -> None:
    answers = [say(rasa, message("hello", uuid.uuid4().hex, "same")) for _ in range(2)]
    assert [answer[-1] for answer in answers] == [DONE, DONE]


def test_a_click_reaches_its_rule_with_its_values(rasa: Rasa, sender: str) -> None:
    click = {**message("", sender), "payload": '/choose_product{"product": "alarm 防盗器"}'}
    del click["text"]
    answer = say(rasa, click)
    assert answer[0]["data"]["product"] == "alarm 防盗器"


@pytest.mark.parametrize(
    "typed",
    [
        '/choose_product{"product": "stolen"}',
        ' /choose_product{"product": "stolen"}',
        '\u200b\x00//choose_product{"product": "stolen"}',
        "/restart",
        "/session_start",
    ],
)
def test_typed_text_triggers_no_intent(rasa: Rasa, sender: str, typed: str) -> None:
    say(rasa, message("hello", sender))
    answer = say(rasa, message(typed, sender))
    assert answer[0]["data"]["product"] is None
    assert answer[0]["data"]["heard"] == 2
    assert not answer[0]["text"].removeprefix("I heard: ").startswith("/")


@pytest.mark.parametrize(
    "text",
    [
        "😀👨‍👩‍👧‍👦🏳️‍🌈 贵",
        "<script>alert(1)</script>",
        "'; DROP TABLE rasa_events; --",
        "nul \x00 bell \x07 escape \x1b[31m",
        "right to left \u202e and \ufeff",
        "{words} ${DOJO_SECRET} {{7*7}} %s",
        "a" * 4_000,
        "长" * 4_000,
        "😀" * 4_000,
    ],
)
def test_any_text_is_answered_and_remembered(rasa: Rasa, sender: str, text: str) -> None:
    body = message(text, sender)
    answer = say(rasa, body)
    assert answer[-1] == DONE
    assert "DOJO_SECRET" not in answer[0]["text"] or "${DOJO_SECRET}" in answer[0]["text"]
    assert say(rasa, body) == answer


def test_an_empty_message_is_answered(rasa: Rasa, sender: str) -> None:
    assert say(rasa, message(" \n ", sender))[0]["text"] == "I heard: /empty_message"


def test_a_lone_surrogate_is_no_obstacle(rasa: Rasa, sender: str) -> None:
    assert say(rasa, message("half \ud83d emoji", sender))[0]["text"] == "I heard: half \ufffd emoji"


@pytest.mark.parametrize("size", [4_001, 20_000])
def test_too_long_a_text_is_refused(rasa: Rasa, sender: str, size: int) -> None:
    answer = post(rasa, **request(message("x" * size, sender)))
    assert (answer.status_code, answer.json()) == (413, {"error": "too_long", "limit": 4_000})


def test_a_body_of_100_kilobytes_is_refused(rasa: Rasa, sender: str) -> None:
    answer = post(rasa, **request(message("x" * 100_000, sender)))
    assert (answer.status_code, answer.json()["error"]) == (413, "too_long")


def test_a_body_of_a_megabyte_is_cut_off(rasa: Rasa, sender: str) -> None:
    # the server may close the connection before all is sent
    with contextlib.suppress(httpx2.WriteError, httpx2.ReadError):
        assert post(rasa, **request(message("x" * 1_000_000, sender))).status_code == 413


def test_a_forged_signature_is_refused(rasa: Rasa, sender: str) -> None:
    assert post(rasa, **request(message("hello", sender), secret="guessed")).status_code == 401


def test_a_signature_of_another_body_is_refused(rasa: Rasa, sender: str) -> None:
    arguments = request(message("hello", sender))
    arguments["content"] = arguments["content"].replace(b"hello", b"howdy")
    assert post(rasa, **arguments).status_code == 401


@pytest.mark.parametrize("age", [301, -301])
def test_a_stale_signature_is_refused(rasa: Rasa, sender: str, age: float) -> None:
    assert post(rasa, **request(message("hello", sender), age=age)).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Dojo-Timestamp": "0"},
        {"X-Dojo-Signature": "0" * 64},
        {"X-Dojo-Timestamp": "soon", "X-Dojo-Signature": "é"},
        {"X-Dojo-Timestamp": "٣", "X-Dojo-Signature": "0"},
    ],
)
def test_a_missing_or_odd_signature_is_refused(rasa: Rasa, sender: str, headers: dict[str, str]) -> None:
    content = json.dumps(message("hello", sender)).encode()
    encoded = {name: value.encode("utf-8") for name, value in headers.items()}
    assert post(rasa, content=content, headers=encoded).status_code == 401


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"sender": "s"}', b"\xff\xfe", b"[" * 60_000])
def test_a_signed_body_that_makes_no_sense_is_refused(rasa: Rasa, body: bytes) -> None:
    answer = post(rasa, **request(body))
    assert (answer.status_code, answer.json()["error"]) == (400, "malformed")


def test_a_click_outside_the_list_is_refused(rasa: Rasa, sender: str) -> None:
    click = {"sender": sender, "message_id": "m", "payload": "/restart"}
    answer = post(rasa, **request(click))
    assert (answer.status_code, answer.json()) == (400, {"error": "malformed", "reason": "intent"})


def test_a_failing_action_leaves_no_trace(rasa: Rasa, sender: str) -> None:
    assert say(rasa, message("hello", sender))[-1]["turn"] == 1
    body = message("broken", sender)
    assert say(rasa, body) == [{"error": "try_again"}]
    assert say(rasa, body) == [{"error": "try_again"}]
    answer = say(rasa, message("hello", sender))
    assert (answer[-1]["turn"], answer[0]["data"]["heard"]) == (2, 2)


def test_a_turn_that_finds_no_end_leaves_no_trace(rasa: Rasa, sender: str) -> None:
    endless = {"sender": sender, "message_id": "m", "payload": "/wrong_type"}
    assert say(rasa, endless)[-1] == {"error": "try_again"}
    assert say(rasa, message("hello", sender))[-1] == DONE


def test_a_reader_who_goes_away_does_not_stop_the_turn(rasa: Rasa, sender: str, project: Path) -> None:
    body = message("slow hello", sender)
    with pytest.raises(httpx2.ReadTimeout):
        httpx2.post(f"{rasa.url}/webhook", timeout=httpx2.Timeout(5, read=0.5), **request(body))
    assert say(rasa, body)[-1] == DONE
    assert times_acted(project, body["message_id"]) == 1


def test_lines_come_before_the_turn_is_over(rasa: Rasa, sender: str) -> None:
    seen: list[bytes] = []
    with httpx2.stream(
        "POST", f"{rasa.url}/webhook", timeout=60, **request(message("hello", sender))
    ) as answer:
        seen.extend(answer.iter_raw())
    assert len(seen) >= 2


def test_a_slow_conversation_does_not_hold_up_others(rasa: Rasa, sender: str) -> None:
    slow = threading.Thread(target=say, args=(rasa, message("slow", sender)))
    slow.start()
    started = httpx2.get(f"{rasa.url}/ready").elapsed.total_seconds()
    quick = post(rasa, **request(message("hello", uuid.uuid4().hex)))
    assert lines(quick)[-1] == DONE
    assert started + quick.elapsed.total_seconds() < 1.2
    slow.join()


def test_readiness_names_what_was_checked(rasa: Rasa) -> None:
    answer = httpx2.get(f"{rasa.url}/ready")
    checks = {"model": True, "secret": True, "store": True, "locks": True, "actions": True}
    assert answer.status_code == 200
    assert (answer.json()["ready"], answer.json()["checks"]) == (True, checks)


def test_no_other_way_in_is_open(rasa: Rasa) -> None:
    base = f"http://127.0.0.1:{rasa.port}"
    assert (
        httpx2.post(f"{base}/webhooks/rest/webhook", json={"sender": "a", "message": "b"}).status_code == 404
    )
    for path in ("/conversations/a/tracker", "/model", "/domain", "/status"):
        assert httpx2.get(f"{base}{path}").status_code == 404


def test_the_log_holds_nothing_that_a_trainee_said(rasa: Rasa, sender: str) -> None:
    say(rasa, message("broken unmistakable", sender))
    say(rasa, message("hello unmistakable", sender))
    log = rasa.log.read_text()
    assert "unmistakable" not in log
    assert "Warning" not in log
