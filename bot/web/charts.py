"""Where the lines and bars of a chart run; the templates draw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 520
HEIGHT: Final = 240
_LEFT: Final = 46
_RIGHT: Final = 14
_TOP: Final = 12
_BOTTOM: Final = 28
_TICKS: Final = 12
"""At most so many numbers stand below a chart."""

_LONG_TICKS: Final = 6
"""At most so many dates: twelve of them run into each other on a phone."""

_BAR: Final = 28


@dataclass(frozen=True)
class Dot:
    """A point of a line."""

    x: float
    y: float


@dataclass(frozen=True)
class Line:
    """One measure over the turns."""

    name: str
    dots: tuple[Dot, ...]

    @property
    def path(self) -> str:
        """The line as SVG's `points`."""
        return " ".join(f"{dot.x:g},{dot.y:g}" for dot in self.dots)


@dataclass(frozen=True)
class LineChart:
    """Measures from 0 to 100 over turns."""

    lines: tuple[Line, ...]
    levels: tuple[tuple[int, float], ...]
    ticks: tuple[tuple[Any, float], ...]
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    bottom: float = HEIGHT - _BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True)
class Bar:
    """One bar of a chart, with what it stands for."""

    x: float
    y: float
    width: float
    height: float
    item: Mapping[str, Any]


def line_chart(series: Sequence[Mapping[str, Any]], names: Sequence[str]) -> LineChart:
    """Return the chart of some measures; each item is a turn, or some time: what it lacks is left out."""
    spread = WIDTH - _LEFT - _RIGHT
    xs = [round(_LEFT + spread * (n + 0.5) / len(series), 1) for n in range(len(series))]
    dates = any(len(str(item.get("turn", ""))) > 3 for item in series)
    every = max(1, -(-len(series) // (_LONG_TICKS if dates else _TICKS)))
    return LineChart(
        lines=tuple(
            Line(
                name,
                tuple(
                    Dot(x, _height(item[name]))
                    for x, item in zip(xs, series, strict=True)
                    if item.get(name) is not None
                ),
            )
            for name in names
        ),
        levels=tuple((level, _height(level)) for level in (0, 50, 100)),
        ticks=tuple(
            (item.get("turn", ""), x)
            for n, (x, item) in enumerate(zip(xs, series, strict=True))
            if n % every == 0
        ),
    )


def bars(items: Sequence[Mapping[str, Any]], name: str, height: int = 80) -> tuple[Bar, ...]:
    """Return a bar for each item, the longest as high as the chart."""
    most = max((_number(item.get(name)) for item in items), default=0.0) or 1.0
    return tuple(
        Bar(
            x=n * _BAR + 4,
            y=round(height - max(2.0, height * _number(item.get(name)) / most), 1),
            width=_BAR - 8,
            height=round(max(2.0, height * _number(item.get(name)) / most), 1),
            item=item,
        )
        for n, item in enumerate(items)
    )


def _height(value: Any) -> float:
    share = min(100.0, max(0.0, _number(value))) / 100
    return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0
