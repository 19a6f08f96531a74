"""Choosing and composing the lines of a script."""

from __future__ import annotations

import re
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.coaching.playbook import (
    TONES,
    Line,
    Material,
    Playbook,
    Script,
    Version,
    compose,
    count_lines,
    every_line,
    fitting,
    seed_of,
)
from bot.coaching.wording import INLINE_SLOTS, SENTENCE_SLOTS, Text

ARGUMENT_SLOTS = ("concede", "outweigh", "reframe", "ask", "turn", "next")
STEMS = {"zh": "这是第{}句{}。", "en": "Sentence {} for {}."}


def material(lang: str, **counts: int) -> Material:
    sentences = {
        slot: tuple(STEMS[lang].format(number, slot) for number in range(counts.get(slot, 2)))
        for slot in (*ARGUMENT_SLOTS, "claim", "fact", "proof")
    }
    return Material(lang, {**sentences, "product": ({"zh": "守夜人", "en": "the NightWatch"}[lang],)})


def script(method: str, *slots: tuple[str, ...], fit: float = 0.5) -> Script:
    versions = tuple(
        Version(
            f"v{place}",
            TONES[place % 3],
            Text(
                f"开场白{place}。" + "".join(f"{{{slot}}}" for slot in names),
                f"Opening {place}. " + " ".join(f"{{{slot}}}" for slot in names),
            ),
        )
        for place, names in enumerate(slots)
    )
    empty = Text("", "")
    return Script("price", method, fit, empty, empty, empty, versions)


COMPENSATION = script(
    "compensation", ("concede", "outweigh", "next"), ("concede", "outweigh"), ("concede", "outweigh", "next")
)


def test_the_same_seed_and_attempt_give_the_same_line() -> None:
    lines = {compose(COMPENSATION, material("en"), seed=7, attempt=2) for _ in range(3)}
    assert len(lines) == 1


def test_another_version_goes_through_all_versions_before_one_comes_again() -> None:
    for seed in range(20):
        lines = [compose(COMPENSATION, material("zh"), seed=seed, attempt=attempt) for attempt in range(6)]
        assert {line.version for line in lines[:3]} == {"v0", "v1", "v2"}
        assert [line.version for line in lines[:3]] == [line.version for line in lines[3:]]


def test_another_version_takes_other_sentences_where_there_are_several() -> None:
    numbers = [
        re.findall(
            r"Sentence (\d)", compose(COMPENSATION, material("en", outweigh=3), seed=5, attempt=n).text
        )
        for n in range(3)
    ]
    assert len({drawn[1] for drawn in numbers}) == 3
    assert all(before[0] != after[0] for before, after in pairwise(numbers))


def test_no_line_comes_twice_before_all_have_been_said() -> None:
    stock = material("en", concede=2, outweigh=3, next=2)
    total = count_lines(COMPENSATION.versions, stock)
    said = [compose(COMPENSATION, stock, seed=11, attempt=attempt).text for attempt in range(total)]
    assert total == 12 + 6 + 12
    assert len(set(said)) == total
    assert compose(COMPENSATION, stock, seed=11, attempt=total).text == said[0]
    assert {line.text for line in every_line(COMPENSATION.versions, stock)} == set(said)


def test_methods_shown_side_by_side_end_in_different_next_steps() -> None:
    tai_chi = script("tai_chi", ("turn", "next"), ("turn", "next"), ("turn", "next"))
    for seed, attempt in product(range(12), range(3)):
        one = compose(
            script("compensation", *[("concede", "next")] * 3), material("en"), seed=seed, attempt=attempt
        )
        other = compose(tai_chi, material("en"), seed=seed, attempt=attempt)
        assert one.text.rsplit("Sentence", 1)[1] != other.text.rsplit("Sentence", 1)[1]


def test_claim_fact_and_proof_come_from_one_rumour() -> None:
    rebuttal = script(
        "rebuttal", ("claim", "fact", "proof"), ("fact", "proof"), ("claim", "fact", "proof", "next")
    )
    for line in every_line(rebuttal.versions, material("en", claim=3, fact=3, proof=3)):
        rumour = re.findall(r"Sentence (\d) for (?:claim|fact|proof)", line.text)
        assert len(set(rumour)) == 1


