"""From corrections to a model in use: files, record and the running dojo agree, also when something fails."""

from __future__ import annotations

import errno
import io
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap import Storage, open_storage
from bot.cli import parse
from bot.commands import comparison_report, model_files, models, promotion, teaching, train
from bot.commands.candidates import Candidates
from bot.commands.console import Console
from bot.commands.errors import Interrupted, Stop, WrongInput
from bot.commands.known_errors import sentence
from bot.commands.texts import Texts
from bot.services import promoting
from bot.services.access import ADMIN, Person
from bot.services.correcting import correct_type
from bot.services.opening import open_session
from bot.services.receiving import receive
from bot.services.teaching import collect, decide, queue
from bot.storage.lesson_records import (
    CANDIDATE,
    FAILED,
    PROMOTED,
    REFUSED,
    ROLLED_BACK,
    TRAINING,
)
from bot.storage.lessons import is_held_back

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=timezone.utc)
FINE: dict[str, Any] = {
    "not_worse": True,
    "development": {},
    "held_back": {},
    "worse": [],
    "taught": {"n": 1, "old": 0, "new": 1},
    "sessions": {"lines": 1, "sessions": 1, "changed_lines": 1, "changed_sessions": 1, "changed": []},
}
PRICE = {"set": "development", "task": "objection", "measure": "label", "lang": "zh", "label": "price"}
WORSE = {**FINE, "not_worse": False, "worse": [{**PRICE, "old": 0.9, "new": 0.8}]}


