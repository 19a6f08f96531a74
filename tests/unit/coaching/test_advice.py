"""What the coach does with a reading."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.coaching import advice
from bot.coaching.reading import Nature, Objection, Reading
from bot.coaching.taxonomy import NONE, OBJECTION_LABELS


def reading(
    shares: dict[str, float], *, objections: tuple[Objection, ...] = (), unsure: bool = False
) -> Reading:
    ranking = tuple(sorted(shares.items(), key=lambda pair: -pair[1]))
    return Reading("x", "en", "obj_price", 0.9, objections, ranking, unsure=unsure)


def test_objections_are_answered_weightiest_first() -> None:
    found = (Objection("price", 0.8, "too dear"), Objection("authority", 0.6, "my wife"))
    plan = advice.plan(reading({"price": 0.8, "authority": 0.1}, objections=found))
    assert (plan.kind, plan.objections) == (advice.ANSWER, found)


def test_an_unsure_line_is_asked_about_with_the_likeliest_types() -> None:
    plan = advice.plan(reading({"price": 0.4, "payment": 0.38, "need": 0.02}, unsure=True))
    assert (plan.kind, plan.choices) == (advice.ASK, ("price", "payment"))


def test_what_is_no_objection_is_a_remark_near_the_type_it_touches() -> None:
    plan = advice.plan(reading({NONE: 0.9, "service": 0.06, "price": 0.04}))
    assert (plan.kind, plan.near) == (advice.REMARK, "service")


@given(st.lists(st.floats(0.001, 1), min_size=11, max_size=11), st.booleans())
def test_there_is_always_something_to_do(shares: list[float], unsure: bool) -> None:
    total = sum(shares)
    ranked = reading({label: s / total for label, s in zip(OBJECTION_LABELS, shares)}, unsure=unsure)
    plan = advice.plan(ranked)
    if unsure:
        assert 2 <= len(plan.choices) <= advice.CHOICES
        assert len(set(plan.choices)) == len(plan.choices)
    else:
        assert plan.kind == advice.REMARK


def test_sureness_has_three_steps() -> None:
    assert [advice.sureness(c) for c in (0.95, 0.6, 0.3)] == ["sure", "fairly", "unsure"]


def test_a_nature_without_evidence_stays_unclear() -> None:
    assert Objection("price", 0.9, "x").nature == Nature("unclear", 0.0, "")
