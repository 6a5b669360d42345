"""Metrics as text and as plain data, for the terminal and for files."""

from __future__ import annotations

import math
from typing import Any

from spikesift_core.quality.checks import LIMITS, judged, verdict_words
from spikesift_core.quality.concerns import Concern
from spikesift_core.quality.job import Quality
from spikesift_core.quality.metrics import BY_NAME, METRICS

WHOLE = ("segments", "channel", "spikes", "nearest", "rival")
UNKNOWN = "-"


def quality_data(quality: Quality, found: list[Concern]) -> dict[str, Any]:
    """Ready for JSON: the definitions, a dict of figures for each unit (None is not known), and what to look at."""
    verdict = judged(quality)
    units = [
        {"id": unit, **{name: plain(name, value) for name, value in quality.row(unit).items()}, "good": bool(good)}
        for unit, good in zip(quality.units, verdict.good, strict=True)
    ]
    return {
        "metrics": [
            {"name": one.name, "unit": unit_words(one.name, "share"), "definition": one.definition,
             "source": one.source}
            for one in METRICS
        ],
        "limits": [{"rule": limit.rule, "source": limit.source} for limit in LIMITS],
        "not_known": dict(quality.unknown),
        "units": units,
        "look_at_first": [
            {"units": list(one.units), "score": round(one.score, 4), "reasons": list(one.reasons)} for one in found
        ],
    }  # fmt: skip


def quality_lines(quality: Quality, found: list[Concern]) -> list[str]:
    """The verdict, a table with a line for each unit, and what to look at first."""
    names = [metric.name for metric in METRICS if metric.name in quality.columns]
    heads = [f"{name} {unit_words(name, '%')}".strip() for name in names]
    rows = [[_words(name, quality.columns[name][place]) for name in names] for place in range(len(quality.units))]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [f"  quality: {verdict_words(quality)}", _line("unit", heads, widths)]
    lines += [_line(str(unit), row, widths) for unit, row in zip(quality.units, rows, strict=True)]
    for why in dict.fromkeys(quality.unknown.values()):
        missing = [name for name, words in quality.unknown.items() if words == why]
        lines.append(f"  not measured: {', '.join(missing)} ({why})")
    if found:
        lines.append("  look at these first (segments counted from 0):")
    for place, one in enumerate(found, start=1):
        who = "unit" if len(one.units) == 1 else "units"
        lines.append(f"    {place}. {who} {' and '.join(map(str, one.units))}: {'; '.join(one.reasons)}")
    return lines


def unit_words(name: str, share: str) -> str:
    """The unit of a metric as it is told here; a share is called `share`. Of amplitudes no gain is known here."""
    unit = BY_NAME[name].unit
    return share if unit == "%" else "file units" if name == "amplitude" else unit


def plain(name: str, value: float) -> float | int | None:
    """A figure as JSON and CSV know it: whole numbers whole, None for what is not known."""
    if math.isnan(value):
        return None
    return int(value) if name in WHOLE else float(value)


def _line(first: str, rest: list[str], widths: list[int]) -> str:
    return f"  {first:>5}  " + "  ".join(word.rjust(width) for word, width in zip(rest, widths, strict=True))


def _words(name: str, value: float) -> str:
    if math.isnan(value):
        return UNKNOWN
    if name in WHOLE:
        return f"{value:.0f}"
    return f"{100 * value:.1f}" if BY_NAME[name].unit == "%" else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
