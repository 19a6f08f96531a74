from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from showpiece import HELLO, LINES, UNSURE
from stage import House, say

from bot.services.reporting import transcript
from bot.storage.unit_of_work import UnitOfWorkFactory
from tests.browser.pictures import picture

NAMES = {"zh": "小林", "en": "Robin"}
Visit = Callable[..., Page]
Settle = Callable[[Page], None]


def begin(page: Page, lang: str = "zh") -> str:
    """Start a session as a trainee does, and return its id."""
    page.goto("/")
    page.fill("#name", NAMES[lang])
    page.locator(".product").first.click()
    page.click("button[type=submit].primary")
    page.wait_for_url("**/chat/*")
    return page.url.split("/chat/")[1].split("#")[0]


def turns(page: Page) -> Locator:
    return page.locator(".chat .transcript .turn")


def write(page: Page, text: str) -> None:
    page.fill("#text", text)
    page.press("#text", "Enter")


def answered(page: Page, count: int = 1) -> None:
    expect(page.locator(".turn[data-answered=yes]")).to_have_count(count)
    expect(page.locator(".transcript .typing")).to_have_count(0)


def on_record(units: UnitOfWorkFactory, session: str) -> list[tuple[str, str]]:
    return [(turn.text, turn.state) for turn in transcript(units, session).turns]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_first_conversation(visit: Visit, house: House, lang: str) -> None:
    page = visit(lang)
    session = begin(page, lang)
    expect(page.locator(".welcome")).to_contain_text(NAMES[lang])
    write(page, LINES[lang])
    answered(page)
    assert page.locator(".card-sorted mark").count() == 2
    expect(page.locator(".card-sorted")).to_contain_text({"zh": "很有把握", "en": "quite sure"}[lang])
    first_line = page.locator(".card-script .line").first.text_content()
    page.locator(".card-script button[form=clicks]").first.click()
    answered(page, 2)
    expect(turns(page).nth(1).locator(".said")).to_contain_text(
        {"zh": "换个说法", "en": "Another version"}[lang]
    )
    assert turns(page).nth(1).locator(".line").first.text_content() != first_line
    shown = turns(page).all_inner_texts()
    page.reload()
    assert [text.split("\n")[-1] for text in turns(page).all_inner_texts()] == [
        text.split("\n")[-1] for text in shown
    ]
    assert len(on_record(house.units, session)) == 2


def test_messages_appear_one_by_one_with_a_typing_sign(visit: Visit, house: House) -> None:
    house.rasa.play = lambda message: [say("first"), say("second")]
    house.rasa.pause = 1.0
    page = visit()
    begin(page)
    write(page, "太贵了")
    expect(page.locator(".transcript .typing")).to_be_visible()
    expect(page.locator(".replies .card")).to_have_count(1)
    expect(page.locator(".transcript .typing")).to_be_visible()
    answered(page)
    expect(page.locator(".replies .card")).to_have_text(["first", "second"])


def test_enter_sends_once_however_often_it_is_pressed(visit: Visit, house: House) -> None:
    house.rasa.pause = 0.3
    page = visit()
    session = begin(page)
    page.fill("#text", "太贵了")
    page.press("#text", "Enter")
    page.press("#text", "Enter")
    page.locator(".send").dblclick()
    answered(page)
    assert len(on_record(house.units, session)) == 1


def test_a_button_that_is_double_clicked_sends_once(visit: Visit, house: House) -> None:
    page = visit()
    session = begin(page)
    write(page, LINES["zh"])
    answered(page)
    house.rasa.pause = 0.5
    page.locator(".card-script button[form=clicks]").first.dblclick()
    answered(page, 2)
    assert len(on_record(house.units, session)) == 2


def test_enter_that_chooses_a_chinese_word_does_not_send(visit: Visit, house: House) -> None:
    page = visit()
    session = begin(page)
    box = page.locator("#text")
    box.fill("tai gui le")
    box.dispatch_event("compositionstart")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True})
    box.dispatch_event("compositionend")
    page.keyboard.press("Shift+Enter")
    page.wait_for_timeout(300)
    assert on_record(house.units, session) == []
    assert box.input_value().startswith("tai gui le")


def test_a_word_composed_through_the_real_input_method_does_not_send(visit: Visit, house: House) -> None:
    page = visit()
    session = begin(page)
    page.focus("#text")
    keyboard = page.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": "太贵", "selectionStart": 2, "selectionEnd": 2})
    keyboard.send(
        "Input.dispatchKeyEvent",
        {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229},
    )
    keyboard.send("Input.insertText", {"text": "太贵了"})
    page.wait_for_timeout(300)
    assert on_record(house.units, session) == []
    page.press("#text", "Enter")
    answered(page)
    assert len(on_record(house.units, session)) == 1


