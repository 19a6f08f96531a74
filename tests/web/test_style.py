from __future__ import annotations

import re

import pytest

from bot.web.rendering import STATIC

CSS = (STATIC / "dojo.css").read_text(encoding="utf-8")
PAIRS = [
    ("ink", "paper"),
    ("ink", "surface"),
    ("soft", "paper"),
    ("soft", "surface"),
    ("soft", "raised"),
    ("accent-ink", "paper"),
    ("accent-ink", "surface"),
    ("accent-ink", "tint"),
    ("accent-ink", "mark"),
    ("ink", "mark"),
    ("ink", "warn"),
    ("on-accent", "accent"),
    ("paper", "ink"),
    ("ink", "raised"),
    ("ink", "tint"),
    ("ink", "good-tint"),
    ("accent-ink", "raised"),
    ("good", "surface"),
    ("good", "raised"),
    ("good", "good-tint"),
]
DRAWN = ("trust", "interest", "patience", "accent")


def colours(scheme: str) -> dict[str, str]:
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.S)[:2]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    return found if scheme == "light" else {**found, **dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark))}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back"), PAIRS)
def test_text_stands_out_from_what_is_behind_it(scheme: str, front: str, back: str) -> None:
    found = colours(scheme)
    one, two = sorted((luminance(found[front]), luminance(found[back])), reverse=True)
    assert (one + 0.05) / (two + 0.05) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("line", DRAWN)
def test_the_lines_of_a_chart_stand_out(scheme: str, line: str) -> None:
    found = colours(scheme)
    one, two = sorted((luminance(found[line]), luminance(found["surface"])), reverse=True)
    assert (one + 0.05) / (two + 0.05) >= 3


def test_every_colour_of_the_style_has_a_name() -> None:
    for file in STATIC.glob("*.css"):
        body = re.sub(r":root \{.*?\}", "", file.read_text(encoding="utf-8"), flags=re.S)
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b", body), file.name


def test_nothing_is_fetched_from_elsewhere() -> None:
    for file in STATIC.iterdir():
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|@import|url\(", text), file.name


def test_each_file_is_small() -> None:
    for file in STATIC.iterdir():
        assert file.stat().st_size < 32_000, file.name
