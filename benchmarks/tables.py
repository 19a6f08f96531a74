"""The tables of a run's figures: what stands in each row. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.nlu import SYSTEMS
from benchmarks.plan import BOTS, ROLE_PLAY
from benchmarks.wording import wording

Figures = Mapping[str, Any]

GOALS = {
    "objection_zh": "≥ 0.70, ECE ≤ 0.08",
    "objection_en": "≥ 0.70, ECE ≤ 0.08",
    "technique": "≥ 0.68, ECE ≤ 0.08",
    "train_seconds": "≤ 120 s",
    "train_ratio": "≤ 0.10",
    "parse_p50": "≤ 25 ms",
    "parse_p99": "≤ 80 ms",
    "turn_p50": "≤ 1",
    "role_play": "≤ 1.5",
    "growth": "≤ 1.5",
    "warm": "≤ 20 s",
    "cold": "≤ 20 s",
    "slack_ack_max": "≤ 3 s",
    "slack_wrong": "0",
    "room": "≤ 200 ms (p95)",
    "room_memory": "≤ 300 MB",
}
"""What the figures of ours, or its ratio to stock, should be at most or at least."""

NLU_ROWS = (
    "trained_on",
    "objection_zh",
    "objection_en",
    "technique",
    "train_seconds",
    "train_ratio",
    "train_processor_seconds",
    "train_peak_mb",
    "model_mb",
    "load_seconds",
    "first_ms",
    "parse_p50",
    "parse_ratio",
    "parse_p99",
    "rss_mb",
)
START_ROWS = ("cold", "warm", "first_turn")
TURN_ROWS = ("turn_p50", "turn_p99", "turn_first", "per_second", "processor_ms", "failed")
MEMORY_ROWS = ("web", "rasa", "actions", "dojo", "guard", "all_ours", "stock")


@dataclass(frozen=True)
class Table:
    """A table: its part of the run, the keys of its headings, and its rows by key."""

    part: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def tables(found: Figures) -> list[Table]:
    """Return a table for each part that was measured."""
    makers: dict[str, Callable[[Figures], Table]] = {
        "nlu": _nlu,
        "start": _start,
        "turn": _turn,
        "growth": _growth,
        "memory": _memory,
        "slack": _slack,
        "room": _room,
    }
    return [makers[part](found[part]) for part in makers if part in found]


def _nlu(figures: Figures) -> Table:
    systems = figures["systems"]
    rows = []
    for row in NLU_ROWS:
        cells = [_nlu_cell(row, systems.get(name), systems) for name in SYSTEMS]
        rows.append((row, (*cells, GOALS.get(row, ""))))
    return Table("nlu", ("measure", *SYSTEMS, "goal"), tuple(rows))


def _nlu_cell(row: str, system: Figures | None, systems: Figures) -> str:
    if system is None:
        return wording()("table.not_run")
    baselines = (systems[name] for name in SYSTEMS if name.startswith("stock") and name in systems)
    baseline = next((other for other in baselines if other["lines"] == system["lines"]), None)
    parse = system["objection"]["parse_ms"]
    cells: dict[str, Callable[[], str]] = {
        "trained_on": lambda: wording()("table.lines", count=system["lines"]),
        "objection_zh": lambda: _scores(system["objection"]["by_lang"].get("zh")),
        "objection_en": lambda: _scores(system["objection"]["by_lang"].get("en")),
        "technique": lambda: _scores(system["technique"]),
        "train_seconds": lambda: f"{system['train_seconds']:.0f} s",
        "train_ratio": lambda: _share(system["train_seconds"], baseline and baseline["train_seconds"]),
        "train_processor_seconds": lambda: f"{system['train_processor_seconds']:.0f} s",
        "train_peak_mb": lambda: f"{system['train_peak_mb']:.0f} MB",
        "model_mb": lambda: f"{system['model_mb']:.1f} MB",
        "load_seconds": lambda: f"{system['load_seconds']:.1f} s",
        "first_ms": lambda: f"{system['first_ms']:.0f} ms",
        "parse_p50": lambda: _ranged(parse["p50"], "ms"),
        "parse_ratio": lambda: _share(
            parse["p50"]["median"], baseline and baseline["objection"]["parse_ms"]["p50"]["median"]
        ),
        "parse_p99": lambda: f"{parse['p99']:.1f} ms",
        "rss_mb": lambda: f"{system['rss_mb']:.0f} MB",
    }
    return cells[row]()


def _share(ours: float, theirs: float | None) -> str:
    return wording()("table.no_baseline") if theirs is None else f"{ours / theirs:.2f}"


def _scores(scores: Figures | None) -> str:
    if scores is None:
        return wording()("table.no_lines")
    return f"{scores['accuracy']:.3f} / {scores['macro_f1']:.3f} / {scores['ece']:.3f}"


def _start(figures: Figures) -> Table:
    ours, stock = (figures[bot] for bot in BOTS)
    rows = [
        _pair("cold", ours["cold_seconds"], stock["cold_seconds"], "s"),
        _pair_of_spreads("warm", ours["warm_seconds"], stock["warm_seconds"], "s")
        if ours["warm_seconds"]
        else ("warm", (wording()("table.not_run"),) * 2 + ("", GOALS["warm"])),
        _pair_of_spreads("first_turn", ours["first_turn_ms"], stock["first_turn_ms"], "ms"),
    ]
    return Table("start", ("measure", *BOTS, "ratio", "goal"), tuple(rows))


def _turn(figures: Figures) -> Table:
    rows: list[tuple[str, tuple[str, ...]]] = []
    for users, found in figures.items():
        if users == ROLE_PLAY:
            failed = f"{found[ROLE_PLAY]['failed']} / {found[ROLE_PLAY]['turns']}"
            rows += [(ROLE_PLAY, _role_play(found)), ("role_play_failed", (failed, "", "", ""))]
            continue
        ours, stock = (found[bot] for bot in BOTS)
        for row, cells in (
            ("turn_p50", _latency(ours["whole_ms"], stock["whole_ms"], _times(found["p50_ratio"]))),
            (
                "turn_p99",
                (
                    f"{ours['whole_ms']['p99']:.0f} ms",
                    f"{stock['whole_ms']['p99']:.0f} ms",
                    f"{found['p99_ratio']:.2f}",
                ),
            ),
            ("turn_first", _latency(ours["first_ms"], stock["first_ms"], _share_of_first(ours, stock))),
            (
                "per_second",
                (
                    _ranged(ours["per_second"], "", 1),
                    _ranged(stock["per_second"], "", 1),
                    _times(found["per_second_ratio"]),
                ),
            ),
            _pair("processor_ms", ours["processor_ms"], stock["processor_ms"], "ms"),
            (
                "failed",
                (f"{ours['failed']} / {ours['turns']}", f"{stock['failed']} / {stock['turns']}", ""),
            ),
        ):
            rows.append((f"{row}.{users}", (*cells[:3], GOALS.get(row, ""))))
    return Table("turn", ("measure", *BOTS, "ratio", "goal"), tuple(rows))


def _role_play(found: Figures) -> tuple[str, ...]:
    """Compare a role-play's turn with one of the coach's: stock Rasa has neither."""
    coach = wording()("table.coach", turn=_ranged(found["ours"]["whole_ms"]["p50"], "ms"))
    turn = _ranged(found[ROLE_PLAY]["whole_ms"]["p50"], "ms")
    return turn, coach, _times(found["p50_ratio"]), GOALS["role_play"]


def _growth(figures: Figures) -> Table:
    rows = []
    for name, measured in (*((bot, figures) for bot in BOTS), (ROLE_PLAY, figures[ROLE_PLAY])):
        found = measured["bots"][name]
        early, late = (_ranged(found[when]["p50"], "ms") for when in ("early_ms", "late_ms"))
        goal = "" if name == "stock" else GOALS["growth"]
        cells = (str(measured["turn"]), early, late, f"{found['ratio']:.2f}", str(found["failed"]), goal)
        rows.append((name, cells))
    heads = ("bot", "turn_number", "early_turn", "late_turn", "growth_ratio", "failed", "goal")
    return Table("growth", heads, tuple(rows))


def _memory(figures: Figures) -> Table:
    rows = []
    for row in MEMORY_ROWS:
        cells = []
        for moment in ("started", "used"):
            bots = figures[moment]
            if row == "all_ours":
                memory = {
                    size: sum(process[size] for process in bots["ours"].values()) for size in ("rss", "pss")
                }
            else:
                memory = bots["stock" if row == "stock" else "ours"].get(row, {"rss": 0.0, "pss": 0.0})
            cells.append(f"{memory['rss']:.0f} / {memory['pss']:.0f} MB")
        rows.append((row, tuple(cells)))
    return Table("memory", ("process", "started", "used"), tuple(rows))


def _slack(figures: Figures) -> Table:
    ack, answer, memory = figures["ack_ms"], figures["answer_ms"], figures["memory"]
    rows = (
        ("messages", f"{figures['messages']}", ""),
        ("refused", f"{figures['refused']}", GOALS["slack_wrong"]),
        ("lost", f"{figures['lost']}", GOALS["slack_wrong"]),
        ("doubled", f"{figures['doubled']}", GOALS["slack_wrong"]),
        ("out_of_order", f"{figures['out_of_order']}", GOALS["slack_wrong"]),
        (
            "ack",
            f"{ack['p50']['median']:.0f} / {ack['p99']:.0f} / {ack['max']:.0f} ms",
            GOALS["slack_ack_max"],
        ),
        (
            "answer",
            f"{answer['p50']['median']:.0f} / {answer['p95']:.0f} / {answer['p99']:.0f}"
            f" / {answer['max']:.0f} ms",
            "",
        ),
        ("processor_ms", f"{figures['processor_ms']:.1f} ms", ""),
        ("rasa", f"{memory['started']['rasa']:.0f} / {memory['used']['rasa']:.0f} MB", ""),
        (
            "all_ours",
            f"{sum(memory['started'].values()):.0f} / {sum(memory['used'].values()):.0f} MB",
            "",
        ),
    )
    return Table("slack", ("measure", "ours", "goal"), tuple((row, cells) for row, *cells in rows))


def _room(figures: Figures) -> Table:
    """Set the pages of the largest company beside those of the smallest one."""
    rows = []
    for database in ("sqlite", "postgresql"):
        small, large = figures[database][0], figures[database][-1]
        for page, taken in large["pages"].items():
            before = small["pages"][page]
            cells = (
                database,
                f"{before['p50']:.0f} / {before['p95']:.0f} ms",
                f"{taken['p50']:.0f} / {taken['p95']:.0f} ms",
                f"{taken['p95'] / before['p95']:.2f}",
                GOALS["room"],
            )
            rows.append((page, cells))
        memory = (f"{one['memory']['peak_mb']:.0f} MB" for one in (small, large))
        rows.append(("memory", (database, *memory, "", GOALS["room_memory"])))
    return Table("room", ("measure", "database", "few", "many", "times", "goal"), tuple(rows))


def _pair(row: str, ours: float, theirs: float, unit: str) -> tuple[str, tuple[str, ...]]:
    cells = (f"{ours:.1f} {unit}", f"{theirs:.1f} {unit}", f"{ours / theirs:.2f}" if theirs else "")
    return row, (*cells, GOALS.get(row, ""))


def _pair_of_spreads(row: str, ours: Figures, theirs: Figures, unit: str) -> tuple[str, tuple[str, ...]]:
    ratio = f"{ours['median'] / theirs['median']:.2f}"
    return row, (_ranged(ours, unit), _ranged(theirs, unit), ratio, GOALS.get(row, ""))


def _latency(ours: Figures, theirs: Figures, ratio: str) -> tuple[str, ...]:
    return _ranged(ours["p50"], "ms"), _ranged(theirs["p50"], "ms"), ratio


def _share_of_first(ours: Figures, theirs: Figures) -> str:
    return f"{ours['first_ms']['p50']['median'] / theirs['first_ms']['p50']['median']:.2f}"


def _times(ratio: Figures) -> str:
    return _ranged(ratio, "", 2)


def _ranged(spread: Figures, unit: str, digits: int = 1) -> str:
    middle, low, high = (f"{spread[name]:.{digits}f}" for name in ("median", "low", "high"))
    return f"{middle} {unit}".rstrip() + f" ({low}–{high})"
