"""`./dojo bench`: chooses what to measure, measures it, and writes the results."""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import plan as plans
from benchmarks.errors import BenchmarkFailed, WrongArgument
from benchmarks.lines import customers_say, read_held_out, read_training_lines
from benchmarks.nlu import measure as measure_nlu
from benchmarks.plan import ON_DEMAND, PARTS, SERVING, Plan
from benchmarks.report import machine, markdown, plan_figures, write_json, write_page
from benchmarks.room import measure as measure_room
from benchmarks.serving import Stage
from benchmarks.slack import measure as measure_slack
from benchmarks.stock import stock_project
from benchmarks.wording import tell, tell_line, wording
from bot.bootstrap import make_home
from bot.commands import model_files
from bot.commands.console import ROOT
from bot.commands.family import Family
from bot.nlu.evaluation import OBJECTION, TECHNIQUE
from bot.settings import load_settings

_HELD_OUT = Path("tests") / "heldout"
_PAGE = Path("docs") / "performance.md"
_BASELINE_LINES = 1000
_FEWEST_LINES = 100
_FAILED, _WRONG, _TERMINATED = 1, 2, 128 + signal.SIGTERM


def main(arguments: Sequence[str]) -> int:
    """Measure and write; returns the exit code."""
    options = _parse(arguments)
    try:
        return _run(options)
    except BenchmarkFailed as failure:
        tell(failure.key, **failure.values)
        for line in failure.tail:
            tell_line(f"  {line}")
        return _WRONG if isinstance(failure, WrongArgument) else _FAILED


def _run(options: argparse.Namespace) -> int:
    plan = plans.quick(options.seed) if options.quick else _whole(options)
    parts = [part for part in (*PARTS, *ON_DEMAND) if part in (options.only or PARTS)]
    held_out = {
        task: read_held_out(path, task, plan.most_scored, plan.seed)
        for task, path in ((OBJECTION, options.objections), (TECHNIQUE, options.techniques))
    }
    lines = read_training_lines(ROOT / "data" / "nlu")
    kept = make_home(load_settings(folder=ROOT)) / "bench"
    found: dict[str, Any] = {"quick": plan.quick, "machine": machine(), "plan": plan_figures(plan)}
    about = found["machine"]
    tell("progress.begin", parts=", ".join(parts), processors=about["processors"], load=about["load"])
    if plan.quick:
        tell("progress.quick")
    with _terminable(), Family() as family, _scratch(kept) as scratch:
        serving = [part for part in parts if part in SERVING]
        with ThreadPoolExecutor(1) as aside:
            # a quick run uses the time; otherwise nothing runs beside what is measured
            early = aside.submit(stock_project, family, kept, plan) if serving and plan.quick else None
            if "nlu" in parts:
                found["nlu"] = measure_nlu(plan, family, ROOT, scratch, lines, held_out)
        if serving:
            project = early.result() if early else stock_project(family, kept, plan)
            _ensure_model()
            said = customers_say(lines, plan.seed)
            found |= Stage(plan, family, ROOT, scratch, project, said).measure(serving)
        if "slack" in parts:
            _ensure_model()
            found["slack"] = measure_slack(plan, family, ROOT, scratch, customers_say(lines, plan.seed))
        if "room" in parts:
            found["room"] = measure_room(plan, family, ROOT, scratch, lines)
    _write(options, found, kept, complete=parts == list(PARTS) and not plan.quick)
    return 0


def _whole(options: argparse.Namespace) -> Plan:
    if options.baseline_lines < _FEWEST_LINES:
        raise WrongArgument("too_few", least=_FEWEST_LINES)
    return plans.whole(options.seed, options.baseline_lines, options.baseline_full)


def _write(options: argparse.Namespace, found: dict[str, Any], kept: Path, *, complete: bool) -> None:
    text = markdown(found)
    sys.stdout.write(text)
    sys.stdout.flush()
    tell("progress.json", file=write_json(found, kept).name)
    page = options.page or (ROOT / _PAGE if complete else None)
    if page is None:
        tell("progress.no_page")
    else:
        write_page(text, page)
        tell("progress.page", page=page.name)


def _ensure_model() -> None:
    """Train the project's model if there is none, so that no start has to."""
    if model_files.fitting(ROOT) is not None:
        return
    tell("progress.model")
    if subprocess.run([sys.executable, "-m", "bot.cli", "train"], cwd=ROOT, stdout=sys.stderr).returncode:
        raise BenchmarkFailed("no_model")


@contextmanager
def _scratch(kept: Path) -> Iterator[Path]:
    """Make a folder on the disk that the dojo works on: one in memory would flatter the database."""
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=kept))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the run as Ctrl-C does: nothing is left behind."""

    def end(*_: Any) -> None:
        sys.exit(_TERMINATED)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    words = wording()
    parser = argparse.ArgumentParser(prog="dojo bench", description=words("help.about"))
    parser.add_argument("--quick", action="store_true", help=words("help.quick"))
    parser.add_argument("--only", action="append", choices=(*PARTS, *ON_DEMAND), help=words("help.only"))
    parser.add_argument(
        "--baseline-lines", type=int, default=_BASELINE_LINES, metavar="N", help=words("help.baseline_lines")
    )
    parser.add_argument("--baseline-full", action="store_true", help=words("help.baseline_full"))
    held_out = ROOT / _HELD_OUT
    parser.add_argument(
        "--objections",
        type=Path,
        default=held_out / "objections.jsonl",
        metavar="FILE",
        help=words("help.objections"),
    )
    parser.add_argument(
        "--techniques",
        type=Path,
        default=held_out / "techniques.jsonl",
        metavar="FILE",
        help=words("help.techniques"),
    )
    parser.add_argument("--page", type=Path, metavar="FILE", help=words("help.page"))
    parser.add_argument("--seed", type=int, default=1, metavar="N", help=words("help.seed"))
    return parser.parse_args(list(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
