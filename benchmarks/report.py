"""Where the results go: the table in a page between two marks, and a file of JSON."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.plan import PARTS, ROLE_PLAY, Plan
from benchmarks.tables import Table, tables
from benchmarks.wording import wording

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
_KIB = 1024


def machine() -> dict[str, Any]:
    """Return what the figures depend on; nothing in it names this machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _KIB**3
    return {
        "processors": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "rasa": version("rasa"),
        "dojo": version("objection-dojo"),
        "date": time.strftime("%Y-%m-%d"),
    }


def markdown(found: Mapping[str, Any]) -> str:
    """Return the whole report."""
    words, about = wording(), found["machine"]
    lines = [words("report.machine", **about)]
    if found["quick"]:
        lines += ["", words("report.quick")]
    for table in tables(found):
        lines += ["", f"### {words(f'report.{table.part}.title')}", ""]
        lines += [words(f"report.{table.part}.about", **_values(found, table.part)), ""]
        lines += _table(table)
    missing = [part for part in PARTS if part not in found]
    if missing:
        lines += ["", words("report.missing", parts=", ".join(missing))]
    return "\n".join(lines) + "\n"


def write_json(found: Mapping[str, Any], folder: Path) -> Path:
    """Write the figures beside those of earlier runs."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kind = "quick" if found["quick"] else "bench"
    path = folder / f"{kind}-{time.strftime('%Y%m%d-%H%M%S')}.json"
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def write_page(text: str, page: Path) -> None:
    """Put the report between the marks of a page; a page without them gets them at its end."""
    before = page.read_text(encoding="utf-8") if page.exists() else wording()("report.page")
    if BEGIN not in before or END not in before:
        before = f"{before.rstrip()}\n\n{BEGIN}\n{END}\n"
    head, _, rest = before.partition(BEGIN)
    _, _, tail = rest.partition(END)
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f"{head}{BEGIN}\n{text}{END}{tail}", encoding="utf-8")


def plan_figures(plan: Plan) -> dict[str, Any]:
    """Return how much was measured."""
    return {name: value for name, value in vars(plan).items() if name != "quick"}


def _values(found: Mapping[str, Any], part: str) -> dict[str, Any]:
    values = {**found["plan"], **found["machine"]}
    if part == "nlu":
        values |= {f"{task}_lines": count for task, count in found["nlu"]["held_out"].items()}
        values |= {"overlap": found["nlu"]["overlap"], "epochs": found["plan"]["stock_epochs"] or 100}
    if part == "growth":
        for name, measured in (("", found["growth"]), ("play_", found["growth"][ROLE_PLAY])):
            values |= {f"{name}first": measured["from"], f"{name}last": measured["to"]}
    return values


def _table(table: Table) -> list[str]:
    words = wording()
    heads = [words(f"head.{head}") for head in table.heads]
    rule = ["---", *["---:"] * (len(heads) - 1)]
    rows = [[_label(table.part, row), *cells] for row, cells in table.rows]
    return [f"| {' | '.join(row)} |" for row in (heads, rule, *rows)]


def _label(part: str, row: str) -> str:
    key, _, users = row.partition(".")
    label = wording()(f"row.{part}.{key}")
    if not users:
        return label
    return wording()("row.one_user" if users == "1" else "row.users", label=label, users=users)
