"""The page that `dojo evaluate --report` writes: one file with its plots inside."""

from __future__ import annotations

import html
import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib

matplotlib.use("Agg")
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from bot.commands.errors import WrongInput
from bot.commands.texts import Texts
from bot.nlu.evaluation import Answer, Bin, Evaluation, Example

TEMPLATE: Final = Path(__file__).with_name("evaluation_report.html")
_WRONG_SHOWN: Final = 500


def write_report(
    texts: Texts,
    evaluation: Evaluation,
    wrong: Sequence[tuple[Example, Answer]],
    source: str,
    folder: Path,
) -> Path:
    """Write the page into a folder and return its path."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        say=lambda key, **values: texts(f"evaluate.{key}", **values),
        lang=texts.lang,
        source=source,
        task=evaluation.task,
        sets={texts("evaluate.all"): evaluation.scores, **evaluation.by_lang},
        by_label=evaluation.by_label,
        confusion=_drawn(confusion_plot(evaluation.confusion, texts), texts("evaluate.confusion")),
        calibration=_drawn(calibration_plot(evaluation.bins, texts), texts("evaluate.calibration")),
        bins=[found for found in evaluation.bins if found.count],
        wrong=wrong[:_WRONG_SHOWN],
        wrong_count=len(wrong),
        seconds=evaluation.seconds,
    )
    path = folder / f"evaluation-{evaluation.task}.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise WrongInput("error.file", file=path, reason=error.strerror) from error
    return path


def confusion_plot(confusion: Mapping[str, Mapping[str, int]], texts: Texts) -> Figure:
    """Draw the right labels against the predicted ones, coloured by their share of the row."""
    labels = list(confusion)
    size = 2.4 + 0.52 * len(labels)
    figure = Figure(figsize=(size + 0.6, size), layout="constrained")
    axes = figure.subplots()
    shares = [[count / max(1, sum(row.values())) for count in row.values()] for row in confusion.values()]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for y, row in enumerate(confusion.values()):
        for x, count in enumerate(row.values()):
            if count:
                colour = "white" if shares[y][x] > 0.5 else "#1f2a37"
                axes.text(x, y, str(count), ha="center", va="center", color=colour, fontsize=9)
    axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel(texts("evaluate.plot.predicted"))
    axes.set_ylabel(texts("evaluate.plot.right"))
    axes.spines[:].set_visible(False)
    return figure


def calibration_plot(bins: Sequence[Bin], texts: Texts) -> Figure:
    """Draw how often answers of a confidence are right; the bars' paleness tells how few there are."""
    figure = Figure(figsize=(5.4, 4.6), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="#9aa5b1", linewidth=1, linestyle="--")
    most = max((found.count for found in bins), default=1) or 1
    for found in bins:
        if found.count:
            middle = (found.low + found.high) / 2
            alpha = 0.25 + 0.75 * found.count / most
            axes.bar(middle, found.accuracy, width=0.09, color="#2563a8", alpha=alpha)
            axes.plot([found.confidence], [found.accuracy], "o", color="#12355b", markersize=4)
            axes.annotate(
                str(found.count),
                (middle, found.accuracy),
                xytext=(0, 4),
                textcoords="offset points",
                ha="center",
                fontsize=8,
            )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.08)
    axes.set_xlabel(texts("evaluate.plot.confidence"))
    axes.set_ylabel(texts("evaluate.plot.accuracy"))
    return figure


def _drawn(figure: Figure, alternative: str) -> Markup:
    """Return a figure as SVG to stand in the page; fonts of the system serve where Chinese is needed."""
    out = io.StringIO()
    settings: dict[str, Any] = {"svg.fonttype": "none", "svg.hashsalt": "dojo"}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        # The page's reader has the Chinese glyphs that the drawing library misses: text stays text.
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    drawing = out.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    return Markup(drawing.replace("<svg", f'<svg role="img" aria-label="{html.escape(alternative)}"', 1))
