"""Content that trainers edit: drafts that nobody writes over, published once sound, taken up at once."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text as sql

from bot.coaching.reading import Piece as ReadPiece
from bot.coaching.reading import Reading
from bot.content.editable import Piece
from bot.content.faults import ContentError
from bot.content.loader import ROOT, load_content, validate
from bot.content.phrases import load_coach_phrases
from bot.content.schema import Content
from bot.content.writing import rewritten
from bot.services.access import ADMIN, TRAINEE, TRAINER, Person
from bot.services.answering import answer
from bot.services.authoring import catalogue, compare, copy, history, open_document, published_files, save
from bot.services.digesting import digest
from bot.services.errors import Conflict, NotFound, Refused, Taken
from bot.services.forgetting import erase, everything_about
from bot.services.job import Command, Outcome, Profile
from bot.services.opening import open_session, own_session
from bot.services.previewing import both_rubrics, scripts, try_out
from bot.services.publishing import check, publish
from bot.services.reporting import own_sessions
from bot.services.shelf import Shelf
from bot.storage.edition_records import DRAFT, PREVIEW, PUBLISHED, RETIRED
from bot.storage.unit_of_work import UnitOfWorkFactory

from .conftest import NOW, at
from .test_people import admin, member, team

ALARM = Piece("scenario", "alarm_loud")
PRODUCT = Piece("product", "alarm")
RUBRIC = Piece("rubric", "rubric")
PHRASES = load_coach_phrases()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the content with two products and two scenarios, so that each check reads little."""
    root = tmp_path_factory.mktemp("content")
    for file in (*ROOT.glob("*.yml"), *ROOT.glob("playbooks/*.yml"), *ROOT.glob("lines/*.yml")):
        _put(root, file.relative_to(ROOT).as_posix())
    for file in ("products/alarm.yml", "products/car.yml", ALARM.file, "scenarios/car_talkative.yml"):
        _put(root, file)
    return root


def _put(root: Path, file: str) -> None:
    (root / file).parent.mkdir(exist_ok=True)
    shutil.copy(ROOT / file, root / file)


@pytest.fixture(scope="module")
def packaged(root: Path) -> Content:
    return load_content(root)


@pytest.fixture
def shelf(root: Path, packaged: Content) -> Shelf:
    return Shelf(packaged, root)


@pytest.fixture
def people(units: UnitOfWorkFactory) -> Iterator[tuple[Person, Person]]:
    found = []
    with units() as uow:
        for name in ("Ann", "Bo"):
            account = uow.accounts.add(
                login=name, name=name, pseudonym=name, role=TRAINER, lang="en", password_hash="", now=NOW
            )
            found.append(Person(f"key of {name}", TRAINER, account.id, name, "en"))
        uow.commit()
    yield found[0], found[1]


def edited(of: Piece, text: str = "", **values: Any) -> str:
    """Return a file's text with other values at its top."""
    text = text or (ROOT / of.file).read_text(encoding="utf-8")
    return rewritten(text, {**yaml.safe_load(text), **values})


def title(word: str) -> dict[str, str]:
    return {"zh": f"题目{word}", "en": f"Title {ord(word)}"}


class Author:
    """Somebody who edits."""

    def __init__(self, units: UnitOfWorkFactory, shelf: Shelf, person: Person) -> None:
        self.units, self.shelf, self.person, self.seconds = units, shelf, person, 0.0

    def save(self, of: Piece, text: str, basis: str = "", **named: Any) -> Any:
        self.seconds += 1
        basis = basis or open_document(self.units, self.shelf, of=of).basis
        return save(
            self.units, self.shelf, person=self.person, of=of, basis=basis, text=text,
            now=at(self.seconds), **named,
        )  # fmt: skip

    def publish(self, of: Piece, version: int, **named: Any) -> None:
        self.seconds += 1
        publish(
            self.units, self.shelf, person=self.person, of=of, version=version, now=at(self.seconds), **named
        )


@pytest.fixture
def ann(units: UnitOfWorkFactory, shelf: Shelf, people: tuple[Person, Person]) -> Author:
    return Author(units, shelf, people[0])


@pytest.fixture
def bo(units: UnitOfWorkFactory, shelf: Shelf, people: tuple[Person, Person]) -> Author:
    return Author(units, shelf, people[1])


