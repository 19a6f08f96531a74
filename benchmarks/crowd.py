"""A company that has practised for a year: any number of sessions, made fast and always the same for a seed.

A few dozen sessions are practised for real, by the same use cases as everywhere and with the project's own
content; only the reading of the lines is written here instead of by a model. Then they are copied with other
people, lines, scores and times, row by row, past everything that would make it slow. The blocks that the dojo
showed, two thirds of the bytes, are copied for every tenth session only; the figures of the dashboards are
made for every tenth trainee, and the other nine are given copies of them.
"""

from __future__ import annotations

import io
import json
import random
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert, literal, select
from sqlalchemy.future import Engine

from benchmarks.lines import TrainingLine
from bot.bootstrap import open_storage
from bot.coaching.reading import Nature, Objection, Piece, Reading
from bot.coaching.taxonomy import LANGS, OBJECTION_TYPES, STEPS, TECHNIQUES
from bot.content.loader import load_content
from bot.content.phrases import load_coach_phrases
from bot.content.schema import Content
from bot.services.access import ADMIN, TRAINEE, TRAINER
from bot.services.accounts import admit, make_account
from bot.services.answering import answer
from bot.services.calendar import day_of, week_of
from bot.services.job import Command, Profile
from bot.services.opening import open_session
from bot.services.shelf import Shelf
from bot.services.tallies import refresh
from bot.settings import Settings
from bot.storage.engine import open_engine
from bot.storage.figure_tables import figures, standings
from bot.storage.schema import upgrade
from bot.storage.unit_of_work import UnitOfWorkFactory, unit_of_work_factory

SECRET: Final = "a-secret-of-the-benchmarks-long-enough"
TEAM: Final = 20
"""Trainees in a team."""

_TEAMS_OF_ONE: Final = 2
_TEAMS_OF_MANY: Final = 15
_TURNS: Final = 20
_PATTERNS: Final = 12
"""Sessions that are practised for real in each language."""

_WITH_REPLIES: Final = 10
_WITH_FIGURES: Final = 10
_AT_ONCE: Final = 500
_DIGESTS_AT_ONCE: Final = 1000
_BEGAN: Final = datetime(2025, 11, 22, 8, 0, tzinfo=timezone.utc)
_YEAR: Final = timedelta(days=365)
_STEP: Final = timedelta(seconds=30)
_TABLES: Final = (
    "sessions", "turns", "replies", "clicks", "talks", "talk_turns", "talk_events", "appeals", "drills",
    "drill_answers",
)  # fmt: skip
_OUTCOMES: Final = ("agreed", "agreed", "open", "left")

Row = dict[str, Any]
Write = Callable[[str, Sequence[str], list[tuple[Any, ...]]], None]


@dataclass(frozen=True)
class Company:
    """Who may look at it: the tokens of their sign-ins, and some sessions to read."""

    admin: str
    trainer: str
    head: str
    sessions: tuple[str, ...]


@dataclass
class Pattern:
    """A session that was practised for real: its rows by table, its language, the number of each turn."""

    lang: str
    rows: dict[str, list[Row]] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)


def fill(
    url: str, sessions: int, seed: int, lines: Sequence[TrainingLine], tell: Callable[[str], None]
) -> Company:
    """Bring an empty database to the newest schema and fill it; returns who may look at it."""
    content = load_content()
    patterns = _patterns(content, lines, seed)
    engine = open_engine(url)
    upgrade(engine)
    units = unit_of_work_factory(engine)
    company, trainees = _people(units, sessions)
    tell("rows")
    with _writer(url) as write:
        public_ids = _copy(patterns, trainees, sessions, _pools(lines), random.Random(seed), write)
    if not url.startswith("sqlite"):
        _number_on(url)
    tell("digests")
    now = _BEGAN + _YEAR + timedelta(days=1)
    while _digest(units, now):
        pass
    tell("figures")
    _make_figures(units, engine, trainees)
    engine.dispose()
    return Company(*company, tuple(public_ids))


def _digest(units: UnitOfWorkFactory, now: datetime) -> bool:
    """Make the inbox's index of some sessions, without their figures; tells whether more are left."""
    with units() as uow:
        due = uow.digests.due(now, _DIGESTS_AT_ONCE)
        uow.digests.done(due)
        uow.commit()
    return due.more


