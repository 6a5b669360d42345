"""Just enough SVG to draw a figure for a report: no library is needed, and every browser shows it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from scipy.optimize import isotonic_regression

from spikesift_core.number_words import number_words

TEXT, MUTED, GRID = "#1f2933", "#6b7785", "#d9dee5"
FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif"
TICKS = 5


def element(name: str, words: str = "", **attributes) -> str:
    """One element; `stroke_width` becomes stroke-width, numbers are rounded to a hundredth of a pixel."""
    given = "".join(
        f" {key.replace('_', '-')}={quoteattr(_short(value))}" for key, value in attributes.items() if value is not None
    )
    return f"<{name}{given}>{escape(words)}</{name}>" if words else f"<{name}{given}/>"


def text(x: float, y: float, words: str, *, size: float = 12, color: str = TEXT, anchor: str = "start", **more) -> str:
    """Words at a place; `anchor`: start, middle or end."""
    return element("text", words, x=x, y=y, font_size=size, fill=color, text_anchor=anchor, **more)


def line(x1: float, y1: float, x2: float, y2: float, color: str, width: float = 1.0, dash: str | None = None) -> str:
    """A straight line; `dash` such as "4 3"."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=color, stroke_width=width, stroke_dasharray=dash)


def dot(x: float, y: float, radius: float, color: str, title: str = "") -> str:
    """A disc; `title` is shown where the mouse rests."""
    return hinted(element("circle", cx=x, cy=y, r=radius, fill=color), title)


def hinted(part: str, title: str) -> str:
    """Something drawn, with words that are shown where the mouse rests on it."""
    return f"<g><title>{escape(title)}</title>{part}</g>" if title else part


def page(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """A whole document on white; `title` is what a screen reader says."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" font-family={quoteattr(FONT)}>'
    )
    back = element("rect", width=width, height=height, fill="#ffffff")
    return "\n".join([head, f"<title>{escape(title)}</title>", back, *parts, "</svg>", ""])


@dataclass
class Plot:
    """A rectangle of the page with two axes; `parts` collects what is drawn.

    Attributes
    ----------
    left, top, width, height : px.
    x, y : lowest and highest value at the edges; a y axis given from high to low points down.
    """

    left: float
    top: float
    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]
    parts: list[str] = field(default_factory=list)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point lies on the page, px."""
        along = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return self.left + along * self.width, self.top + (1 - up) * self.height

    def axes(self, below: str, beside: str, x_ticks: Iterable[float] | None = None) -> None:
        """Grid, numbers and names of both axes; without `x_ticks` round numbers are chosen."""
        bottom, right = self.top + self.height, self.left + self.width
        for value in ticks(*sorted(self.y)):
            y = self.at(self.x[0], value)[1]
            self.parts.append(line(self.left, y, right, y, GRID))
            self.parts.append(text(self.left - 6, y + 4, number_words(value), size=11, color=MUTED, anchor="end"))
        for value in ticks(*self.x) if x_ticks is None else x_ticks:
            x = self.at(value, self.y[0])[0]
            self.parts.append(text(x, bottom + 15, number_words(value), size=11, color=MUTED, anchor="middle"))
        self.parts.append(text(self.left + self.width / 2, bottom + 31, below, color=MUTED, anchor="middle"))
        x, y = self.left - 44, self.top + self.height / 2
        turned = f"rotate(-90 {x:.0f} {y:.0f})"
        self.parts.append(text(x, y, beside, color=MUTED, anchor="middle", transform=turned))


def ticks(low: float, high: float) -> list[float]:
    """About five round numbers between the two."""
    if not high > low:
        return [low]
    rough = (high - low) / TICKS
    scale = 10 ** math.floor(math.log10(rough))
    step = next(factor * scale for factor in (1, 2, 5, 10) if factor * scale >= rough)
    first = math.ceil(low / step)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def apart(heights: Iterable[float], least: float, top: float, bottom: float) -> list[float]:
    """The same heights (px), those too near to each other moved away up and down, as little as possible, so that words
    beside them do not overlap; between `top` and `bottom` if there is room for all."""
    wanted = np.array(list(heights), float)
    order, steps = np.argsort(wanted, kind="stable"), least * np.arange(len(wanted))
    moved = isotonic_regression(wanted[order] - steps).x if len(wanted) else wanted
    wanted[order] = np.clip(moved, top, max(top, bottom - steps[-1])) + steps if len(wanted) else moved
    return wanted.tolist()


def _short(value) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