def test_a_save_is_a_draft_that_changes_nothing_in_use(ann: Author) -> None:
    before = ann.shelf.content
    ann.save(ALARM, edited(ALARM, title=title("一")))
    assert ann.shelf.take_published(ann.units) is before
    found = history(ann.units, ann.shelf, of=ALARM)
    assert [(v.version, v.state, v.by) for v in found.versions] == [(1, DRAFT, "Ann")]
    assert found.item.draft is not None and found.item.published is None and found.publications == ()


def test_one_persons_saves_make_one_version_until_it_is_kept(ann: Author, bo: Author) -> None:
    assert [ann.save(ALARM, edited(ALARM, title=title(word))).version for word in "一二"] == [1, 1]
    assert ann.save(ALARM, edited(ALARM, title=title("三")), note="A better title", keep=True).version == 1
    assert ann.save(ALARM, edited(ALARM, title=title("四"))).version == 2
    assert bo.save(ALARM, edited(ALARM, title=title("五"))).version == 3
    versions = history(ann.units, ann.shelf, of=ALARM).versions
    assert [(v.version, v.by, v.note) for v in versions] == [
        (3, "Bo", ""),
        (2, "Ann", ""),
        (1, "Ann", "A better title"),
    ]
    assert "题目三" in open_document(ann.units, ann.shelf, of=ALARM, version=1).text


def test_saving_what_is_there_already_makes_nothing_new(ann: Author) -> None:
    text = edited(ALARM, title=title("一"))
    first = ann.save(ALARM, text)
    assert ann.save(ALARM, text.replace("\n", "\r\n")) == first


def test_nobody_writes_over_what_another_saved_meanwhile(ann: Author, bo: Author) -> None:
    basis = open_document(ann.units, ann.shelf, of=ALARM).basis
    ann.save(ALARM, edited(ALARM, title=title("一")), basis)
    with pytest.raises(Conflict):
        bo.save(ALARM, edited(ALARM, title=title("二")), basis)
    stale = open_document(ann.units, ann.shelf, of=ALARM).basis
    ann.save(ALARM, edited(ALARM, title=title("三")), stale)
    with pytest.raises(Conflict):
        ann.save(ALARM, edited(ALARM, title=title("四")), stale)
    assert "题目三" in open_document(ann.units, ann.shelf, of=ALARM).text


