"""Trainers edit content in the pages: nothing typed is lost, written over, or taken for markup."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest
from practised import Practice, reading
from stage import FakeRasa
from world import World, company

from bot.content.loader import ROOT
from bot.storage.unit_of_work import UnitOfWorkFactory

ALARM = "/authoring/scenario/alarm_loud"
TEXT = (ROOT / "scenarios/alarm_loud.yml").read_text(encoding="utf-8")
EVIL = '<script>alert("x")</script>{{7*7}}\'"&'


@pytest.fixture
def world(units: UnitOfWorkFactory, rasa: FakeRasa) -> Iterator[World]:
    with company(units, rasa.url) as world:
        yield world


def basis(page: str) -> str:
    found = re.search(r'name="basis" value="([\d.]+)"', page)
    assert found is not None
    return found[1]


def fields(page: str) -> dict[str, list[str]]:
    """Return what a browser would send of a form's fields."""
    sent: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="text" name="(:[^"]+)" value="([^"]*)"', page):
        sent.setdefault(html.unescape(name), []).append(html.unescape(value))
    for name, value in re.findall(r'<textarea name="(:[^"]+)"[^>]*>\n(.*?)</textarea>', page, re.S):
        sent.setdefault(html.unescape(name), []).append(html.unescape(value).replace("\n", "\r\n"))
    for name, options in re.findall(r'<select name="(:[^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent.setdefault(name, []).append(chosen[1] if chosen else "")
    for name, value in re.findall(r'<input type="checkbox" name="(:[^"]+)" value="([^"]*)" checked', page):
        sent.setdefault(name, []).append(value)
    for name in re.findall(r'<input type="hidden" name="(:[^"]+)!" value="">', page):
        sent.setdefault(f"{name}!", []).append("")
    return sent


@pytest.mark.parametrize(
    "piece",
    [
        "scenario/alarm_loud",
        "product/alarm",
        "playbook/price",
        "playbook/telephone",
        "lines/tiger",
        "rubric/rubric",
    ],
)
def test_every_page_of_a_form_sent_back_untouched_changes_nothing(world: World, piece: str) -> None:
    trainer = world.browsers["trainer"]
    first = trainer.get(f"/authoring/{piece}/edit").text
    nav = first[first.index('class="pages"') : first.index("</nav>", first.index('class="pages"'))]
    places = [html.unescape(at) for at in re.findall(r'edit\?at=([^"]*)"', nav)]
    assert len(places) > 3
    for at in places:
        page = trainer.get(f"/authoring/{piece}/edit?at={at}").text
        place = re.search(r'name="at" value="([^"]*)"', page)
        answer = trainer.submit(
            f"/authoring/{piece}/edit", at=html.unescape(place[1]), basis=basis(page), **fields(page)
        )
        assert answer.status_code == 303, at
    assert trainer.get(f"/authoring/{piece}/yaml").text.count('value="0.0"') == 1


def test_what_is_saved_is_a_draft_with_its_faults_beside_the_fields(world: World) -> None:
    trainer = world.browsers["trainer"]
    page = trainer.get(f"{ALARM}/edit").text
    sent = {**fields(page), ":title.en": ["no 中文 here"], ":difficulty": ["very"]}
    trainer.submit(f"{ALARM}/edit", at="", basis=basis(page), **sent)
    again = trainer.get(f"{ALARM}/edit").text
    assert "no 中文 here" in again and 'value="very"' in again
    assert again.count('class="field-faults"') == 2
    overview = trainer.get(ALARM).text
    assert "title.en" in overview and "difficulty" in overview and "/publish" not in overview


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "我还是那句话，响起来关不住"), ("en", "It&#39;s the noise that stops me, and")]
)
def test_concerns_are_called_by_their_words_with_the_id_behind(world: World, lang: str, words: str) -> None:
    trainer = world.browsers["trainer"]
    trainer.get(f"/language/{lang}")
    for at in ("", "concerns", "concerns%230"):
        page = trainer.get(f"{ALARM}/edit?at={at}").text
        assert page.count(words) >= 1 and '<code class="entry-id">loud</code>' in page
        assert ">loud</a>" not in page and ">loud</button>" not in page
    text = trainer.get(f"{ALARM}/edit?at=concerns").text
    trainer.submit(f"{ALARM}/edit", at="concerns", basis=basis(text), step="add:concerns", **fields(text))
    assert trainer.get(f"{ALARM}/edit?at=concerns%232").status_code == 200, "one without any words"