def test_a_server_that_restarts_loses_nothing(visit: Visit, house: House) -> None:
    page = visit()
    session = begin(page)
    house.served.stop()
    write(page, "太贵了")
    expect(page.locator("#notice")).to_be_visible()
    expect(page.locator("#notice")).to_contain_text("没有丢")
    house.served.start()
    answered(page)
    expect(page.locator("#notice")).to_be_hidden()
    assert on_record(house.units, session) == [("太贵了", "answered")]


def test_an_answer_that_breaks_off_comes_again_whole(visit: Visit, house: House) -> None:
    house.rasa.play = lambda message: [say("first"), say("second")]
    house.rasa.cut_next = 1
    page = visit()
    session = begin(page)
    write(page, "太贵了")
    answered(page)
    expect(page.locator(".replies .card")).to_have_text(["first", "second"])
    assert house.rasa.deliveries == 2
    assert len(on_record(house.units, session)) == 1


def test_a_coach_that_is_away_is_told_and_tried_again(visit: Visit, house: House) -> None:
    house.rasa.stop()
    page = visit("en")
    session = begin(page, "en")
    write(page, LINES["en"])
    expect(page.locator("#notice")).to_contain_text("The page is up")
    house.rasa.start()
    page.click("#notice button")
    answered(page)
    assert len(on_record(house.units, session)) == 1


def test_a_page_that_is_closed_while_it_sends_goes_on_when_it_is_back(visit: Visit, house: House) -> None:
    house.rasa.stop()
    page = visit()
    session = begin(page)
    write(page, "太贵了")
    expect(page.locator("#notice")).to_be_visible()
    write(page, "我再想想")
    house.rasa.start()
    page.reload()
    answered(page, 2)
    assert [text for text, _ in on_record(house.units, session)] == ["太贵了", "我再想想"]
    page.reload()
    expect(turns(page)).to_have_count(2)
    assert len(on_record(house.units, session)) == 2


def test_a_browser_that_is_offline_sends_when_it_is_back(visit: Visit, house: House) -> None:
    page = visit()
    session = begin(page)
    page.context.set_offline(True)
    write(page, "太贵了")
    expect(page.locator("#notice")).to_contain_text("没有网络")
    page.context.set_offline(False)
    answered(page)
    assert len(on_record(house.units, session)) == 1


def test_a_draft_survives_a_reload(visit: Visit) -> None:
    page = visit()
    begin(page)
    page.fill("#text", "还没写完")
    page.reload()
    expect(page.locator("#text")).to_have_value("还没写完")


def test_a_message_that_is_too_long_stays_in_the_composer(visit: Visit, house: House) -> None:
    page = visit()
    session = begin(page)
    page.fill("#text", "😀" * 3990)
    expect(page.locator("#counter")).to_contain_text("10")
    page.fill("#text", "贵" * 4001)
    expect(page.locator("#counter")).to_have_class(re.compile("over"))
    page.press("#text", "Enter")
    expect(page.locator("#notice")).to_be_visible()
    assert len(page.input_value("#text")) == 4001
    assert on_record(house.units, session) == []


def test_an_expired_page_gives_the_text_back(visit: Visit, house: House) -> None:
    page = visit()
    session = begin(page)
    page.context.clear_cookies()
    write(page, "太贵了")
    expect(page.locator("#notice")).to_contain_text("打开太久")
    expect(page.locator("#text")).to_have_value("太贵了")
    expect(turns(page)).to_have_count(0)
    assert on_record(house.units, session) == []


def test_what_the_bot_says_is_never_taken_for_markup(visit: Visit, house: House) -> None:
    evil = '<img src=x onerror="document.title=1"><script>document.title=1</script>'
    house.rasa.play = lambda message: [
        say(evil),
        say(evil, "notice"),
        say(evil, "nature", objections=[{"name": evil}]),
    ]
    page = visit()
    begin(page)
    write(page, evil)
    answered(page)
    assert page.locator(".replies img, .replies script, .said img").count() == 0
    assert page.title() != "1"


def test_everything_works_without_javascript(visit: Visit, house: House) -> None:
    page = visit(java_script_enabled=False)
    session = begin(page)
    page.fill("#text", LINES["zh"])
    page.click(".send")
    expect(turns(page)).to_have_count(1)
    assert page.locator(".copy:visible").count() == 0
    page.locator(".card-script button[form=clicks]").first.click()
    expect(turns(page)).to_have_count(2)
    page.goto("/sessions")
    expect(page.locator(".session-link")).to_have_count(1)
    assert [state for _, state in on_record(house.units, session)] == ["answered", "answered"]


