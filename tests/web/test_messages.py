from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from showpiece import HELLO, LINES, UNSURE, Coach
from stage import FakeRasa, Trainee, free_port, lines_of, make_context, say

from bot.services.reporting import transcript
from bot.storage.errors import Unavailable
from bot.storage.unit_of_work import UnitOfWorkFactory
from bot.web.app import create_app
from bot.web.context import Pace

ID = "11111111-2222-3333-4444-555555555555"


def test_a_message_travels_to_rasa_and_its_answer_back(trainee: Trainee, rasa: FakeRasa) -> None:
    session = trainee.begin()
    lines = lines_of(trainee.tell(session, message_id=ID, text="  太贵了\r\n "))
    assert [sorted(line) for line in lines] == [["html"], ["dock", "done", "product", "trade"]]
    assert "heard: 太贵了" in lines[0]["html"]
    heard = rasa.heard[0]
    assert {key: heard[key] for key in ("sender", "message_id", "text")} == {
        "sender": session,
        "message_id": ID,
        "text": "太贵了",
    }
    metadata = heard["metadata"]
    assert metadata["session"] == session and metadata["channel"] == "web"
    assert (metadata["lang"], metadata["product"], metadata["name"]) == ("zh", "alarm", "小林")


def test_a_click_travels_as_a_payload(trainee: Trainee, rasa: FakeRasa) -> None:
    session = trainee.begin()
    trainee.tell(session, payload='/another_version{"turn": 1}')
    assert "text" not in rasa.heard[0]
    assert rasa.heard[0]["payload"] == '/another_version{"turn": 1}'


@pytest.mark.parametrize(
    "payload", ["another_version", "/obj_price", "/restart", "/another_version{broken", "/x{}"]
)
def test_a_click_that_is_no_command_is_refused(trainee: Trainee, rasa: FakeRasa, payload: str) -> None:
    assert trainee.tell(trainee.begin(), payload=payload).status_code == 422
    assert not rasa.heard


def test_typed_text_that_looks_like_a_command_stays_text(trainee: Trainee, rasa: FakeRasa) -> None:
    trainee.tell(trainee.begin(), text='/correct_type{"type": "price"}')
    assert rasa.heard[0]["text"] == '/correct_type{"type": "price"}'


def test_the_same_message_again_is_answered_again_but_recorded_once(
    trainee: Trainee, rasa: FakeRasa, units: UnitOfWorkFactory
) -> None:
    session = trainee.begin()
    first = trainee.tell(session, message_id=ID, text="太贵了").text
    assert trainee.tell(session, message_id=ID, text="太贵了").text == first
    assert len(rasa.heard) == 1
    assert [turn.message_id for turn in transcript(units, session).turns] == [ID]


def test_a_message_is_on_record_before_rasa_hears_it(units: UnitOfWorkFactory) -> None:
    app = create_app(make_context(units, f"http://127.0.0.1:{free_port()}"))
    with Trainee(app) as trainee:
        session = trainee.begin()
        answer = trainee.tell(session, message_id=ID, text="太贵了")
        assert (answer.status_code, answer.json()["error"]) == (503, "unreachable")
        page = trainee.get(f"/chat/{session}").text
        assert "太贵了" in page and 'data-answered="no"' in page
    assert [(turn.text, turn.state) for turn in transcript(units, session).turns] == [("太贵了", "received")]


def test_an_answer_that_breaks_off_ends_with_try_again(trainee: Trainee, rasa: FakeRasa) -> None:
    rasa.play = lambda message: [say("one"), say("two")]
    session = trainee.begin()
    rasa.cut_next = 1
    lines = lines_of(trainee.tell(session, message_id=ID, text="太贵了"))
    assert "one" in lines[0]["html"]
    assert lines[-1]["error"] == "try_again" and lines[-1]["message"]
    assert lines_of(trainee.tell(session, message_id=ID, text="太贵了"))[-1]["done"] is True


def test_rasa_that_says_try_again_is_passed_on(trainee: Trainee, rasa: FakeRasa) -> None:
    rasa.fail_next = 1
    answer = trainee.tell(trainee.begin(), text="太贵了")
    assert (answer.status_code, answer.json()["error"]) == (503, "try_again")