def test_a_method_without_sentences_of_the_product_is_left_out() -> None:
    rebuttal = script("rebuttal", ("fact", "proof"), fit=0.9)
    playbook = Playbook("price", (rebuttal, COMPENSATION))
    stock = material("en", claim=0, fact=0, proof=0)
    assert [found.method for found in fitting(playbook, stock)] == ["compensation"]
    with pytest.raises(LookupError):
        compose(rebuttal, stock, seed=0)


def test_a_playbook_names_its_methods_and_refuses_an_unknown_one() -> None:
    playbook = Playbook("price", (COMPENSATION,))
    assert playbook.methods == ("compensation",)
    assert playbook.script("compensation") is COMPENSATION
    with pytest.raises(KeyError):
        playbook.script("ignore")


def test_a_leading_sentence_is_said_first_whatever_the_seed() -> None:
    stock = material("en", concede=1, outweigh=3)
    leading = Material("en", stock.sentences, lead=frozenset({"outweigh"}))
    for seed in range(10):
        assert "Sentence 0 for outweigh." in compose(COMPENSATION, leading, seed=seed).text


def test_the_best_question_belongs_to_the_inquiry() -> None:
    leading = Material("en", material("en", ask=3).sentences, lead=frozenset({"ask"}))
    for seed in range(10):
        inquiry = compose(script("inquiry", *[("ask",)] * 3), leading, seed=seed)
        yes_if = compose(script("yes_if", *[("reframe", "ask")] * 3), leading, seed=seed)
        assert "Sentence 0 for ask." in inquiry.text
        assert "Sentence 1 for ask." in yes_if.text


def test_a_seed_depends_on_every_part_and_on_nothing_else() -> None:
    assert seed_of("session", 3) == seed_of("session", 3)
    assert (
        len({seed_of("session", 3), seed_of("session", 4), seed_of("other", 3), seed_of("session3", "")}) == 4
    )
    assert seed_of("session", 3) == 549358451


sentence_counts = st.fixed_dictionaries({slot: st.integers(1, 4) for slot in (*ARGUMENT_SLOTS, "fact")})
version_slots = st.lists(
    st.lists(
        st.sampled_from([s for s in SENTENCE_SLOTS if s not in ("proof",)]),
        min_size=1,
        max_size=4,
        unique=True,
    ).map(tuple),
    min_size=1,
    max_size=4,
)


@given(
    lang=st.sampled_from(["zh", "en"]),
    counts=sentence_counts,
    slots=version_slots,
    seed=st.integers(0, 2**32),
    attempt=st.integers(0, 200),
)
def test_every_composed_line_is_whole(
    lang: str, counts: dict[str, int], slots: list[tuple[str, ...]], seed: int, attempt: int
) -> None:
    stock = material(lang, claim=counts["fact"], proof=counts["fact"], **counts)
    line = compose(script("yes_if", *slots), stock, seed=seed, attempt=attempt)
    assert_whole(line, lang)
    used = slots[int(line.version[1:])]
    sentences = [sentence for slot in used for sentence in stock.sentences[slot] if sentence in line.text]
    assert len(sentences) == len(used)


@given(counts=sentence_counts, slots=version_slots, seed=st.integers(0, 2**32))
def test_the_walk_visits_every_line_exactly_once(
    counts: dict[str, int], slots: list[tuple[str, ...]], seed: int
) -> None:
    stock = material("en", claim=counts["fact"], proof=counts["fact"], **counts)
    method = script("yes_if", *slots)
    total = count_lines(method.versions, stock)
    lines = [compose(method, stock, seed=seed, attempt=attempt) for attempt in range(total)]
    assert len({line.text for line in lines}) == total
    assert {line.version for line in lines[: len(slots)]} == {version.id for version in method.versions}


def assert_whole(line: Line, lang: str) -> None:
    assert "{" not in line.text and "}" not in line.text
    assert line.text == line.text.strip()
    if lang == "zh":
        assert " " not in line.text
        assert line.text.endswith("。")
        assert not re.search("[。！？]{2}", line.text)
    else:
        assert "  " not in line.text
        assert line.text.endswith(".")
        assert not re.search(r"[.!?]{2}|\.[A-Z]", line.text)


def test_the_slots_are_told_apart() -> None:
    assert not set(SENTENCE_SLOTS) & set(INLINE_SLOTS)
