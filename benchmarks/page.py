"""The page of figures: what a section is, how figures become cells, and how sections measured at different times become
one page (docs/benchmarks.md)."""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil
from published import VERSION as PUBLISHED_VERSION

from spikesift_core import __version__

ROOT = Path(__file__).resolve().parent.parent
INTRODUCTION = (
    "# Benchmarks\n\n"
    f"Made by `make bench`, beside the published package `spikesift` {PUBLISHED_VERSION}. Each section can be measured "
    'alone (`make bench ARGS="--sections speed,length"`) and says when, on what and from which state of the program it '
    "was. Every run is a process of its own; the programs that are compared take turns, and BLAS has one thread."
)


class NotMeasured(RuntimeError):
    """A section has no figures; the message says why."""


@dataclass(frozen=True)
class Options:
    """How a section is measured.

    Attributes
    ----------
    quick : small recordings, to see that it works; such figures are not put on the page.
    repeats : runs of each program.
    channels : only the recordings with this many channels; None for all.
    """

    quick: bool
    repeats: int
    channels: int | None = None

    def chosen(self, full: Sequence, quick: Sequence) -> tuple:
        """The recordings to take, of those for a full and for a quick run.

        Raises
        ------
        NotMeasured
            When none has the channels asked for.
        """
        cases = quick if self.quick else full
        found = tuple(case for case in cases if self.channels in (None, case.channels))
        if not found:
            raise NotMeasured(f"none of its recordings has {self.channels} channels")
        return found


@dataclass(frozen=True)
class Section:
    """One section of the page: its name in `--sections`, its title, and the function that gives its Markdown."""

    key: str
    title: str
    run: Callable[[Options], str]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table.

    Raises
    ------
    ValueError
        For a row that has not one cell for each column.
    """
    for row in rows:
        if len(row) != len(head):
            raise ValueError(f"a row has {len(row)} cells for {len(head)} columns: {row}")
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def ratios(first: Sequence[float], second: Sequence[float]) -> list[float]:
    """second / first of each pair of neighbouring runs."""
    return [b / a for a, b in zip(first, second, strict=True)]


def spread(values: Sequence[float], form: str = "{:.2f}") -> str:
    """The median, with the range in brackets where there are several."""
    low, middle, high = (form.format(f(values)) for f in (min, statistics.median, max))
    return middle if len(values) == 1 else f"{middle} ({low} to {high})"


def arrow(values: Sequence, form: str = "{}") -> str:
    """Figures that belong together, in order."""
    return " → ".join(form.format(value) for value in values)


def circumstances() -> str:
    """When it is now, the state of the program and what it runs on, in words."""
    memory = psutil.virtual_memory().total / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba", "scipy"))
    return (
        f"*Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, spikesift-gui {__version__}{_commit()}; {_processor()}, "
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, {libraries}; "
        f"load of the machine before it began: {psutil.getloadavg()[0]:.1f}.*"
    )


def measured(section: Section, options: Options) -> str:
    """Run a section now: its Markdown with title and circumstances, as they were before it began."""
    words = circumstances()
    return f"## {section.title}\n\n{words}\n\n{section.run(options).strip()}\n"


def merged(page: str, sections: Sequence[Section], new: dict[str, str]) -> str:
    """The page with some sections measured anew; the others keep their figures and their dates.

    Parameters
    ----------
    page : the page as it is. sections : all, in order; others are dropped. new : title to Markdown.
    """
    known = {}
    for part in re.split(r"^(?=## )", page, flags=re.MULTILINE)[1:]:
        known[part.split("\n", 1)[0].removeprefix("## ").strip()] = part
    known |= new
    parts = [known[section.title].strip() for section in sections if section.title in known]
    return "\n\n".join([INTRODUCTION, *parts]) + "\n"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text("utf-8").splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if "model name" in line]
        if names:
            return names[0]
    return platform.processor() or platform.machine()


def _commit() -> str:
    """The commit, with a word when files differ from it; nothing outside a checkout."""
    try:
        number = _git("rev-parse", "--short", "HEAD")
        changed = _git("status", "--porcelain", "--", "spikesift_core", "benchmarks")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f", commit {number}" + (" with changes" if changed else "")


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout.strip()
