"""Typed text reads as typed in Markdown and marks nothing up, says a real Markdown reader."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.services.markdown import escape_inline, printable, quote

READER = MarkdownIt("gfm-like", {"linkify": False})
markup = st.text(st.sampled_from("\\`*_[]()<>!#+-=.:|~$&;123 \nabc太@/w\t\"'{}"), max_size=40)


def shown(markdown: str) -> str:
    """Return the text that a reader shows, in which only paragraphs and line breaks are marked."""
    page = READER.render(markdown)
    page = re.sub(r"</?(blockquote|p)>\n?", "\n", page).replace("<br />\n", "\n")
    assert "<" not in page, page
    return html.unescape(page).replace("\xa0", " ")


def words(text: str) -> list[str]:
    return printable(re.sub("[\v\f\x85\u2028\u2029]", " ", text)).split()


@given(text=markup | st.text(st.characters(exclude_characters="\xa0"), max_size=40))
def test_a_quotation_shows_the_words_that_were_typed(text: str) -> None:
    assert words(shown(quote(text))) == words(text)


@given(text=markup | st.text(st.characters(exclude_characters="\xa0"), max_size=40))
def test_a_line_shows_the_words_that_were_typed(text: str) -> None:
    line = escape_inline(text)
    assert "\n" not in line
    assert words(shown(f"x {line}")) == ["x", *words(text)]


@pytest.mark.parametrize(
    ("text", "quotation"),
    [
        ("太贵了", "> 太贵了"),
        ("# no heading", "> \\# no heading"),
        ("- no\n1. list", "> \\- no\\\n> 1\\. list"),
        ("a\n\nb", "> a\n>\n> b"),
        ("<script>alert(1)</script>", "> &lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[x](http://evil)", "> \\[x\\](http&#58;//evil)"),
        ("www.evil.example me@evil.example", "> www&#46;evil.example me&#64;evil.example"),
        ("\x1b[31m\u202e", "> \ufffd\\[31m\ufffd"),
        ("", ">"),
    ],
)
def test_markup_is_written_as_text(text: str, quotation: str) -> None:
    assert quote(text) == quotation


def test_printable_keeps_tabs_and_line_ends() -> None:
    assert printable("a\tb\r\nc\rd\x00\x9b") == "a\tb\nc\nd\ufffd\ufffd"
