from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.slack_text import escape, mrkdwn, plain

PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "<@UBOT>",
            "<@U2|ann>",
            "<#C1|sales>",
            "<!here>",
            "<!subteam^S1|@reps>",
            "<https://x.example/a?b=1&amp;c|the list>",
            "<mailto:a@b.example|a@b.example>",
            "<",
            ">",
            "|",
            "&lt;",
            "&amp;",
            ":smile:",
            ":::",
            "/",
            "*",
            "_",
            "`",
            "\n",
            "\ud83d",
        ]
    ),
)
WRITTEN = st.lists(PIECES, max_size=12).map("".join)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("<@UBOT> 太贵了", "太贵了"),
        ("<@UBOT>: it's too dear", "it's too dear"),
        ("<@UBOT|dojo>，太贵了", "太贵了"),
        ("I asked <@U2> and <@U3|ann> about it", "I asked and @ann about it"),
        ("see <#C1|sales> or <#C2>", "see #sales or"),
        ("<!here> <!channel> he wants 10% off", "he wants 10% off"),
        ("<!subteam^S1|@reps> look", "@reps look"),
        ("<!date^1392734382^{date}|Feb 18> is too late", "Feb 18 is too late"),
        ("write to <mailto:ann@shop.example|ann@shop.example>", "write to ann@shop.example"),
        ("<mailto:ann@shop.example>", "ann@shop.example"),
        ("<tel:+4930|+49 30>", "+49 30"),
        ("<https://shop.example/a|cheaper there>", "cheaper there"),
        ("<https://shop.example/a>", "https://shop.example/a"),
        ("R&amp;D pays &lt;5% &amp;gt;", "R&D pays <5% &gt;"),
        ("too dear :thinking_face: :our_logo:", "too dear 🤔"),
        ("好的:+1:", "好的👍"),
        ("we meet 10:30:45, odds 3:1:2", "we meet 10:30:45, odds 3:1:2"),
        ("*太贵* and _really_ ~not~ `good`", "太贵 and really not good"),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
        ("```\ntoo dear\n```", "too dear"),
        ("&gt; too dear\n&gt; really", "too dear\nreally"),
        ("  /restart", "restart"),
        ("<@UBOT> /restart", "restart"),
        ("/&lt;/restart", "</restart"),
        ("<!here>/stop", "stop"),
        ("", ""),
    ],
)
def test_written_text_is_read_as_the_words_meant(written: str, meant: str) -> None:
    assert plain(written, "UBOT") == meant


@given(WRITTEN)
def test_any_text_is_read_and_is_no_command(written: str) -> None:
    meant = plain(written, "UBOT")
    assert not meant.startswith("/")
    assert meant == meant.strip()
    meant.encode()


@given(WRITTEN)
def test_a_text_that_is_shown_calls_nobody(text: str) -> None:
    shown = escape(text)
    assert "<" not in shown and ">" not in shown
    assert "<@" not in mrkdwn(text) and "<!" not in mrkdwn(text)


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")), max_size=40))
def test_a_shown_text_copied_back_is_the_same_words(text: str) -> None:
    words = " ".join(text.split())
    assert escape(words).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == words


def test_a_little_markdown_becomes_mrkdwn() -> None:
    ours = "# Help\n- **bold** & [the page](https://dojo.example/x)\n- <b>"
    assert mrkdwn(ours) == "*Help*\n• *bold* &amp; <https://dojo.example/x|the page>\n• &lt;b&gt;"