def test_a_call_with_the_wrong_secret_is_not_shown_as_an_answer(
    units: UnitOfWorkFactory, rasa: FakeRasa
) -> None:
    with Trainee(create_app(make_context(units, rasa.url, rasa_secret=b"another"))) as trainee:
        assert trainee.tell(trainee.begin(), text="太贵了").status_code == 503
    assert not rasa.heard


def test_a_long_message_gets_a_friendly_answer(trainee: Trainee, rasa: FakeRasa) -> None:
    session = trainee.begin()
    answer = trainee.tell(session, text="贵" * 4001)
    assert (answer.status_code, answer.json()["error"]) == (422, "too_long")
    assert "4000" in answer.json()["message"]
    assert not rasa.heard
    assert trainee.tell(session, text="😀" * 4000).status_code == 200


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ({"text": "   "}, 422),
        ({"message_id": "x", "text": "a"}, 400),
        ({"message_id": "../../../../etc", "text": "a"}, 400),
        ({"text": ["a"]}, 400),
        ({"payload": 3}, 400),
    ],
)
def test_a_message_that_is_none_is_refused(trainee: Trainee, message: dict[str, Any], status: int) -> None:
    assert trainee.tell(trainee.begin(), **message).status_code == status


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b"\xff", b"[" * 60_000], ids=["none", "open", "list", "bytes", "deep"]
)
def test_a_body_that_is_no_message_is_refused(trainee: Trainee, body: bytes) -> None:
    headers = {"content-type": "application/json", "X-CSRF-Token": trainee.csrf()}
    answer = trainee.post(f"/chat/{trainee.begin()}/messages", content=body, headers=headers)
    assert answer.status_code == 400


def test_a_lone_surrogate_does_no_harm(trainee: Trainee) -> None:
    body = b'{"message_id": "' + ID.encode() + b'", "text": "\\ud83d broken"}'
    headers = {"content-type": "application/json", "X-CSRF-Token": trainee.csrf()}
    answer = trainee.post(f"/chat/{trainee.begin()}/messages", content=body, headers=headers)
    assert answer.status_code == 200
    assert lines_of(answer)[-1]["done"] is True


def test_a_message_without_the_token_is_refused_as_json(trainee: Trainee, rasa: FakeRasa) -> None:
    session = trainee.begin()
    answer = trainee.post(f"/chat/{session}/messages", json={"message_id": ID, "text": "太贵了"})
    assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")
    assert not rasa.heard


def test_who_sends_too_fast_is_asked_to_wait(units: UnitOfWorkFactory, rasa: FakeRasa) -> None:
    with Trainee(create_app(make_context(units, rasa.url, pace=Pace(burst=2, per_second=0.1)))) as trainee:
        session = trainee.begin()
        assert trainee.tell(session, text="a").status_code == 200
        slow = trainee.tell(session, text="b")
        assert (slow.status_code, slow.json()["error"]) == (429, "too_fast")
        assert 1 <= int(slow.headers["retry-after"]) <= 10