def test_a_form_tells_how_its_file_stands_and_what_is_typed_is_saved_on_the_way_to_publish(
    world: World,
) -> None:
    trainer = world.browsers["trainer"]
    trainer.get("/language/en")
    page = trainer.get(f"{ALARM}/edit").text
    assert "packaged file" in page.split("save-row")[1]
    sent = {**fields(page), ":customer.en": ["Mr Ox"]}
    told = trainer.submit(f"{ALARM}/edit", at="", basis=basis(page), done="yes", **sent)
    assert told.headers["location"] == ALARM
    assert "Mr Ox" in trainer.get(f"{ALARM}/file.yml?version=1").text
    page = trainer.get(f"{ALARM}/yaml").text
    assert 'class="chip draft"' in page.split("save-row")[1]
    told = trainer.submit(f"{ALARM}/yaml", text="id: [", basis=basis(page), done="yes")
    assert told.headers["location"] == ALARM
    assert "id: [" in trainer.get(f"{ALARM}/file.yml?version=1").text


def test_entries_are_added_and_taken_away_without_a_script(world: World) -> None:
    trainer = world.browsers["trainer"]
    for step, gone in (("add:concerns", ""), ("remove:concerns#0", 'name=":concerns#0.id" value="loud"')):
        page = trainer.get(f"{ALARM}/edit?at=concerns").text
        sent = trainer.submit(f"{ALARM}/edit", at="concerns", basis=basis(page), step=step, **fields(page))
        assert sent.status_code == 303
        assert not gone or gone not in trainer.get(f"{ALARM}/edit?at=concerns%230").text
    text = trainer.get(f"{ALARM}/file.yml?version=1").text
    assert "id: dear" in text and "id: loud" not in text and "# " not in text.split("\n")[0]
    page = trainer.get(f"{ALARM}/edit?at=concerns%231").text
    assert 'name=":concerns#1.id" value=""' in page


def test_a_clash_is_told_and_loses_nobodys_work(world: World) -> None:
    one, two = world.browsers["trainer"], world.browsers["admin"]
    page = one.get(f"{ALARM}/edit").text
    one.submit(f"{ALARM}/edit", at="", basis=basis(page), **{**fields(page), ":customer.en": ["Mr Ox"]})
    late = two.submit(f"{ALARM}/edit", at="brief", basis=basis(page), **{":brief.aim.en": ["Sell one."]})
    assert late.status_code == 409
    assert "trainer 姓名" in late.text and "Sell one." in late.text
    assert "Sell one." not in two.get(f"{ALARM}/yaml").text
    saved = two.submit(
        f"{ALARM}/edit", at="brief", basis=basis(late.text), **{":brief.aim.en": ["Sell one."]}
    )
    assert saved.status_code == 303
    text = two.get(f"{ALARM}/file.yml?version=2").text
    assert "Mr Ox" in text and "Sell one." in text
    stale = one.submit(f"{ALARM}/yaml", text="id: mine", basis=basis(page))
    assert stale.status_code == 409 and "id: mine" in stale.text


