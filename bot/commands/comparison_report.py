"""The figures of a candidate beside those of the model in use, as tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.commands.console import Console

_BOTH: Final = "both"
_SESSIONS: Final = 20


def show(console: Console, figures: Mapping[str, Any]) -> None:
    """Write what changed, by set, task and language, by label, in past sessions, and what is worse."""
    _totals(console, figures)
    _labels(console, figures)
    _sessions(console, figures["sessions"])
    taught = figures["taught"]
    console.put(console.texts("teach.taught", n=taught["n"], old=taught["old"], new=taught["new"]))
    if figures.get("overruled"):
        console.put(console.texts("teach.overruled", n=figures["overruled"]))
    for reason in figures["worse"]:
        console.put(console.texts("teach.worse", **_named(console, reason)))
    if not figures["worse"]:
        console.put(console.texts("teach.not_worse"))


def _totals(console: Console, figures: Mapping[str, Any]) -> None:
    columns = ("set", "task", "lang", "n", "accuracy", "macro_f1", "lost", "won", "p")
    rows = []
    for name in ("development", "held_back"):
        for task, comparison in figures[name].items():
            for lang, tally in comparison["by_lang"].items():
                rows.append(
                    [
                        console.texts(f"teach.set.{name}"),
                        console.texts(f"teach.task.{task}"),
                        console.texts(f"teach.lang.{lang}"),
                        str(tally["n"]),
                        _change(tally["accuracy"]),
                        _change(tally["macro_f1"]),
                        str(tally["lost"]),
                        str(tally["won"]),
                        f"{tally['p']:.3f}",
                    ]
                )
    _table(console, columns, rows, 3)


def _labels(console: Console, figures: Mapping[str, Any]) -> None:
    """Write the labels that anything changed for."""
    columns = ("set", "task", "lang", "label", "n", "f1", "lost", "won", "p")
    rows = []
    for name in ("development", "held_back"):
        for task, comparison in figures[name].items():
            for lang, labels in comparison["by_label"].items():
                for label, tally in labels.items():
                    if lang != _BOTH and (tally["lost"] or tally["won"]):
                        rows.append(
                            [
                                console.texts(f"teach.set.{name}"),
                                console.texts(f"teach.task.{task}"),
                                console.texts(f"teach.lang.{lang}"),
                                label,
                                str(tally["support"]),
                                _change(tally["f1"]),
                                str(tally["lost"]),
                                str(tally["won"]),
                                f"{tally['p']:.3f}",
                            ]
                        )
    if rows:
        _table(console, columns, rows, 4)
    else:
        console.put(console.texts("teach.no_label_changed"))
        console.put()


def _sessions(console: Console, sessions: Mapping[str, Any]) -> None:
    console.put(
        console.texts(
            "teach.sessions",
            lines=sessions["lines"],
            sessions=sessions["sessions"],
            changed_lines=sessions["changed_lines"],
            changed_sessions=sessions["changed_sessions"],
        )
    )
    by_session: dict[str, list[Mapping[str, Any]]] = {}
    for item in sessions["changed"]:
        by_session.setdefault(item["session"], []).append(item)
    for session, items in list(by_session.items())[:_SESSIONS]:
        told = "; ".join(
            console.texts(
                "teach.changed_line",
                turn=item["turn"],
                task=console.texts(f"teach.task.{item['family']}"),
                old=", ".join(item["old"]) or "-",
                new=", ".join(item["new"]) or "-",
            )
            for item in items
        )
        console.put(f"  {session}  {told}")
    more = sessions["changed_sessions"] - min(_SESSIONS, len(by_session))
    if more > 0:
        console.put(console.texts("teach.more_sessions", n=more))
    console.put()


def _table(
    console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]], numbers_from: int
) -> None:
    heads = [console.texts(f"teach.head.{column}") for column in columns]
    console.table([heads, *rows], right=range(numbers_from, len(columns)))
    console.put()


def _named(console: Console, reason: Mapping[str, Any]) -> dict[str, str]:
    return {
        "set": console.texts(f"teach.set.{reason['set']}"),
        "task": console.texts(f"teach.task.{reason['task']}"),
        "lang": console.texts(f"teach.lang.{reason['lang']}"),
        "measure": console.texts(f"teach.measure.{reason['measure']}", label=reason["label"]),
        "change": _change(reason),
    }


def _change(change: Mapping[str, float]) -> str:
    return f"{change['old']:.3f} > {change['new']:.3f}"