def test_a_database_that_is_away_loses_nothing(
    trainee: Trainee, rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = trainee.begin()

    async def away(*_: object, **__: object) -> None:
        raise Unavailable("locked")

    monkeypatch.setattr("bot.web.desk.Desk.receive", away)
    answer = trainee.tell(session, text="太贵了")
    assert (answer.status_code, answer.json()["error"]) == (503, "try_again")
    form = {"csrf": trainee.csrf(), "message_id": ID, "text": "太贵了"}
    page = trainee.post(f"/chat/{session}/messages", data=form)
    assert page.status_code == 503
    assert "太贵了</textarea>" in page.text
    assert not rasa.heard


# Without JavaScript


def test_a_plain_form_gets_a_new_page(trainee: Trainee, rasa: FakeRasa) -> None:
    session = trainee.begin()
    form = {"csrf": trainee.csrf(f"/chat/{session}"), "message_id": ID, "text": "太贵了"}
    answer = trainee.post(f"/chat/{session}/messages", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/chat/{session}#latest")
    page = trainee.get(f"/chat/{session}").text
    assert "heard: 太贵了" in page and 'data-answered="yes"' in page


def test_a_plain_form_keeps_what_was_typed_when_rasa_is_away(units: UnitOfWorkFactory) -> None:
    with Trainee(create_app(make_context(units, f"http://127.0.0.1:{free_port()}"))) as trainee:
        session = trainee.begin()
        form = {"csrf": trainee.csrf(), "message_id": ID, "text": "太贵了"}
        page = trainee.post(f"/chat/{session}/messages", data=form)
        assert page.status_code == 503
        assert "太贵了</textarea>" in page.text and f'value="{ID}"' in page.text
        form["text"] = "贵" * 4001
        page = trainee.post(f"/chat/{session}/messages", data=form)
        assert page.status_code == 422 and "贵" * 4001 in page.text


def test_a_plain_form_without_the_token_keeps_what_was_typed(trainee: Trainee) -> None:
    session = trainee.begin()
    page = trainee.post(f"/chat/{session}/messages", data={"message_id": ID, "text": "太贵了"})
    assert page.status_code == 403
    assert "太贵了</textarea>" in page.text


# The real advice


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_advice_is_shown_as_cards_in_the_language_that_was_typed(
    trainee: Trainee, rasa: FakeRasa, units: UnitOfWorkFactory, lang: str
) -> None:
    rasa.play = Coach(units)
    session = trainee.begin(lang="en" if lang == "zh" else "zh")
    answer = trainee.tell(session, text=LINES[lang]).text
    cards = [line["html"] for line in map(json.loads, answer.splitlines()) if "html" in line]
    kinds = [card.split("card card-")[1].split('"')[0] for card in cards]
    assert kinds[:2] == ["sorted", "nature"]
    assert kinds.count("script") >= 4
    tag = {"zh": "zh-CN", "en": "en"}[lang]
    assert all(f'lang="{tag}"' in card.split(">")[0] for card in cards)
    assert cards[0].count("<mark>") == 2
    assert "价格" in cards[0] and "Price" in cards[0]
    stored = trainee.get(f"/chat/{session}").text
    for card in cards:
        assert card.strip().splitlines()[1].strip() in stored


def test_every_card_has_its_buttons(trainee: Trainee, rasa: FakeRasa, units: UnitOfWorkFactory) -> None:
    rasa.play = Coach(units)
    session = trainee.begin()
    trainee.tell(session, text=LINES["zh"])
    asked = trainee.tell(session, text=UNSURE["zh"]).text
    assert "card-ask_type" in asked and asked.count("/choose_type") == 2
    wrong = trainee.tell(session, payload='/wrong_type{"turn": 1}').text
    assert "card-correction" in wrong and wrong.count("/correct_type") == 11
    phone = trainee.tell(session, payload='/show_telephone{"turn": 1}').text
    assert "card-telephone" in phone and phone.count("data-line") >= 3
    another = trainee.tell(
        session, payload='/another_version{"turn": 1, "type": "price", "method": "tai_chi"}'
    ).text
    assert "card-script" in another
    assert "card-text" in trainee.tell(session, text=HELLO["zh"]).text


def test_a_product_that_is_switched_shows_at_once(
    trainee: Trainee, rasa: FakeRasa, units: UnitOfWorkFactory
) -> None:
    rasa.play = Coach(units)
    session = trainee.begin()
    offered = trainee.tell(session, payload="/switch_product").text
    assert "card-products" in offered
    chosen = lines_of(trainee.tell(session, payload='/choose_product{"product": "car"}'))
    page = trainee.get(f"/chat/{session}").text
    assert f"data-product-name>{chosen[-1]['product']}<" in page


def test_a_click_is_told_by_the_name_of_its_button(
    trainee: Trainee, rasa: FakeRasa, units: UnitOfWorkFactory
) -> None:
    rasa.play = Coach(units)
    session = trainee.begin()
    trainee.tell(session, text=UNSURE["zh"])
    trainee.tell(session, payload='/choose_type{"lang": "zh", "turn": 1, "type": "price"}')
    trainee.tell(session, payload="/list_products")
    page = trainee.get(f"/sessions/{session}").text
    assert "<p>价格异议</p>" in page
    assert "<p>看有哪些产品</p>" in page


def test_a_long_session_shows_its_latest_turns(trainee: Trainee) -> None:
    session = trainee.begin()
    for number in range(42):
        trainee.tell(session, message_id=str(uuid.uuid4()), text=f"line {number}.")
    page = trainee.get(f"/chat/{session}").text
    assert page.count('<article class="turn"') == 40
    assert "line 1." not in page and f'href="/sessions/{session}"' in page
    assert "line 0." in trainee.get(f"/sessions/{session}").text