def test_without_javascript_an_example_is_sent_by_its_button(visit: Visit, house: House) -> None:
    page = visit(java_script_enabled=False)
    session = begin(page)
    page.locator(".examples button").first.click()
    expect(turns(page)).to_have_count(1)
    assert on_record(house.units, session)[0][0] == LINES["zh"]


def test_an_example_can_be_tried(visit: Visit, house: House) -> None:
    page = visit()
    session = begin(page)
    page.locator(".examples button").first.dblclick()
    answered(page)
    assert on_record(house.units, session) == [(LINES["zh"], "answered")]


def test_a_line_can_be_copied(visit: Visit) -> None:
    page = visit("en", permissions=["clipboard-read", "clipboard-write"])
    begin(page, "en")
    write(page, LINES["en"])
    answered(page)
    page.locator(".copy").nth(1).click()
    expect(page.locator(".copy").nth(1)).to_have_text("Copied")
    assert (
        page.evaluate("() => navigator.clipboard.readText()") == page.locator(".line").nth(1).text_content()
    )


def test_the_whole_way_can_be_gone_by_keyboard(visit: Visit, house: House) -> None:
    page = visit("en")
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.focus("#name")
    page.keyboard.type("Robin")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("input[name=product]").first).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat/*")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type(LINES["en"])
    page.keyboard.press("Enter")
    answered(page)
    expect(page.locator("#text")).to_be_focused()
    page.locator(".card-script button[form=clicks]").first.focus()
    page.keyboard.press("Enter")
    answered(page, 2)


def test_a_screen_reader_finds_names_for_everything(visit: Visit) -> None:
    page = visit()
    begin(page)
    write(page, LINES["zh"])
    answered(page)
    expect(page.get_by_role("log")).to_be_visible()
    expect(page.get_by_role("textbox", name="客户说的话")).to_be_visible()
    expect(page.get_by_role("navigation", name="主导航")).to_be_visible()
    assert page.get_by_role("button", name=re.compile("^$")).count() == 0
    assert page.locator("img:not([alt])").count() == 0


def test_a_switched_product_shows_in_the_bar_at_once(visit: Visit) -> None:
    page = visit()
    begin(page)
    bar = page.locator("[data-product-name]")
    before = bar.text_content()
    page.click(".session-tools button")
    answered(page)
    page.locator(".product-choices button").nth(1).click()
    answered(page, 2)
    assert bar.text_content() != before


def test_motion_is_left_out_for_who_does_not_want_it(visit: Visit, house: House) -> None:
    house.rasa.pause = 0.5
    page = visit(reduced_motion="reduce")
    begin(page)
    write(page, "太贵了")
    dot = page.locator(".transcript .typing i").first
    assert dot.evaluate("(dot) => getComputedStyle(dot).animationName") == "none"
    answered(page)


@pytest.mark.parametrize(
    ("size", "lang", "colours"),
    [("desk", "zh", "light"), ("desk", "en", "dark"), ("phone", "en", "light"), ("phone", "zh", "dark")],
)
def test_every_page_fits_its_screen(visit: Visit, settle: Settle, size: str, lang: str, colours: str) -> None:
    viewport = {"desk": {"width": 1180, "height": 860}, "phone": {"width": 360, "height": 740}}[size]
    page = visit(lang, viewport=viewport, color_scheme=colours)

    def look(name: str) -> None:
        settle(page)
        picture(page, f"{size}-{lang}-{colours}-{name}", full_page=name != "chat")
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), name

    page.goto("/")
    look("start")
    session = begin(page, lang)
    look("welcome")
    for number, text in enumerate((LINES[lang], UNSURE[lang], HELLO[lang]), start=1):
        write(page, text)
        answered(page, number)
    first = turns(page).first
    for number, button in enumerate(("wrong_type", "show_telephone", "another_method"), start=4):
        first.locator(f'button[value^="/{button}"]').last.click()
        answered(page, number)
    page.click(".session-tools button")
    answered(page, 7)
    look("cards")
    page.reload()
    first.scroll_into_view_if_needed()
    look("chat")
    for name, path in (
        ("sessions", "/sessions"),
        ("record", f"/sessions/{session}"),
        ("help", "/help"),
        ("fault", "/nowhere"),
    ):
        page.goto(path)
        look(name)
