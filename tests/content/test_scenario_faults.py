"""A faulty scenario, line or pattern is refused with its key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from bot.content.faults import Fault
from bot.content.loader import ROOT
from bot.content.nodes import Node
from bot.content.scenario_files import read_lines, read_scenario, read_signals

Edit = Callable[[Any], Any]


def load(file: str) -> Any:
    return yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))


def found(edit: Edit, file: str = "scenarios/gym_later.yml") -> set[tuple[str, str]]:
    data, faults = load(file), list[Fault]()
    edit(data)
    node = Node(data, file, "", faults)
    if file.startswith("scenarios"):
        read_scenario(node, ("gym", "alarm"))
    else:
        (read_lines if file.startswith("lines") else read_signals)(node)
    for fault in faults:
        assert fault.told("zh") and fault.told("en")
    return {(fault.key, fault.code) for fault in faults}


def concern(place: int, **values: Any) -> Edit:
    return lambda data: data["concerns"][place].update(values)


@pytest.mark.parametrize(
    "edit,key,code",
    [
        (lambda d: d.update(id="other"), "id", "id_not_file"),
        (lambda d: d.update(product="boat"), "product", "not_one_of"),
        (lambda d: d.update(difficulty=4), "difficulty", "not_number"),
        (lambda d: d.update(behaviours=["rude"]), "behaviours[1]", "not_one_of"),
        (lambda d: d.pop("close"), "", "key_missing"),
        (lambda d: d.update(extra=1), "", "key_unknown"),
        (lambda d: d["knows"].__delitem__(slice(5, None)), "knows", "too_few"),
        (lambda d: d["agrees"]["en"].append("no end"), "agrees.en[5]", "no_end"),
        (lambda d: d["agrees"]["zh"].append("好，{name}。"), "agrees.zh[5]", "leftover"),
        (concern(0, raised="later"), "concerns[later].raised", "raised_first"),
        (concern(1, raised="later"), "concerns[money].raised", "raised_hidden"),
        (concern(1, id="later"), "concerns", "twice"),
        (concern(0, masks="nobody"), "concerns", "masks_nothing"),
        (concern(0, nature="half"), "concerns[later].nature", "not_one_of"),
        (
            lambda d: d["concerns"][1]["dissolves"].update(zh=list("一二三四五六七八")),
            "concerns[money].answer",
            "",
        ),
        (lambda d: [a.update(method="yes_if") for a in d["concerns"][1]["answer"]], "", "one_method"),
        (lambda d: d["concerns"][1]["wrong"][0].update(breaks="rude"), "", "not_one_of"),
    ],
)
def test_a_faulty_scenario(edit: Edit, key: str, code: str) -> None:
    faults = found(edit)
    if not key:
        assert code in {code for _, code in faults}, faults
    else:
        assert any(k == key and (not code or c == code) for k, c in faults), faults


def test_a_further_point_has_no_lead_in_of_its_own() -> None:
    def lead(data: Any) -> None:
        data["concerns"][1]["states"]["en"][0] = "One more thing, it is dear."
        data["concerns"][1]["states"]["zh"][0] = "还有，太贵了。"

    faults = found(lead, "scenarios/alarm_loud.yml")
    keys = {f"concerns[dear].states.{lang}[1]" for lang in ("zh", "en")}
    assert {(key, "lead_in") for key in keys} <= faults


def test_a_reaction_holds_its_slot_once() -> None:
    def without(data: Any) -> None:
        data["echoes"]["en"][0] = "You said that."
        data["date"]["zh"][0] = "{date}？{date}？"

    assert {("echoes.en[1]", "slot_missing"), ("date.zh[1]", "slot_missing")} <= found(
        without, "lines/owl.yml"
    )


def test_a_style_has_twelve_lines_for_each_situation_and_a_behaviour_eight() -> None:
    def fewer(data: Any) -> None:
        data["asked"]["en"] = data["asked"]["en"][:7]

    assert ("asked.en", "too_few") in found(fewer, "lines/owl.yml")
    assert ("asked.en", "too_few") in found(fewer, "lines/silent.yml")


def test_a_pattern_must_be_one() -> None:
    assert ("date.zh[1]", "not_pattern") in found(lambda d: d["date"].update(zh=["("]), "signals.yml")