def test_of_saves_at_the_same_moment_one_is_kept_and_the_others_are_told(ann: Author, bo: Author) -> None:
    basis = open_document(ann.units, ann.shelf, of=ALARM).basis
    told: list[str] = []

    def write(author: Author, word: str) -> None:
        try:
            author.save(ALARM, edited(ALARM, title=title(word)), basis)
            told.append("saved")
        except Conflict:
            told.append("conflict")

    threads = [threading.Thread(target=write, args=(a, w)) for a, w in zip((ann, bo) * 3, "一二三四五六")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["conflict"] * 5 + ["saved"]
    assert len(history(ann.units, ann.shelf, of=ALARM).versions) == 1


@pytest.mark.parametrize("text", ["", "a: [", "{" * 300, "a: &x 1\nb: *x", "id: alarm_loud\n", "\x00\ud800"])
def test_whatever_is_typed_is_saved_and_its_faults_are_told(ann: Author, text: str) -> None:
    ann.save(ALARM, text)
    assert check(ann.units, ann.shelf, of=ALARM, version=1)
    with pytest.raises(ContentError):
        ann.publish(ALARM, 1)
    assert ann.shelf.standing.stamp == 0


def test_a_text_without_end_is_refused(ann: Author) -> None:
    with pytest.raises(Refused):
        ann.save(ALARM, "x" * 200_001)
    with pytest.raises(Refused):
        ann.save(ALARM, "x", note="y" * 401)


def test_what_is_published_is_in_use_at_once_in_every_process(ann: Author) -> None:
    elsewhere = Shelf(root=ann.shelf.root)
    ann.save(ALARM, edited(ALARM, title=title("一")))
    ann.publish(ALARM, 1, note="Clearer")
    assert ann.shelf.content.scenarios["alarm_loud"].title.en == f"Title {ord('一')}"
    assert elsewhere.take_published(ann.units).scenarios["alarm_loud"].title.en == f"Title {ord('一')}"
    found = history(ann.units, ann.shelf, of=ALARM)
    assert [(p.version, p.by, p.note) for p in found.publications] == [(1, "Ann", "Clearer")]
    with ann.units(reading=True) as uow:
        entries = [(entry.action, entry.subject_id) for entry in uow.audit.entries()]
    assert entries == [("publish", "scenarios/alarm_loud.yml")]


def test_rolling_back_puts_an_earlier_version_in_use_or_the_packaged_file(ann: Author) -> None:
    for version, word in enumerate("一二", 1):
        ann.save(ALARM, edited(ALARM, title=title(word)))
        ann.publish(ALARM, version)
    ann.publish(ALARM, 1)
    assert ann.shelf.content.scenarios["alarm_loud"].title.zh == "题目一"
    versions = history(ann.units, ann.shelf, of=ALARM).versions
    assert [(v.version, v.state) for v in versions] == [(2, RETIRED), (1, PUBLISHED)]
    ann.publish(ALARM, 0)
    assert ann.shelf.content.scenarios["alarm_loud"].title.en == "The siren nobody can stop"
    assert [p.version for p in history(ann.units, ann.shelf, of=ALARM).publications] == [None, 1, 2, 1]
    ann.publish(ALARM, 0)
    assert len(history(ann.units, ann.shelf, of=ALARM).publications) == 4


def test_a_new_scenario_can_be_added_and_taken_away_again(ann: Author) -> None:
    made = copy(ann.units, ann.shelf, person=ann.person, of=ALARM, stem="second", now=NOW)
    assert made == Piece("scenario", "second")
    faults = check(ann.units, ann.shelf, of=made, version=1)
    assert {(fault.file, fault.key, fault.code) for fault in faults} == {
        ("scenarios/second.yml", "title.zh", "twice"),
        ("scenarios/second.yml", "title.en", "twice"),
    }
    text = open_document(ann.units, ann.shelf, of=made).text
    ann.save(made, edited(made, text, title=title("二")))
    ann.publish(made, 1)
    assert ann.shelf.content.scenarios["second"].title.en == f"Title {ord('二')}"
    assert [item.piece.stem for item in catalogue(ann.units, ann.shelf) if not item.packaged] == ["second"]
    ann.publish(made, 0)
    assert "second" not in ann.shelf.content.scenarios


def test_a_copy_takes_no_name_that_is_taken_or_cannot_be(ann: Author) -> None:
    for stem, error in (("alarm_loud", Taken), ("../x", Refused), ("Ä", Refused), ("", Refused)):
        with pytest.raises(error):
            copy(ann.units, ann.shelf, person=ann.person, of=ALARM, stem=stem, now=NOW)
    with pytest.raises(Refused):
        copy(ann.units, ann.shelf, person=ann.person, of=RUBRIC, stem="second", now=NOW)
    with pytest.raises(NotFound):
        copy(ann.units, ann.shelf, person=ann.person, of=Piece("scenario", "nowhere"), stem="x", now=NOW)


def test_a_product_that_a_scenario_sells_is_not_taken_away(ann: Author) -> None:
    made = copy(ann.units, ann.shelf, person=ann.person, of=PRODUCT, stem="siren", now=NOW)
    text = open_document(ann.units, ann.shelf, of=made).text
    other = {"zh": ["小警笛", "小喇叭"], "en": ["little siren", "little horn"]}
    ann.save(made, edited(made, text, name={"zh": "小警笛", "en": "Little Siren"}, aliases=other))
    ann.publish(made, 1)
    ann.save(ALARM, edited(ALARM, product="siren"))
    ann.publish(ALARM, 1)
    with pytest.raises(ContentError) as error:
        ann.publish(made, 0)
    assert [(fault.file, fault.key) for fault in error.value.faults] == [
        ("scenarios/alarm_loud.yml", "product")
    ]


def test_versions_that_do_not_go_together_are_not_both_published(ann: Author, bo: Author) -> None:
    """Each is sound beside what is in use now; whoever comes second is checked again."""
    names = ("second", "third")
    for stem in names:
        made = copy(ann.units, ann.shelf, person=ann.person, of=ALARM, stem=stem, now=NOW)
        text = open_document(ann.units, ann.shelf, of=made).text
        ann.save(made, edited(made, text, title=title("同")))
    told: list[str] = []

    def put_in_use(author: Author, stem: str) -> None:
        try:
            author.publish(Piece("scenario", stem), 1)
            told.append("published")
        except ContentError:
            told.append("faulty")

    threads = [threading.Thread(target=put_in_use, args=pair) for pair in zip((ann, bo), names)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["faulty", "published"]
    assert ann.shelf.standing.left_out == ()


def test_other_points_need_another_version_of_the_rubric(ann: Author) -> None:
    ann.save(RUBRIC, edited(RUBRIC, method={"points": 12}))
    with pytest.raises(ContentError) as error:
        ann.publish(RUBRIC, 1)
    assert [(fault.key, fault.code) for fault in error.value.faults] == [("version", "version_kept")]
    ann.save(RUBRIC, edited(RUBRIC, method={"points": 12}, version="2"))
    ann.publish(RUBRIC, 1)
    assert ann.shelf.content.rubric.rules.rules["method"].points == 12


def test_what_no_longer_fits_the_packaged_files_is_left_out_and_told(ann: Author, tmp_path: Path) -> None:
    ann.save(ALARM, edited(ALARM, product="car"))
    ann.publish(ALARM, 1)
    shutil.copytree(ann.shelf.root, tmp_path / "content")
    (tmp_path / "content/products/car.yml").unlink()
    for path in (tmp_path / "content/scenarios").glob("*.yml"):
        if "product: car" in path.read_text(encoding="utf-8"):
            path.unlink()
    newer = Shelf(root=tmp_path / "content")
    assert newer.take_published(ann.units).scenarios["alarm_loud"].product == "alarm"
    assert {fault.file for fault in newer.standing.left_out} == {"scenarios/alarm_loud.yml"}
    item = next(item for item in catalogue(ann.units, newer) if item.piece == ALARM)
    assert item.left_out


def test_what_is_exported_passes_the_check_where_the_files_are(ann: Author, tmp_path: Path) -> None:
    ann.save(ALARM, edited(ALARM, title=title("一")))
    ann.publish(ALARM, 1)
    ann.save(RUBRIC, edited(RUBRIC, version="2"))
    ann.publish(RUBRIC, 1)
    shutil.copytree(ann.shelf.root, tmp_path / "content")
    files = published_files(ann.units)
    assert set(files) == {"scenarios/alarm_loud.yml", "rubric.yml"}
    for file, text in files.items():
        (tmp_path / "content" / file).write_text(text, encoding="utf-8")
    assert validate(tmp_path / "content") == []
    assert files["rubric.yml"].startswith("# The rubric of role-play")


def test_versions_are_compared_line_by_line(ann: Author) -> None:
    ann.save(ALARM, edited(ALARM, difficulty=2))
    rows = compare(ann.units, ann.shelf, of=ALARM, old=0, new=1)
    assert [row.kind for row in rows if row.kind not in ("same", "gap")] == ["changed"]
    assert compare(ann.units, ann.shelf, of=ALARM, old=1, new=1) == ()
    with pytest.raises(NotFound):
        compare(ann.units, ann.shelf, of=ALARM, old=0, new=9)
    with pytest.raises(NotFound):
        open_document(ann.units, ann.shelf, of=Piece("scenario", "nowhere"))


# Sessions and talks


class Trainee:
    """Somebody who plays; the readings are canned."""

    def __init__(self, author: Author, session: str, lang: str = "zh") -> None:
        self.author, self.session, self.lang, self.count = author, session, lang, 0

    def click(self, intent: str, **values: Any) -> Outcome:
        return self._send(f"/{intent}", None, Command(intent, values))

    def say(self, text: str) -> Outcome:
        pieces = (ReadPiece(text, 0, len(text), {"listen": 0.9, "clarify": 0.9}),)
        reading = Reading(
            text, self.lang, "seller", 0.9, pieces=pieces, technique_ranking=(("inquiry", 0.9),)
        )
        return self._send(text, reading, Command("seller"))

    def _send(self, text: str, reading: Reading | None, command: Command) -> Outcome:
        self.count += 1
        return answer(
            self.author.units, self.author.shelf, PHRASES, session=self.session,
            message_id=f"{self.session}-{self.count}", text=text, reading=reading, command=command,
            profile=Profile(self.lang), now=at(100 + self.count),
        )  # fmt: skip


def opened(author: Author, key: str = "a trainee") -> str:
    return open_session(
        author.units, trainee_key=key, name="Li", channel="web", lang="zh", product="alarm", now=NOW
    ).public_id


def test_a_talk_goes_on_with_the_scenario_that_it_began_with(ann: Author) -> None:
    trainee = Trainee(ann, opened(ann))
    trainee.click("choose_scenario", scenario="alarm_loud")
    value = yaml.safe_load((ROOT / ALARM.file).read_text(encoding="utf-8"))
    ann.save(ALARM, edited(ALARM, concerns=value["concerns"][:1], customer={"zh": "牛老板", "en": "Mr Ox"}))
    ann.publish(ALARM, 1)
    said = trainee.say("您最怕哪一种响？")
    assert said.blocks[0].data["customer"] == "马老板"
    again = trainee.click("choose_scenario", scenario="alarm_loud")
    assert again.blocks[-1].data["customer"] == "牛老板"
    ann.publish(ALARM, 0)
    assert trainee.say("您最怕哪一种响？").blocks[0].data["customer"] == "牛老板"


def test_a_draft_is_tried_by_its_author_alone(ann: Author, bo: Author) -> None:
    ann.save(ALARM, edited(ALARM, customer={"zh": "牛老板", "en": "Mr Ox"}))
    session = try_out(ann.units, ann.shelf, person=ann.person, of=ALARM, version=1, lang="zh", now=NOW)
    assert own_session(ann.units, session=session, trainee_key=ann.person.key).channel == PREVIEW
    with pytest.raises(NotFound):
        own_session(ann.units, session=session, trainee_key=bo.person.key)
    tried = Trainee(ann, session).click("choose_scenario", scenario="alarm_loud")
    assert tried.blocks[-1].data["customer"] == "牛老板"
    other = Trainee(ann, opened(ann)).click("choose_scenario", scenario="alarm_loud")
    assert other.blocks[-1].data["customer"] == "马老板"


def test_a_try_is_practice_of_nobody(ann: Author) -> None:
    ann.save(ALARM, edited(ALARM, difficulty=2))
    with ann.units() as uow:
        uow.trainees.ensure(ann.person.key, name="Ann", now=NOW, account=ann.person.account)
        uow.commit()
    session = try_out(ann.units, ann.shelf, person=ann.person, of=ALARM, version=1, lang="en", now=NOW)
    Trainee(ann, session, "en").click("choose_scenario", scenario="alarm_loud")
    assert own_sessions(ann.units, trainee_key=ann.person.key) == ()
    digest(ann.units, now=at(500))
    with ann.units(reading=True) as uow:
        count = uow.editions._connection.execute(sql("SELECT count(*) FROM digests")).scalar()
    assert count == 0
    admin = Person("key of an admin", ADMIN, None, "Root")
    with ann.units(reading=True) as uow:
        assert uow.sight.session(admin, session) is None
        known = uow.sight.names(admin, uow.sight.trainees(admin))
        mine = uow.trainees.find(ann.person.key)
    assert mine is not None and list(known) == [mine.id]


def test_an_author_who_is_erased_leaves_no_tries_behind(ann: Author) -> None:
    ann.save(ALARM, edited(ALARM, difficulty=2))
    session = try_out(ann.units, ann.shelf, person=ann.person, of=ALARM, version=1, lang="en", now=NOW)
    Trainee(ann, session, "en").click("choose_scenario", scenario="alarm_loud")
    account = ann.person.account or 0
    about = "".join(everything_about(ann.units, b"a secret", person=ann.person, account=account, now=NOW))
    assert session in about
    erase(ann.units, b"a secret", person=ann.person, account=account, now=NOW)
    with ann.units(reading=True) as uow:
        assert uow.sessions.find(session) is None
    assert history(ann.units, ann.shelf, of=ALARM).versions[0].by != "Ann"


def test_a_version_that_was_tried_stays_as_it_was_tried(ann: Author) -> None:
    ann.save(ALARM, edited(ALARM, difficulty=2))
    session = try_out(ann.units, ann.shelf, person=ann.person, of=ALARM, version=1, lang="zh", now=NOW)
    assert ann.save(ALARM, edited(ALARM, customer={"zh": "牛老板", "en": "Mr Ox"})).version == 2
    tried = Trainee(ann, session).click("choose_scenario", scenario="alarm_loud")
    assert tried.blocks[-1].data["customer"] == "马老板"


def test_a_draft_with_faults_is_not_tried(ann: Author) -> None:
    ann.save(ALARM, edited(ALARM, difficulty=7))
    with pytest.raises(ContentError):
        try_out(ann.units, ann.shelf, person=ann.person, of=ALARM, version=1, lang="zh", now=NOW)
    with pytest.raises(NotFound):
        try_out(ann.units, ann.shelf, person=ann.person, of=ALARM, version=2, lang="zh", now=NOW)


def test_a_trainer_sees_what_a_rubric_would_mean_for_their_team_and_for_nobody_else(ann: Author) -> None:
    units = ann.units
    north = team(units, "north", pseudonyms=True)
    closed, south = team(units, "closed", private=True), team(units, "south")
    trainer = member(units, "coach", TRAINER, north, closed)
    said = {}
    for name, of in (("rep", north), ("shy", closed), ("shown", closed), ("stranger", south)):
        rep = member(units, name, TRAINEE, of)
        said[name] = session = opened(ann, rep.key)
        trainee = Trainee(ann, session)
        trainee.click("choose_scenario", scenario="alarm_loud")
        trainee.say(f"您最怕哪一种响？{name}")
    with units() as uow:
        found = uow.sessions.find(said["shown"])
        assert found is not None
        uow.sessions.hand_in(found, NOW)
        uow.commit()
    ann.save(RUBRIC, edited(RUBRIC, version="2", start={"points": 20}))
    Trainee(
        ann, try_out(units, ann.shelf, person=ann.person, of=RUBRIC, version=1, lang="zh", now=NOW)
    ).click("choose_scenario", scenario="alarm_loud")
    judged = both_rubrics(units, ann.shelf, person=trainer, of=RUBRIC, version=1, now=NOW)
    assert {one.reply for one in judged} == {"您最怕哪一种响？rep", "您最怕哪一种响？shown"}
    by = {one.session: one for one in judged}
    assert by[said["rep"]].name not in ("", "rep") and by[said["shown"]].name == "shown"
    assert all(one.moved == -22 and one.turn == 2 for one in judged)
    with units(reading=True) as uow:
        read = {entry.subject_id for entry in uow.audit.entries(account=trainer.account)}
    assert read == {said["rep"], said["shown"]}
    everything = both_rubrics(units, ann.shelf, person=admin(units), of=RUBRIC, version=1, now=NOW)
    assert {one.session for one in everything} == set(said.values())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_scripts_are_shown_with_the_drafts_own_sentences(ann: Author, lang: str) -> None:
    value = yaml.safe_load((ROOT / PRODUCT.file).read_text(encoding="utf-8"))
    new = {
        "zh": "正因为贵，才更要算一算。",
        "en": "That it costs money is exactly why you should do the sum.",
    }
    value["arguments"]["price"]["turn"] = {
        code: [text, value["arguments"]["price"]["turn"][code][0]] for code, text in new.items()
    }
    ann.save(PRODUCT, rewritten((ROOT / PRODUCT.file).read_text(encoding="utf-8"), value))
    shown = scripts(ann.units, ann.shelf, of=PRODUCT, version=1, lang=lang, about="price")
    assert shown.about == "price" and set(shown.products) == set(ann.shelf.content.products)
    assert any(new[lang] in line.text for method in shown.spoken for line in method.lines)
    ann.save(
        Piece("playbook", "telephone"),
        "# Mine\n" + (ROOT / "playbooks/telephone.yml").read_text(encoding="utf-8"),
    )
    told = scripts(
        ann.units, ann.shelf, of=Piece("playbook", "telephone"), version=1, lang=lang, product="car"
    )
    assert [part.id for part in told.spoken] == ["base", "middle_manager", "senior_manager"]
    assert all("{" not in line.text for part in told.spoken for line in part.lines)


def test_replies_are_judged_by_both_rubrics(ann: Author) -> None:
    ann.save(RUBRIC, edited(RUBRIC, version="2", start={"points": 20}))
    session = try_out(ann.units, ann.shelf, person=ann.person, of=RUBRIC, version=1, lang="zh", now=NOW)
    trainee = Trainee(ann, session)
    opening = trainee.click("choose_scenario", scenario="alarm_loud").blocks[-1].data["line"]
    judged_in_try = trainee.say("您最怕哪一种响？").blocks[1].data["score"]
    judged = both_rubrics(ann.units, ann.shelf, person=ann.person, of=RUBRIC, version=1, now=NOW)
    assert [(reply.line, reply.reply) for reply in judged] == [(opening, "您最怕哪一种响？")]
    assert judged[0].now.score - judged[0].then.score == 22
    assert judged[0].then.score == judged_in_try
    assert (judged[0].now.rubric, judged[0].then.rubric) == ("1", "2")