class Workshop:
    """A project without Rasa: what is trained is a file, what is compared is given."""

    def __init__(self, root: Path, storage: Storage) -> None:
        self.root, self.storage = root, storage
        self.console = Console(Texts("en"), io.StringIO(), io.StringIO(), root)
        self.candidates = Candidates(root, root / "home")
        self.figures: dict[str, Any] = FINE
        self.taken: list[str] = []
        self.taught: list[str] = []
        self.failing: BaseException | None = None
        self.takes = True
        self._names = count(1)

    def run(self, *arguments: str) -> int:
        options = parse(arguments, self.console.texts)
        return {"train": train, "models": models}[arguments[0]].run(self.console, options)

    def make(self, *given: Any) -> Path:
        folder, lessons = given[3], given[5]
        if self.failing is not None:
            raise self.failing
        self.taught.append(lessons.read_text() if lessons.is_file() else "")
        made = Path(folder) / f"model-{next(self._names)}.tar.gz"
        made.write_text(made.name)
        return made

    def hand_over(self, _settings: object, model: str) -> bool:
        if not self.takes:
            raise Stop("models.not_taken", model=model, reason=422)
        assert (self.root / "models" / model).is_file()
        self.taken.append(model)
        return True

    def correct(self, text: str = "it costs the earth") -> None:
        """Have a trainee correct a message, and an admin accept that."""
        units = self.storage.units
        session = open_session(
            units, trainee_key=None, name="Ann", channel="web", lang="en", product="car", now=NOW
        )
        receive(units, session=session.public_id, message_id="m", kind="text", text=text, now=NOW)
        key = str(session.trainee_key)
        correct_type(
            units, session=session.public_id, trainee_key=key, message_id="c", turn=1,
            to_type="price", now=NOW,
        )  # fmt: skip
        collect(units, now=NOW)
        admin = Person("k", ADMIN)
        for lesson in queue(units, person=admin, now=NOW).lessons:
            decide(units, person=admin, lesson=lesson.id, verdict="accept", now=NOW)

    @property
    def in_use(self) -> str:
        fitting = model_files.fitting(self.root, model_files.lessons_in_use(self.root / "home"))
        return fitting.name if fitting else ""

    @property
    def states(self) -> dict[str, str]:
        return {t.model: t.state for t in promoting.history(self.storage.units)}

    @property
    def out(self) -> str:
        assert isinstance(self.console.out, io.StringIO)
        return self.console.out.getvalue()

    @property
    def err(self) -> str:
        assert isinstance(self.console.err, io.StringIO)
        return self.console.err.getvalue()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    for name in ("config.yml", "domain.yml", "data/a.yml", "bot/nlu/a.py", "bot/content/a.yml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "bot" / "coaching").mkdir()
    (tmp_path / "bot" / "coaching" / "taxonomy.py").write_text("")
    (tmp_path / "models").mkdir()
    monkeypatch.setenv("DOJO_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DOJO_DATABASE_URL", raising=False)
    console = Console(Texts("en"), root=tmp_path)
    storage = open_storage(console.settings())
    made = Workshop(tmp_path, storage)
    compared: Callable[..., Any] = lambda *_, **given: given["tick"]() or made.figures  # noqa: E731
    monkeypatch.setattr(teaching, "make_model", made.make)
    monkeypatch.setattr("bot.commands.training.make_model", made.make)
    monkeypatch.setattr(teaching, "compare_models", compared)
    monkeypatch.setattr(promotion, "hand_over", made.hand_over)
    yield made
    storage.close()


def test_a_candidate_that_is_not_worse_is_in_use_with_its_lessons_until_it_is_rolled_back(
    shop: Workshop,
) -> None:
    assert shop.run("train") == 0
    plain = shop.in_use
    shop.correct()
    assert shop.run("train", "--with-corrections") == 0
    candidate = shop.in_use
    assert candidate != plain
    assert shop.taken == [candidate]
    assert shop.states == {candidate: PROMOTED}
    assert 'text: "it costs the earth"' in model_files.lessons_in_use(shop.root / "home").read_text()
    assert shop.run("train") == 0
    assert shop.in_use == candidate
    assert f"{candidate} is in use now." in shop.out

    assert shop.run("models", "rollback", "--reason", "too eager") == 0
    assert shop.in_use == plain
    assert shop.taken == [candidate, plain]
    assert shop.states == {candidate: ROLLED_BACK}
    assert not (shop.root / "models" / candidate).exists()
    assert model_files.newest(shop.root) == shop.root / "models" / plain
    with pytest.raises(Stop, match="nothing_promoted"):
        shop.run("models", "rollback")
    assert shop.run("models", "promote") == 0
    assert shop.in_use == candidate


def test_other_code_teaches_the_lessons_in_use_again(shop: Workshop) -> None:
    shop.correct()
    shop.run("train", "--with-corrections")
    (shop.root / "data" / "a.yml").write_text("changed")
    assert shop.in_use == ""
    assert shop.run("train") == 0
    assert "it costs the earth" in shop.taught[-1]
    with pytest.raises(Stop, match="stale"):
        shop.run("models", "promote")


def test_a_worse_candidate_is_refused_unless_a_person_says_why(shop: Workshop) -> None:
    shop.run("train")
    plain = shop.in_use
    shop.correct()
    shop.figures = WORSE
    assert shop.run("train", "--with-corrections") == 1
    assert shop.in_use == plain
    assert list(shop.states.values()) == [REFUSED]
    assert shop.taken == []
    assert "Worse: development set, objection, zh, label price: 0.900 > 0.800" in shop.out
    with pytest.raises(WrongInput, match="reason"):
        shop.run("models", "promote")
    assert shop.run("models", "promote", "--reason", "we sell to banks only") == 0
    (training,) = promoting.history(shop.storage.units)
    assert (training.state, training.decision, training.reason) == (
        PROMOTED, "person", "we sell to banks only",
    )  # fmt: skip
    assert shop.in_use == training.model


def test_force_needs_a_reason_before_anything_is_trained(shop: Workshop) -> None:
    shop.correct()
    with pytest.raises(WrongInput, match="reason"):
        shop.run("train", "--with-corrections", "--promote", "force")
    shop.figures = WORSE
    assert shop.run("train", "--with-corrections", "--promote", "force", "--reason", "sure") == 0
    assert list(shop.states.values()) == [PROMOTED]


def test_never_leaves_the_decision_open(shop: Workshop) -> None:
    shop.correct()
    assert shop.run("train", "--with-corrections", "--promote", "never", "--json") == 0
    told = json.loads(shop.out)
    assert (told["state"], told["figures"]["not_worse"], len(told["lessons"])) == (CANDIDATE, True, 1)
    assert shop.taken == []


def test_a_dojo_that_does_not_take_the_model_changes_nothing(shop: Workshop) -> None:
    shop.run("train")
    plain = shop.in_use
    shop.correct()
    shop.takes = False
    with pytest.raises(Stop, match="not_taken"):
        shop.run("train", "--with-corrections")
    assert shop.in_use == plain
    assert list(shop.states.values()) == [CANDIDATE]
    assert [path.name for path in (shop.root / "models").glob("*.tar.gz")] == [plain]


def test_without_accepted_corrections_nothing_is_trained(shop: Workshop) -> None:
    assert shop.run("train", "--with-corrections") == 0
    assert shop.states == {}
    assert "no accepted correction" in shop.err


def test_corrections_that_are_known_already_are_not_learned_again(shop: Workshop) -> None:
    shop.correct()
    shop.run("train", "--with-corrections")
    assert shop.run("train", "--with-corrections") == 0
    assert len(shop.states) == 1
    assert shop.run("train", "--with-corrections", "--force") == 0
    assert len(shop.states) == 2


@pytest.mark.parametrize("failing", [Stop("train.failed", log="x"), Interrupted(15), RuntimeError("x")])
def test_a_training_that_fails_is_on_record_and_the_model_in_use_stays(
    shop: Workshop, failing: BaseException
) -> None:
    shop.run("train")
    plain = shop.in_use
    shop.correct()
    shop.failing = failing
    if isinstance(failing, Interrupted):
        assert shop.run("train", "--with-corrections") == 128 + 15
    else:
        with pytest.raises(type(failing)):
            shop.run("train", "--with-corrections")
    assert shop.states == {"": FAILED}
    assert shop.in_use == plain
    assert list((shop.root / "home" / "lessons" / "candidates").iterdir()) == []


@pytest.mark.parametrize("where", ["write_text", "make", "keep", "use"])
def test_a_full_disk_is_told_and_leaves_nothing_behind(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Wherever it fills up: writing the lessons, training, keeping the candidate, putting it in use."""
    shop.run("train")
    plain = shop.in_use
    shop.correct()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if where == "make":
        shop.failing = OSError(errno.ENOSPC, "No space left on device")
    elif where == "write_text":
        monkeypatch.setattr(Path, "write_text", full)
    else:
        monkeypatch.setattr(Candidates, where, full)
    entered = promoting.begin(shop.storage.units, by=None, now=NOW)
    with pytest.raises(OSError, match="No space") as raised:
        shop.run("train", "--with-corrections", "--training", str(entered.id))
    told = sentence(raised.value)
    assert told is not None and "disk is full" in shop.console.texts(told.key)
    (training,) = promoting.history(shop.storage.units)
    if where == "use":  # it was compared: somebody may promote it when there is room
        assert training.state == CANDIDATE
    else:
        assert (training.state, training.reason) == (FAILED, "error.disk_full")
        assert list((shop.root / "home" / "lessons" / "candidates").iterdir()) == []
    assert shop.in_use == plain
    assert shop.taken == []


def test_an_entry_that_was_made_for_it_is_used_and_cut_off_ones_are_closed(shop: Workshop) -> None:
    cut = promoting.begin(shop.storage.units, by=None, now=NOW)
    left = shop.candidates.begin("nlu: []")
    shop.correct()
    assert shop.run("train", "--with-corrections") == 0
    assert sorted(shop.states.values()) == [FAILED, PROMOTED]
    assert not left.exists()
    entered = promoting.begin(shop.storage.units, by=None, now=NOW)
    assert shop.run("train", "--with-corrections", "--training", str(entered.id)) == 0
    with shop.storage.units(reading=True) as uow:
        done, failed = uow.trainings.find(entered.id), uow.trainings.find(cut.id)
    assert done is not None and failed is not None
    assert (done.state, done.reason, failed.reason) == (FAILED, "unchanged", "interrupted")


def test_the_list_shows_a_training_that_was_cut_off_as_failed(shop: Workshop) -> None:
    promoting.begin(shop.storage.units, by=None, now=NOW)
    with shop.candidates.alone():
        shop.run("models")
    assert list(shop.states.values()) == [TRAINING]
    shop.run("models")
    assert list(shop.states.values()) == [FAILED]
    shop.console.texts = Texts("zh")
    shop.run("models")
    assert shop.out.splitlines()[-1].split()[-3:] == ["-", "失败", "中断"]


def test_two_trainings_at_once_are_one_too_many(shop: Workshop) -> None:
    shop.correct()
    entered = promoting.begin(shop.storage.units, by=None, now=NOW)
    with shop.candidates.alone() as mine:
        assert mine
        with pytest.raises(Stop, match="busy"):
            shop.run("train", "--with-corrections", "--training", str(entered.id))
        (training,) = promoting.history(shop.storage.units)
        assert (training.state, training.reason) == (FAILED, "teach.busy")
        with pytest.raises(Stop, match="busy"):
            shop.run("train", "--with-corrections")
        with pytest.raises(Stop, match="busy"):
            shop.run("models", "rollback")
    assert TRAINING not in shop.states.values()


def test_rolling_back_goes_step_by_step_or_to_a_named_model(shop: Workshop) -> None:
    made = []
    texts: Sequence[str] = [t for t in (f"line {n}" for n in range(40)) if not is_held_back(t)][:3]
    for text in texts:
        shop.correct(text)
        shop.run("train", "--with-corrections")
        made.append(shop.in_use)
    shop.run("models", "rollback")
    assert shop.in_use == made[1]
    shop.run("models", "rollback")
    assert shop.in_use == made[0]
    with pytest.raises(WrongInput, match="unknown"):
        shop.run("models", "rollback", "--to", "never-made")
    shop.run("models", "promote", made[2])
    assert shop.in_use == made[2]
    shop.run("models", "rollback", "--to", made[0].removesuffix(".tar.gz"))
    assert shop.in_use == made[0]
    shop.run("models", "rollback", "--to", "none")
    assert shop.candidates.in_use == ""
    assert shop.taught[-1] == ""


def test_the_list_names_the_model_in_use_and_what_became_of_each(shop: Workshop) -> None:
    shop.correct()
    shop.run("train", "--with-corrections")
    name = shop.in_use
    assert shop.run("models") == 0
    assert f"In use: {name}" in shop.out
    assert any(line.startswith(f"* {name}") and "promoted" in line for line in shop.out.splitlines())
    shop.console.out = io.StringIO()
    shop.run("models", "--json")
    (told,) = map(json.loads, shop.out.splitlines())
    assert (told["model"], told["in_use"], told["decision"]) == (name, True, "auto")


def test_only_the_latest_candidates_are_kept_and_the_one_in_use(shop: Workshop) -> None:
    shop.correct()
    shop.run("train", "--with-corrections")
    first = shop.candidates.in_use
    for _ in range(8):
        shop.run("train", "--with-corrections", "--force", "--promote", "never")
    kept = {path.name for path in (shop.root / "home" / "lessons" / "candidates").iterdir()}
    assert first in kept
    assert len(kept) == 7


@pytest.mark.parametrize(("number", "told"), [(20, False), (21, True), (350, True)])
def test_a_long_list_of_past_sessions_says_how_many_more_there_are(number: int, told: bool) -> None:
    item = {"turn": 1, "family": "technique", "old": ["none"], "new": ["yes_if"]}
    past = {"lines": 400, "sessions": 400, "changed_lines": number, "changed_sessions": number}
    changed = [{"session": f"s{n}", **item} for n in range(number)][:300]
    console = Console(Texts("en"), io.StringIO(), io.StringIO())
    comparison_report.show(console, {**FINE, "sessions": {**past, "changed": changed}})
    assert isinstance(console.out, io.StringIO)
    written = console.out.getvalue()
    assert "s19" in written and "s20" not in written
    assert (f"{number - 20} more; see Models on the page" in written) == told
