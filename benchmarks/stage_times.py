"""Where the time of a sort goes: functions of the engine are wrapped with timers, each charged with its own time only.

`STAGES` names the functions; a test looks whether they exist. Kernels need no table: every one that is called from
Python is timed. One thread only.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from unittest.mock import patch

ENGINE = "spikesift_core"


@dataclass(frozen=True)
class Stage:
    """Functions that belong to one part of the method: "module:name" or "module:Class.name", below `spikesift_core`."""

    words: str
    names: tuple[str, ...]


READ, FILTER, BOUNDS, FIND, TAKE, JOIN, LINK, REST = (
    "reading the file",
    "filter and block minima",
    "noise, components, bounds of segments",
    "detection and isolation",
    "subtraction and refresh",
    "joining in a segment",
    "linking",
    "the rest",
)
STAGES = (
    Stage(READ, ("recording:Recording.read_pieces",)),
    Stage(
        FILTER,
        (
            "stages.filtering:filter_blocks", "stages.segment:load_signal", "stages.held:Held.hold",
            "stages.held:Held.fill",
        ),
    ),
    Stage(
        BOUNDS,
        (
            "stages.components:learn_components", "stages.minima:medians_of", "stages.minima:excess_of",
            "stages.segment:with_thresholds", "stages.segmentation:next_boundary", "stages.units:UnitFinder.__init__",
        ),
    ),
    Stage(FIND, ("stages.units:UnitFinder.find_all", "stages.segment:sort_signal")),
    Stage(TAKE, ("stages.units:UnitFinder._take", "stages.segment:_subtract_cluster")),
    Stage(JOIN, ("stages.unit_joining:join_alike", "stages.unit_joining:without_residue")),
    Stage(
        LINK,
        ("stages.following:Follower.add", "stages.following:Follower.finish", "linking:match_clusters"),
    ),
    Stage(REST, ("sorting:sort_segment", "stages.units:sort_units")),
)  # fmt: skip


@dataclass
class Timers:
    """Own time of every function that was wrapped.

    Attributes
    ----------
    seconds : (stage, kernel or "") to seconds; a kernel's time belongs to the stage that called it.
    calls : the same, to how often.
    """

    seconds: dict[tuple[str, str], float] = field(default_factory=dict)
    calls: dict[tuple[str, str], int] = field(default_factory=dict)
    _open: list[list] = field(default_factory=lambda: [[REST, 0.0]])  # stage, and seconds of what it called

    def timed(self, function: Callable, stage: str = "", kernel: str = "") -> Callable:
        """The function with a timer; without a stage its time belongs to the stage that calls it."""

        @wraps(function)
        def run(*given, **named):
            where = stage or self._open[-1][0]
            self._open.append([where, 0.0])
            before = time.perf_counter()
            try:
                return function(*given, **named)
            finally:
                elapsed = time.perf_counter() - before
                inside = self._open.pop()[1]
                self._open[-1][1] += elapsed
                key = where, kernel
                self.seconds[key] = self.seconds.get(key, 0.0) + elapsed - inside
                self.calls[key] = self.calls.get(key, 0) + 1

        return run

    def of_stage(self, words: str) -> float:
        """Seconds of one stage, its kernels included."""
        return sum(seconds for (stage, _), seconds in self.seconds.items() if stage == words)


def missing() -> list[str]:
    """Names in `STAGES` that are not there (any more)."""
    return [name for stage in STAGES for name in stage.names if _owner(name)[0] is None]


@contextmanager
def timers(kernels: list[tuple[str, Callable]]) -> Iterator[Timers]:
    """Time every function of `STAGES` that is there, and the kernels (name, dispatcher)."""
    found = Timers()
    with ExitStack() as stack:
        for stage in STAGES:
            for name in stage.names:
                owner, attribute = _owner(name)
                if owner is None:
                    continue
                function = getattr(owner, attribute)
                places = [owner] if isinstance(owner, type) else _modules_with(attribute, function)
                for place in places:
                    stack.enter_context(patch.object(place, attribute, found.timed(function, stage.words)))
        for name, dispatcher in kernels:
            for place in _modules_with(name, dispatcher):
                if not place.__name__.startswith(f"{ENGINE}.kernels"):  # kernels call each other compiled
                    stack.enter_context(patch.object(place, name, found.timed(dispatcher, kernel=name)))
        yield found


def _owner(name: str) -> tuple[object | None, str]:
    """The module or class that holds a name of `STAGES`, and the attribute; None where it is not there."""
    module, _, path = name.partition(":")
    *classes, attribute = path.split(".")
    try:
        owner = importlib.import_module(f"{ENGINE}.{module}")
    except ImportError:
        return None, attribute
    for part in classes:
        owner = getattr(owner, part, None)
    return (owner if hasattr(owner, attribute) else None), attribute


def _modules_with(attribute: str, value: object) -> list:
    """Modules of the engine that know `value` under this name."""
    modules = [module for name, module in sys.modules.items() if name.startswith(ENGINE)]
    return [module for module in modules if getattr(module, attribute, None) is value]