def _make_figures(units: UnitOfWorkFactory, engine: Engine, trainees: Sequence[int]) -> None:
    for trainee in trainees[::_WITH_FIGURES]:
        with units() as uow:
            moments = uow.figures.moments_of(of=[trainee]).get(trainee, ())
            refresh(uow, trainee, {week_of(day_of(moment)) for moment in moments})
            uow.commit()
    with engine.begin() as connection:
        for table in (figures, standings):
            others = [column for column in table.c if column.name not in ("id", "trainee_id")]
            for place, trainee in enumerate(trainees):
                model = trainees[place - place % _WITH_FIGURES]
                if trainee != model:
                    copy = select(literal(trainee), *others).where(table.c.trainee_id == model)
                    connection.execute(insert(table).from_select([table.c.trainee_id, *others], copy))


def _people(units: UnitOfWorkFactory, sessions: int) -> tuple[tuple[str, str, str], list[int]]:
    """Make teams, trainees, a trainer of a few, a trainer of many, an admin; a trainee for 100 sessions."""
    secret, now = SECRET.encode(), _BEGAN
    with units() as uow:
        teams = [
            uow.teams.add(f"Team {number}", now=now).id
            for number in range(max(_TEAMS_OF_MANY + 1, sessions // 100 // TEAM))
        ]
        trainees = []
        for number in range(len(teams) * TEAM):
            account = make_account(
                uow, secret, login=f"trainee{number}", name=f"学员 Trainee {number}", role=TRAINEE,
                lang=LANGS[number % 2], password_hash="", now=now,
            )  # fmt: skip
            uow.teams.join(teams[number % len(teams)], account.id)
            found = uow.trainees.of_account(account.id)
            assert found is not None
            trainees.append(found.id)
        tokens = []
        for login, role, of in (
            ("admin", ADMIN, 0), ("trainer", TRAINER, _TEAMS_OF_ONE), ("head", TRAINER, _TEAMS_OF_MANY)
        ):  # fmt: skip
            account = make_account(
                uow, secret, login=login, name=login, role=role, lang="en", password_hash="", now=now
            )
            for team in teams[:of]:
                uow.teams.join(team, account.id)
            tokens.append(admit(uow, account, datetime.now(timezone.utc)))
        uow.commit()
    return (tokens[0], tokens[1], tokens[2]), trainees


def _patterns(content: Content, lines: Sequence[TrainingLine], seed: int) -> list[Pattern]:
    """Practise some sessions in a database of their own, and take their rows out of it."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patterns.db"
        storage = open_storage(Settings(home=Path(folder), database_url=f"sqlite:///{path}"))
        try:
            for lang in LANGS:
                for number in range(_PATTERNS):
                    _Player(storage.units, content, lang, _pools(lines), chance).play(number)
        finally:
            storage.close()
        return _read(path)


def _pools(lines: Sequence[TrainingLine]) -> dict[tuple[str, str], list[str]]:
    """Return customers' lines and sellers' replies by language and `obj` or `tech`."""
    pools = defaultdict(list)
    for line in lines:
        kind, _, label = line.intent.partition("_")
        if kind in ("obj", "tech") and label != "none":
            said = line.text.rpartition("|||")[2].strip()
            pools[line.lang, kind].append(" ".join(word for word in said.split() if word[0] != "["))
    return pools


class _Player:
    """Somebody who practises."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        content: Content,
        lang: str,
        pools: Mapping[tuple[str, str], list[str]],
        chance: random.Random,
    ) -> None:
        self._units, self._content, self._lang = units, content, lang
        self._pools, self._chance = pools, chance
        self._shelf, self._phrases = Shelf(content), load_coach_phrases()
        self._now, self._slots, self._count = _BEGAN, dict[str, Any](), 0

    def play(self, number: int) -> None:
        """Practise for twenty turns: lines asked about, role-plays, a drill."""
        self._session = open_session(
            self._units, trainee_key=None, name="", channel="web", lang=self._lang,
            product=sorted(self._content.products)[number % len(self._content.products)], now=self._now,
        ).public_id  # fmt: skip
        if number % 3 == 0:
            for _ in range(_TURNS - 5):
                self._ask()
            self._click("start_drill")
            for _ in range(4):
                self._answer_drill()
            return
        scenarios = sorted(self._content.scenarios)
        while self._count < _TURNS - 4:
            self._click("choose_scenario", scenario=self._chance.choice(scenarios))
            while self._slots.get("customer_line") and self._count < _TURNS:
                self._reply()
        if self._slots.get("customer_line"):
            self._click("stop")
        while self._count < _TURNS:
            self._ask()

    def _ask(self) -> None:
        text, type_ = self._said("obj"), self._chance.choice(OBJECTION_TYPES)
        share = self._chance.uniform(0.4, 0.99)
        objection = Objection(type_, share, text, Nature("genuine", 0.7, ""))
        other = self._chance.choice(OBJECTION_TYPES)
        reading = Reading(
            text, self._lang, f"obj_{type_}", share, () if share < 0.5 else (objection,),
            ranking=((type_, share), (other, 1 - share)), unsure=share < 0.5, model_version="bench",
        )  # fmt: skip
        self._send(text, reading, Command("customer"))

    def _reply(self) -> None:
        text, technique = self._said("tech"), self._chance.choice(TECHNIQUES)
        marks = dict.fromkeys(self._chance.sample(STEPS, 3), 0.9)
        reading = Reading(
            text, self._lang, f"tech_{technique}", 0.9, technique_ranking=((technique, 0.85),),
            pieces=(Piece(text, 0, len(text), marks),), model_version="bench",
        )  # fmt: skip
        self._send(text, reading, Command("seller"))

    def _answer_drill(self) -> None:
        with self._units(reading=True) as uow:
            found = uow.sessions.find(self._session)
            drill = uow.drills.running(found) if found else None
        if drill is None:
            self._ask()
        elif drill.question["kind"] == "answer":
            self._reply()
        else:
            kind = str(drill.question["kind"])
            given = self._chance.choice(OBJECTION_TYPES if kind == "type" else TECHNIQUES)
            self._click("answer_drill", turn=drill.question["turn"], **{kind: given})

    def _click(self, intent: str, **values: Any) -> None:
        self._send(f"/{intent}{json.dumps(values)}", None, Command(intent, values))

    def _said(self, kind: str) -> str:
        return self._chance.choice(self._pools[self._lang, kind])

    def _send(self, text: str, reading: Reading | None, command: Command) -> None:
        self._count += 1
        self._now += _STEP
        outcome = answer(
            self._units, self._shelf, self._phrases, session=self._session, message_id=f"m{self._count}",
            text=text, reading=reading, command=command,
            profile=Profile(self._lang, str(self._slots.get("product") or "")), now=self._now,
        )  # fmt: skip
        self._slots.update(outcome.slots)


def _read(path: Path) -> list[Pattern]:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    patterns = {}
    of_turn, of_talk, of_drill = dict[int, int](), dict[int, int](), dict[int, int]()
    for table in _TABLES:
        for row in connection.execute(f"SELECT * FROM {table} ORDER BY id"):
            values = dict(row)
            if table == "sessions":
                patterns[row["id"]] = Pattern(row["lang"], {name: [] for name in _TABLES})
            session = (
                row["id"] if table == "sessions"
                else values["session_id"] if "session_id" in values
                else of_turn[values["turn_id"]] if "turn_id" in values
                else of_talk[values["talk_id"]]
            )  # fmt: skip
            for known, name in ((of_turn, "turns"), (of_talk, "talks"), (of_drill, "drills")):
                if table == name:
                    known[row["id"]] = session
            if table == "turns":
                patterns[session].numbers[row["id"]] = row["number"]
            patterns[session].rows[table].append(values)
    connection.close()
    return list(patterns.values())


def _copy(
    patterns: Sequence[Pattern],
    trainees: Sequence[int],
    count: int,
    pools: Mapping[tuple[str, str], list[str]],
    chance: random.Random,
    write: Write,
) -> list[str]:
    """Copy the patterns, so many sessions in all; returns some public ids."""
    next_id = defaultdict(lambda: 1)
    waiting: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    names = {table: tuple(rows[0]) for pattern in patterns for table, rows in pattern.rows.items() if rows}
    kept = []
    for number in range(count):
        opened = _BEGAN + _YEAR * number / count
        pattern = patterns[number % len(patterns)]
        trainee = trainees[chance.randrange(len(trainees))]
        for table, row in _another(pattern, opened, trainee, number, pools, chance, next_id):
            waiting[table].append(tuple(row[name] for name in names[table]))
        if number % (_WITH_REPLIES * max(1, count // 2000)) == 0:
            kept.append(f"bench-{number}")
        if (number + 1) % _AT_ONCE == 0 or number == count - 1:
            for table in _TABLES:
                if waiting[table]:
                    write(table, names[table], waiting.pop(table))
    return kept


def _another(
    pattern: Pattern,
    opened: datetime,
    trainee: int,
    number: int,
    pools: Mapping[tuple[str, str], list[str]],
    chance: random.Random,
    next_id: dict[str, int],
) -> Iterator[tuple[str, Row]]:
    """Yield the rows of a session like another one: with people, words, scores and times of its own."""
    ids: dict[tuple[str, int], int] = {}
    words: dict[int, tuple[str, str]] = {}
    for table in _TABLES:
        if table == "replies" and number % _WITH_REPLIES:
            continue
        for old in pattern.rows[table]:
            row = {**old, "id": next_id[table]}
            ids[table, old["id"]] = next_id[table]
            next_id[table] += 1
            for name, of in (
                ("session_id", "sessions"), ("turn_id", "turns"), ("talk_id", "talks"),
                ("drill_id", "drills"), ("talk_turn_id", "talk_turns"),
            ):  # fmt: skip
                if name in row:
                    row[name] = ids[of, old[name]]
            if "trainee_id" in row:
                row["trainee_id"] = trainee
            turn = old["number"] if table == "turns" else pattern.numbers.get(old.get("turn_id"), 0)
            at = (opened + _STEP * turn).replace(tzinfo=None).isoformat(" ", "microseconds")
            for name in row:
                if name.endswith("_at") and row[name] is not None:
                    row[name] = at
            if table == "sessions":
                row["public_id"] = f"bench-{number}"
                row["active_at"] = (
                    (opened + _STEP * row["last_turn"]).replace(tzinfo=None).isoformat(" ", "microseconds")
                )
            elif table == "turns" and row["kind"] == "text":
                kind = "tech" if '"pieces"' in (row["reading"] or "") else "obj"
                said = chance.choice(pools[pattern.lang, kind])
                words[old["id"]] = (old["text"], said)
                row["text"] = said
                before, after = (json.dumps(text, ensure_ascii=False)[1:-1] for text in (old["text"], said))
                row["reading"] = (row["reading"] or "").replace(before, after) or None
            elif table == "talk_turns" and old["turn_id"] in words:
                row["reply"] = words[old["turn_id"]][1]
                row["score"] = None if row["score"] is None else chance.randrange(20, 100)
            elif table == "talks" and row["score"] is not None:
                row["score"], row["outcome"] = chance.randrange(20, 100), chance.choice(_OUTCOMES)
            yield table, row


class _writer:
    """Writes rows past everything that makes writing safe, and therefore slow."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> Write:
        if self._url.startswith("sqlite:///"):
            self._connection = sqlite3.connect(self._url.removeprefix("sqlite:///"))
            self._connection.execute("PRAGMA synchronous=OFF")
            return self._insert
        import psycopg2

        self._connection = psycopg2.connect(self._url)
        return self._stream

    def __exit__(self, *_: object) -> None:
        self._connection.commit()
        self._connection.close()

    def _insert(self, table: str, names: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" * len(names))
        self._connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)
        self._connection.commit()

    def _stream(self, table: str, names: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
        text = "".join("\t".join(map(_cell, row)) + "\n" for row in rows)
        self._connection.cursor().copy_expert(
            f"COPY {table} ({', '.join(names)}) FROM STDIN", io.StringIO(text)
        )
        self._connection.commit()


def _cell(value: object) -> str:
    if value is None:
        return "\\N"
    text = str(value)
    for plain, written in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(plain, written)
    return text


def _number_on(url: str) -> None:
    """Let PostgreSQL give the next rows ids that nobody has, and know what it holds."""
    import psycopg2

    connection = psycopg2.connect(url)
    connection.autocommit = True
    cursor = connection.cursor()
    for table in _TABLES:
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 1)) FROM {table}"
        )
    cursor.execute("SET TIME ZONE 'UTC'")
    cursor.execute("VACUUM ANALYZE")
    connection.close()