@pytest.mark.parametrize(
    "text",
    ["x: [", "&a [*a]", "\x00", "a: !!python/none x", "[" * 5000, "", "- 1", "ﬀ" * 100_000],
    ids=["open", "alias", "control", "tag", "deep", "empty", "list", "long"],
)
def test_bad_yaml_is_kept_and_its_faults_are_told(world: World, text: str) -> None:
    trainer = world.browsers["trainer"]
    page = trainer.get(f"{ALARM}/yaml").text
    assert trainer.submit(f"{ALARM}/yaml", text=text, basis=basis(page)).status_code == 303
    again = trainer.get(f"{ALARM}/yaml")
    assert again.status_code == 200 and "fault-list" in again.text
    assert html.escape(text.replace("\x00", "")[:50], quote=False) in again.text
    assert trainer.get(f"{ALARM}/edit").status_code in (200, 303)
    assert trainer.get(ALARM).status_code == 200
    assert trainer.submit(f"{ALARM}/publish", version="1").status_code == 422


def test_a_text_that_is_too_long_comes_back_and_is_not_saved(world: World) -> None:
    trainer = world.browsers["trainer"]
    answer = trainer.submit(f"{ALARM}/yaml", text="x" * 200_001, basis="0.0")
    assert answer.status_code == 422 and "x" * 1000 in answer.text
    assert trainer.submit(f"{ALARM}/yaml", text="x" * 3_000_000, basis="0.0").status_code == 413
    assert world.browsers["rep"].post("/sessions", data={"x": "y" * 100_000}).status_code == 413


def test_nothing_that_is_typed_is_taken_for_markup(world: World) -> None:
    trainer = world.browsers["trainer"]
    page = trainer.get(f"{ALARM}/edit").text
    sent = {name: [EVIL for _ in values] for name, values in fields(page).items() if not name.endswith("!")}
    trainer.submit(f"{ALARM}/edit", at="", basis=basis(page), note=EVIL, keep="yes", **sent)
    trainer.submit(
        f"{ALARM}/yaml",
        text=f'{EVIL!r}: {{"{"<b>"}": x}}\n"<i>": 1',
        basis=basis(trainer.get(f"{ALARM}/yaml").text),
    )
    for path in ("", "/edit", "/yaml", "/differences?old=0&new=1", "/differences?old=1&new=2"):
        shown = trainer.get(f"{ALARM}{path}", follow_redirects=True)
        assert shown.status_code == 200
        assert "<script>alert" not in shown.text and "<b>" not in shown.text and "<i>" not in shown.text
    listed = trainer.get("/authoring", params={"q": EVIL, "kind": EVIL, "state": EVIL})
    assert listed.status_code == 200 and "<script>alert" not in listed.text
    copied = trainer.submit("/authoring/copy", kind="scenario", source="alarm_loud", stem=EVIL)
    assert copied.status_code == 422 and "<script>alert" not in copied.text


def test_a_version_is_published_tried_compared_and_rolled_back(world: World) -> None:
    trainer, rep = world.browsers["trainer"], world.browsers["rep"]
    text = TEXT.replace("customer: {zh: 马老板, en: Mr Brody}", "customer: {zh: 牛老板, en: Mr Ox}")
    trainer.submit(f"{ALARM}/yaml", text=text, basis="0.0", note="An ox")
    differences = trainer.get(f"{ALARM}/differences?old=0&new=1").text
    assert "<del>Brody</del>" in differences and "<ins>Ox</ins>" in differences
    tried = trainer.submit(f"{ALARM}/try", version="1", lang="en")
    chat = tried.headers["location"]
    page = trainer.get(chat).text
    assert "choose_scenario" in page
    bar = page.partition('class="session-bar"')[2].partition('class="session-tools"')[0]
    assert 'class="chip draft"' in bar, "in sight however far one has talked"
    assert rep.get(chat).status_code == 404
    assert trainer.submit(f"{ALARM}/publish", version="1").status_code == 303
    assert "alarm_loud.yml" in str(
        zipfile.ZipFile(io.BytesIO(trainer.get("/authoring/export.zip").content)).namelist()
    )
    assert f'href="{ALARM}"' in trainer.get("/authoring?state=edited").text
    trainer.submit(f"{ALARM}/publish", version="0")
    assert f'href="{ALARM}"' not in trainer.get("/authoring?state=edited").text


