"""A long session costs no more than a short one."""

import statistics
import time
import uuid

import httpx2
from tiny_project import Rasa, message, request

ALLOWED_RATIO = 1.5


def test_turn_300_costs_at_most_half_as_much_again_as_turn_3(rasa: Rasa) -> None:
    with httpx2.Client(timeout=30) as client:

        def seconds(sender: str) -> float:
            arguments = request(message("hello", sender))
            started = time.perf_counter()
            answer = client.post(f"{rasa.url}/webhook", **arguments)
            assert '"done"' in answer.text
            return time.perf_counter() - started

        long = uuid.uuid4().hex
        for _ in range(290):
            seconds(long)
        late, third = [], []
        for _ in range(20):  # alternating, so that other load on the machine falls on both
            late.append(seconds(long))
            short = uuid.uuid4().hex
            third.append([seconds(short) for _ in range(3)][-1])
    assert statistics.median(late) <= ALLOWED_RATIO * statistics.median(third)
