"""A faulty content file is refused with its name and the key."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.coaching.taxonomy import LANGS
from bot.content.faults import ContentError, Fault
from bot.content.loader import ROOT, load_content, validate
from bot.content.yaml_files import load_yaml

PRODUCT = "products/alarm.yml"
PLAYBOOK = "playbooks/price.yml"
TELEPHONE = "playbooks/telephone.yml"


@pytest.fixture(scope="module")
def originals() -> dict[str, str]:
    """The real files, with one product, so that each test checks little."""
    folders = ("playbooks", "lines")
    files = [
        *ROOT.glob("*.yml"),
        *(f for name in folders for f in (ROOT / name).glob("*.yml")),
        ROOT / PRODUCT,
    ]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files}


@pytest.fixture
def root(tmp_path: Path, originals: dict[str, str]) -> Path:
    for name, text in originals.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def change(root: Path, file: str, edit: Callable[[Any], None]) -> list[tuple[str, str, str]]:
    path = root / file
    data = load_yaml(path)
    edit(data)
    path.write_text(yaml.dump(data, Dumper=yaml.CSafeDumper, allow_unicode=True), encoding="utf-8")
    return found(root)


def found(root: Path) -> list[tuple[str, str, str]]:
    return [(fault.file, fault.key, fault.code) for fault in validate(root)]


def test_the_files_that_the_faults_are_put_into_are_faultless(root: Path) -> None:
    assert found(root) == []


def put(*keys: str | int, value: Any) -> Callable[[Any], None]:
    def edit(data: Any) -> None:
        for key in keys[:-1]:
            data = data[key]
        data[keys[-1]] = value

    return edit


def drop(*keys: str | int) -> Callable[[Any], None]:
    def edit(data: Any) -> None:
        for key in keys[:-1]:
            data = data[key]
        del data[keys[-1]]

    return edit


PRICE = ("arguments", "price")
VERSION = ("methods", "compensation", "versions", 0)
VERSION_KEY = "methods.compensation.versions[price-compensation-1]"


@pytest.mark.parametrize(
    ("file", "edit", "key", "code"),
    [
        (PRODUCT, drop("summary", "en"), "summary", "language_missing"),
        (PRODUCT, drop(*PRICE, "concede", "zh"), "arguments.price.concede", "language_missing"),
        (PRODUCT, drop("service", "repair"), "service", "key_missing"),
        (PRODUCT, drop("arguments", "authority"), "arguments", "key_missing"),
        (PRODUCT, put("colour", value="red"), "", "key_unknown"),
        (PRODUCT, put("arguments", "weather", value={}), "arguments", "key_unknown"),
        (PRODUCT, put("id", value="alarms"), "id", "id_not_file"),
        (PRODUCT, put("id", value="Alarm!"), "id", "bad_id"),
        (PRODUCT, put("name", "zh", value="NightWatch"), "name.zh", "no_chinese_in_zh"),
        (PRODUCT, put("name", "en", value="守夜人"), "name.en", "chinese_in_en"),
        (PRODUCT, put("summary", "zh", value=True), "summary.zh", "not_text"),
        (PRODUCT, put("summary", "en", value=" "), "summary.en", "empty"),
        (PRODUCT, put("summary", value="An alarm."), "summary", "not_mapping"),
        (PRODUCT, put("features", value="many"), "features", "not_list"),
        (PRODUCT, put("rivals", value=[]), "rivals", "too_few"),
        (PRODUCT, put("drawbacks", 0, "id", value="yearly_fee"), "drawbacks[yearly_fee].id", "twice"),
        (PRODUCT, put("features", 0, "benefit", "en", value="Quiet"), "features[siren].benefit.en", "no_end"),
        (PRODUCT, put(*PRICE, "next", "en", value=["Come."]), "arguments.price.next.en", "too_few"),
        (
            PRODUCT,
            put(*PRICE, "next", "en", 1, value="Come on Friday"),
            "arguments.price.next.en[2]",
            "no_end",
        ),
        (PRODUCT, put(*PRICE, "next", "en", 0, value="TODO."), "arguments.price.next.en[1]", "leftover"),
        (
            PRODUCT,
            put(*PRICE, "ask", "zh", 2, value="您说。"),
            "arguments.price.ask.zh[3]",
            "not_one_question",
        ),
        (PRODUCT, put(*PRICE, "turn", "zh", 0, value="很好。"), "arguments.price.turn.zh[1]", "not_turned"),
        (
            PRODUCT,
            put(*PRICE, "reframe", "en", 0, value="Fine."),
            "arguments.price.reframe.en[1]",
            "not_condition",
        ),
        (
            PRODUCT,
            put(*PRICE, "concede", "zh", 0, value="要9999元。"),
            "arguments.price.concede.zh[1]",
            "amount_unknown",
        ),
        (PRODUCT, put("price", "list", "en", value="It is 3,980 yuan."), "price.list", "amounts_differ"),
        (PRODUCT, put("rumours", 0, "types", value=["rumour"]), "rumours[jamming].types[1]", "not_one_of"),
        (PLAYBOOK, put("type", value="cost"), "type", "id_not_file"),
        (PLAYBOOK, drop("methods", "inquiry"), "methods", "key_missing"),
        (PLAYBOOK, put("methods", "charm", value={}), "methods", "key_unknown"),
        (PLAYBOOK, put("methods", "inquiry", "fit", value=1.5), "methods.inquiry.fit", "not_number"),
        (PLAYBOOK, put("methods", "inquiry", "fit", value="high"), "methods.inquiry.fit", "not_number"),
        (PLAYBOOK, drop("methods", "inquiry", "beware"), "methods.inquiry", "key_missing"),
        (PLAYBOOK, drop("methods", "inquiry", "versions", 0), "methods.inquiry.versions", "too_few"),
        (PLAYBOOK, put(*VERSION, "tone", value="sad"), f"{VERSION_KEY}.tone", "not_one_of"),
        (PLAYBOOK, put(*VERSION, "en", value="True. {why}"), f"{VERSION_KEY}.en", "slot_unknown"),
        (PLAYBOOK, put(*VERSION, "en", value="True. {concede} {outweigh}"), VERSION_KEY, "slots_differ"),
        (
            PLAYBOOK,
            put(*VERSION, "id", value="price-tai_chi-1"),
            "methods.tai_chi.versions[price-tai_chi-1].id",
            "twice",
        ),
        (TELEPHONE, put("rejections", 0, "id", value="letter"), "rejections[letter].id", "not_one_of"),
        (TELEPHONE, drop("rejections", 6), "rejections", "too_few"),
        (
            TELEPHONE,
            put("rejections", 0, "lines", "base", "en", value=["Yes.", "No."]),
            "rejections[send_material].lines.base",
            "uneven",
        ),
        (
            TELEPHONE,
            put("receptionist", "lines", "zh", 0, value="{ask}"),
            "receptionist.lines.zh[1]",
            "slot_unknown",
        ),
        ("taxonomy.yml", drop("natures", "hidden", "sign"), "natures.hidden", "key_missing"),
        (
            "taxonomy.yml",
            put("objection_types", "price", "methods", value=["inquiry"]),
            "objection_types.price.methods",
            "order_differs",
        ),
        ("rubric.yml", drop("steps", "share"), "steps", "key_missing"),
        ("themes.yml", put("weather", value=[]), "", "key_unknown"),
        ("themes.yml", put("need", 0, "cues", "en", value=[]), "need[own_way].cues.en", "too_few"),
    ],
)
def test_a_fault_is_named_by_file_and_key(
    root: Path, file: str, edit: Callable[[Any], None], key: str, code: str
) -> None:
    assert (file, key, code) in change(root, file, edit)


def test_all_faults_of_all_files_are_gathered(root: Path) -> None:
    change(root, PRODUCT, drop("summary", "en"))
    change(root, PLAYBOOK, drop("methods", "inquiry"))
    faults = change(root, "rubric.yml", drop("steps", "share"))
    assert {file for file, _, _ in faults} == {PRODUCT, PLAYBOOK, "rubric.yml"}


def test_loading_faulty_content_raises_with_every_fault(root: Path) -> None:
    (root / "rubric.yml").unlink()
    change(root, PRODUCT, drop("summary", "en"))
    with pytest.raises(ContentError) as raised:
        load_content(root)
    assert {fault.file for fault in raised.value.faults} == {PRODUCT, "rubric.yml"}
    assert 'products/alarm.yml: summary: the language "en" is missing' in str(raised.value)


@pytest.mark.parametrize(
    ("text", "key", "code"),
    [
        ("id: alarm\nname: [}\n", "line 2", "syntax"),
        ("id: alarm\nid: alarm\n", "line 2", "key_twice"),
        ("id: alarm\nname: {zh: 甲, zh: 乙}\n", "line 2", "key_twice"),
        ("", "", "not_mapping"),
        ("- a\n- b\n", "", "not_mapping"),
        ("id: !!python/object:os.system x\n", "line 1", "syntax"),
    ],
)
def test_a_file_that_is_no_yaml_block_is_named(root: Path, text: str, key: str, code: str) -> None:
    (root / PRODUCT).write_text(text, encoding="utf-8")
    assert (PRODUCT, key, code) in found(root)


def test_a_file_that_is_not_utf_8_is_named(root: Path) -> None:
    (root / PRODUCT).write_bytes("id: 报警器".encode("gb18030"))
    assert [(fault.file, fault.code) for fault in validate(root)] == [(PRODUCT, "unreadable")]


@pytest.mark.parametrize(
    ("file", "code"), [("playbooks/weather.yml", "file_unknown"), ("products/notes.txt", "file_unknown")]
)
def test_a_file_that_does_not_belong_is_named(root: Path, file: str, code: str) -> None:
    (root / file).write_text("id: x\n", encoding="utf-8")
    assert (file, "", code) in found(root)


def test_an_empty_folder_misses_every_file(tmp_path: Path) -> None:
    codes = {(fault.file, fault.code) for fault in validate(tmp_path)}
    assert ("taxonomy.yml", "file_missing") in codes
    assert ("playbooks/price.yml", "file_missing") in codes


def test_two_products_with_one_name_are_told_apart(root: Path) -> None:
    shutil.copy(root / PRODUCT, root / "products/second.yml")
    faults = change(root, "products/second.yml", put("id", value="second"))
    assert ("products/second.yml", "name.zh", "twice") in faults
    assert ("products/second.yml", "aliases.en", "twice") in faults


def test_every_fault_can_be_told_in_both_languages() -> None:
    sentences = load_yaml(ROOT / "faults.yml")
    names = (
        "name",
        "known",
        "expected",
        "found",
        "least",
        "where",
        "problem",
        "low",
        "high",
        "missing",
        "place",
        "lang",
        "won",
        "runs",
        "run",
        "share",
        "most",
        "seller",
        "turn",
        "text",
    )
    details = tuple((name, "x") for name in names)
    for code in sentences:
        for lang in LANGS:
            told = Fault("a.yml", "b", code, details).told(lang)
            assert told and "{" not in told.replace("{x}", "")
    told_by = [*ROOT.glob("*.py"), ROOT.parent / "services" / "publishing.py"]
    source = "".join(path.read_text(encoding="utf-8") for path in told_by)
    assert [code for code in sentences if f'"{code}"' not in source] == []
    assert str(Fault("a.yml", "b.c", "empty")) == "a.yml: b.c: is empty"
    assert str(Fault("a.yml", "", "empty")) == "a.yml: is empty"
