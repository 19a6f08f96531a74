from __future__ import annotations

import time

import pytest

from bot.web.context import Pace
from bot.web.guards import host_name
from bot.web.pace import Pacer
from bot.web.visitors import Cookies, Visit, Visitor

COOKIES = Cookies(b"one secret")


def test_a_cookie_brings_its_visitor_back() -> None:
    visitor = Visitor("key", "zh", "小林")
    assert COOKIES.read(COOKIES.write(visitor)) == (visitor, True)


@pytest.mark.parametrize("received", ["", None, "nonsense", "W10.x.y", "🙂"])
def test_a_forged_cookie_is_like_none(received: str | None) -> None:
    assert COOKIES.read(received) == (None, False)
    assert COOKIES.read(Cookies(b"another secret").write(Visitor("key"))) == (None, False)


def test_a_cookie_is_renewed_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = COOKIES.write(Visitor("key"))
    later = time.time() + 25 * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    assert COOKIES.read(cookie) == (Visitor("key"), False)


def test_a_newcomer_gets_a_key_of_their_own() -> None:
    one, two = Visit(COOKIES, None), Visit(COOKIES, None)
    assert one.visitor.key != two.visitor.key
    assert one.touched


def test_a_known_visitor_s_cookie_is_left_alone() -> None:
    visit = Visit(COOKIES, COOKIES.write(Visitor("key", "zh")))
    visit.remember(lang="zh")
    assert not visit.touched
    visit.remember(lang="en")
    assert visit.touched


def test_a_token_is_bound_to_its_visitor() -> None:
    mine = Visit(COOKIES, COOKIES.write(Visitor("mine")))
    theirs = Visit(COOKIES, COOKIES.write(Visitor("theirs")))
    assert mine.accepts(mine.csrf)
    assert not mine.accepts(theirs.csrf)
    assert not mine.accepts("")
    assert not mine.accepts("\ud800")


def test_a_visitor_who_sends_too_fast_waits() -> None:
    pacer = Pacer(Pace(burst=2, per_second=0.5))
    assert [pacer.wait_for("a", 0.0) for _ in range(3)] == [0.0, 0.0, 2.0]
    assert pacer.wait_for("b", 0.0) == 0.0
    assert pacer.wait_for("a", 2.0) == 0.0
    assert pacer.wait_for("a", 1.0) == 2.0, "a clock that goes back gives nothing"


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("LocalHost:8000", "localhost"),
        ("[::1]:8000", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("", ""),
        ("a:b:c", "a"),
    ],
)
def test_a_host_is_read_without_its_port(header: str, host: str) -> None:
    assert host_name(header) == host