def test_a_rubric_is_compared_on_the_teams_own_replies(world: World) -> None:
    trainer, page = world.browsers["trainer"], "/authoring/rubric/rubric"
    text = (ROOT / "rubric.yml").read_text(encoding="utf-8")
    changed = re.sub(r"^version: .*$", 'version: "2"', text, count=1, flags=re.M)
    changed = changed.replace("start: {points: 42}", "start: {points: 90}")
    assert changed != text
    saved = trainer.submit(f"{page}/yaml", basis=basis(trainer.get(f"{page}/yaml").text), text=changed)
    assert saved.status_code == 303
    for who, said in (("rep", "rep's <b>reply</b>"), ("stranger", "a stranger's reply")):
        practice = Practice(world.units, world.people[who].key, datetime.now(timezone.utc))
        practice.reply("price", "inquiry", 70, text=said, read=reading(said, "en"))
        world.sessions[who] = practice.session.public_id
    trainer.get("/language/en")
    shown = trainer.get(f"{page}/rubrics?version=1").text
    assert "Another score for 1 of 1 replies." in shown
    assert "rep&#39;s &lt;b&gt;reply&lt;/b&gt;" in shown and "a stranger" not in shown
    assert f"/review/{world.sessions['rep']}?page=1#t1" in shown and 'class="moved"' in shown


def test_a_published_product_is_offered_and_taken_away_without_a_restart(world: World) -> None:
    trainer = world.browsers["trainer"]
    trainer.submit("/authoring/copy", kind="product", source="alarm", stem="siren")
    page = trainer.get("/authoring/product/siren/edit").text
    sent = {
        **fields(page),
        ":name.zh": ["小警笛"], ":name.en": ["Little Siren"],
        ":aliases.zh": ["小警笛\r\n小喇叭"], ":aliases.en": ["little siren\r\nlittle horn"],
        ":aliases.zh#0": ["小警笛"], ":aliases.zh#1": ["小喇叭"],
    }  # fmt: skip
    trainer.submit("/authoring/product/siren/edit", at="", basis=basis(page), **sent)
    shown = trainer.get("/authoring/product/siren").text
    assert "/publish" in shown, re.findall(r"<li>.*?</li>", shown, re.S)[-5:]
    trainer.submit("/authoring/product/siren/publish", version="1")
    scripts = trainer.get("/authoring/product/siren/scripts?version=1&about=price&lang=en").text
    assert scripts.count("script-line") >= 12
    crumbs = re.search(r'class="crumbs">(.*?)</p>', scripts, re.S)
    assert crumbs is not None and crumbs[1].endswith((">小警笛</a>", ">Little Siren</a>"))
    trainer.submit("/authoring/product/siren/publish", version="0")
    assert "siren" in trainer.get("/authoring").text


@pytest.mark.parametrize(
    "path",
    ["scenario/nowhere", "scenario/../x", "rubric/other", "x/y", "scenario/alarm_loud/edit?at=nowhere",
     "scenario/alarm_loud/edit?at=%23%23", "scenario/alarm_loud/file.yml?version=9",
     "scenario/alarm_loud/differences?old=x&new=1", "scenario/alarm_loud/scripts?version=0"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(world: World, path: str) -> None:
    assert world.browsers["trainer"].get(f"/authoring/{path}").status_code == 404


def test_a_page_whose_place_is_gone_meanwhile_is_not_found_and_changes_nothing(world: World) -> None:
    trainer = world.browsers["trainer"]
    answer = trainer.submit(f"{ALARM}/edit", at="concerns#7", basis="0.0", **{":concerns#7.id": "x"})
    assert answer.status_code == 404
    for step in ("remove:", "remove:concerns#9", "add:title", "add:nothing", "turn:x", "add:##"):
        answer = trainer.submit(f"{ALARM}/edit", at="", basis="0.0", step=step)
        assert answer.status_code in (303, 404), step
    assert basis(trainer.get(f"{ALARM}/yaml").text) == "0.0"
