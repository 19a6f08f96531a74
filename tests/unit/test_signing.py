"""A signature is accepted from who knows the secret, for its time and body only."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.signing import (
    SignatureError,
    is_vouched_for,
    read_pass,
    sign,
    verify,
    vouch,
    write_pass,
)

SECRET = b"s" * 32
BODY = '{"text": "太贵了"}'.encode()
SIGNED_AT = "1795339815"
GOOD = sign(SECRET, SIGNED_AT, BODY)


def test_the_signature_is_this_one() -> None:
    assert sign(b"secret", "1", b"body") == "842b24d9575dee4b6ec460b7e3af7d683501d84fe6279102340787c79d2e2bab"


@pytest.mark.parametrize("late", [0, 299.9, 300, -300])
def test_a_good_signature_is_accepted_within_five_minutes(late: float) -> None:
    verify(SECRET, SIGNED_AT, BODY, GOOD, now=int(SIGNED_AT) + late)


@pytest.mark.parametrize(
    ("timestamp", "body", "signature", "late", "reason"),
    [
        (None, BODY, GOOD, 0, "missing"),
        ("", BODY, GOOD, 0, "missing"),
        (SIGNED_AT, BODY, None, 0, "missing"),
        (SIGNED_AT, BODY, "", 0, "missing"),
        ("now", BODY, GOOD, 0, "malformed"),
        ("-1", BODY, GOOD, 0, "malformed"),
        ("1e9", BODY, GOOD, 0, "malformed"),
        ("1795339815\n", BODY, GOOD, 0, "malformed"),
        ("１７９５３３９８１５", BODY, GOOD, 0, "malformed"),
        ("9" * 400, BODY, GOOD, 0, "malformed"),
        (SIGNED_AT, BODY + b" ", GOOD, 0, "forged"),
        ("1795339816", BODY, GOOD, 0, "forged"),
        (SIGNED_AT, BODY, GOOD[:-1], 0, "forged"),
        (SIGNED_AT, BODY, GOOD.upper(), 0, "forged"),
        (SIGNED_AT, BODY, "é\ud800", 0, "forged"),
        (SIGNED_AT, BODY, sign(b"t" * 32, SIGNED_AT, BODY), 0, "forged"),
        (SIGNED_AT, BODY, GOOD, 300.1, "stale"),
        (SIGNED_AT, BODY, GOOD, -301, "stale"),
    ],
)
def test_every_other_call_is_refused_with_its_reason(
    timestamp: str | None, body: bytes, signature: str | None, late: float, reason: str
) -> None:
    with pytest.raises(SignatureError) as refused:
        verify(SECRET, timestamp, body, signature, now=int(SIGNED_AT) + late)
    assert refused.value.reason == reason


calls = st.tuples(st.from_regex(r"[0-9]{1,12}", fullmatch=True), st.binary(max_size=20))


@given(one=calls, other=calls)
def test_a_signature_fits_its_own_time_and_body_only(
    one: tuple[str, bytes], other: tuple[str, bytes]
) -> None:
    assert (sign(SECRET, *one) == sign(SECRET, *other)) == (one == other)


def test_a_pass_names_its_session_for_five_minutes() -> None:
    given = write_pass(b"secret", "a.b-c", 1000.0)
    assert read_pass(b"secret", given, 1299.0) == "a.b-c"
    with pytest.raises(SignatureError, match="stale"):
        read_pass(b"secret", given, 1301.0)


@pytest.mark.parametrize("forge", [
    lambda given: given.replace("a.b-c", "a.b-d"),
    lambda given: given.replace(".1000.", ".1200."),
    lambda given: given[:-1] + ("0" if given[-1] != "0" else "1"),
    lambda given: "",
    lambda given: "a.b",
    lambda given: "\ud800.1.x",
])  # fmt: skip
def test_a_forged_pass_lets_nobody_in(forge: Callable[[str], str]) -> None:
    with pytest.raises(SignatureError):
        read_pass(b"secret", forge(write_pass(b"secret", "a.b-c", 1000.0)), 1000.0)


def test_a_channel_vouches_for_one_person_in_one_session() -> None:
    proof = vouch(SECRET, "s1", "slack.T1.U1")
    assert is_vouched_for(SECRET, "s1", "slack.T1.U1", proof)
    for session, person, shown in (
        ("s2", "slack.T1.U1", proof),
        ("s1", "slack.T1.U2", proof),
        ("s1", "slack.T1.U1", vouch(b"t" * 32, "s1", "slack.T1.U1")),
        ("s1", "slack.T1.U1", None),
        ("s1", None, proof),
        ("s1", "\ud800", "é\ud800"),
    ):
        assert not is_vouched_for(SECRET, session, person, shown)
