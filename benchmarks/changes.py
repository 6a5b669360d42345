"""The default method with one thing switched off or set otherwise, for the ablation.

Each row of `CHANGES` names what it touches as "module:name". What it names must exist (a test looks), so that a row
cannot quietly change nothing after the engine was rewritten.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

from spikesift_core import SortedRecording, find_optimal_assignment, warmup

STAGES = "spikesift_core.stages"
ISOLATE, FINDING = "spikesift_core.kernels.isolate", "spikesift_core.kernels.finding"
NEVER = 1e9


@dataclass(frozen=True)
class Change:
    """One change of the default method.

    Attributes
    ----------
    words : for the table.
    arguments : of `perform_spike_sorting`.
    constants : "module:name" to value.
    skipped : "module:name" of functions that give back their first argument instead.
    result : what to make of the result; None leaves it.
    compiled : a constant is part of a kernel, which must be compiled anew in a cache of its own.
    """

    words: str
    arguments: dict = field(default_factory=dict)
    constants: dict = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    result: Callable | None = None
    compiled: bool = False

    def names(self) -> list[str]:
        """Everything it touches, "module:name"."""
        return [*self.constants, *self.skipped]


def linked_as_published(result: SortedRecording) -> SortedRecording:
    """The same segments with the published links: every cluster to its partner, no gap bridged, nothing refused."""
    segments, geometry = result.sorted_segments, result.probe_geometry
    links = [
        find_optimal_assignment(before.amplitude_vectors, after.amplitude_vectors, geometry, 30.0)
        for before, after in zip(segments[:-1], segments[1:], strict=True)
    ]
    return SortedRecording(segments, links, geometry)


def followed_throughout(result: SortedRecording) -> SortedRecording:
    """The same links, but only the units found in every segment."""
    return SortedRecording(result.sorted_segments, result.assignment_chain, result.probe_geometry)


CHANGES: dict[str, Change] = {
    "links": Change("published linking", result=linked_as_published),
    "gaps": Change("only units found in every segment", result=followed_throughout),
    "parts": Change(
        "no joining of units over segments",
        constants={f"{STAGES}.joining:{name}": 0.0 for name in ("APART", "TOGETHER", "TAKING_TURNS")},
    ),
    "back": Change("shift voted against one segment", constants={f"{STAGES}.following:SEGMENTS_BACK": 1}),
    "meeting": Change("units that meet now and then not joined", constants={f"{STAGES}.joining:MEETING_SHARE": 0.0}),
    "turn": Change("units in turn at one place not joined", constants={f"{STAGES}.joining:IN_TURN": 0.6}),
    "troughs": Change("compared at one trough only", constants={f"{STAGES}.following:SECOND_TROUGHS": False}),
    "between": Change(
        "parts at two troughs in the same segments not joined",
        constants={f"{STAGES}.joining:BETWEEN_TROUGHS": 0.0},
    ),
    "refusing": Change("no link refused", constants={f"{STAGES}.following:REFUSED": 10.0}),
    "trend": Change("trend in time not removed", constants={f"{ISOLATE}:FEWEST_FOR_TREND": 10**9}, compiled=True),
    "dip": Change("no unimodality rule", constants={f"{ISOLATE}:LEAST_DIP": NEVER}, compiled=True),
    "distance": Change(
        "unimodality rule only",
        constants={f"{ISOLATE}:LEAST_DISTANCE": NEVER, f"{ISOLATE}:TREND_DISTANCE": NEVER},
        compiled=True,
    ),
    "round": Change("noise not made round", constants={f"{STAGES}.whitening:FEWEST_QUIET": 10**9}),
    "caution": Change(
        "matching without regard to the noise", constants={f"{FINDING}:MATCH_CAUTION": 0.0}, compiled=True
    ),
    "quick": Change(
        "no quick look before matching",
        constants={f"{FINDING}:RESEMBLING": -NEVER, f"{FINDING}:MATCH_SUPPORT": 0.0},
        compiled=True,
    ),
    "deepest": Change("units stay where they were found", constants={f"{STAGES}.units:DEEPER": NEVER}),
    "evidence": Change("weak units of few spikes too", constants={f"{FINDING}:LEAST_EVIDENCE": 0.0}, compiled=True),
    "axis": Change("one axis", constants={"spikesift_core.kernels.bimodal:AXES": 1}, compiled=True),
    "axes": Change("three axes", constants={"spikesift_core.kernels.bimodal:AXES": 3}, compiled=True),
    "joining": Change("no joining in a segment", skipped=(f"{STAGES}.unit_joining:join_alike",)),
    "left": Change("what a unit left behind is a unit", skipped=(f"{STAGES}.unit_joining:without_residue",)),
    "filter": Change(
        "published filter widths",
        constants={f"{STAGES}.filtering:BOXES": dict.fromkeys(("published", "default"), (9.5, 4.75))},
    ),
    "threshold10": Change("threshold 10", arguments={"detection_sensitivity": 10.0}),
    "threshold8": Change("threshold 8", arguments={"detection_sensitivity": 8.0}),
    "threshold6": Change("threshold 6", arguments={"detection_sensitivity": 6.0}),
    "segments20": Change("segments of 20 s and more", arguments={"min_segment_length": 20.0}),
    "segments5": Change("segments of 5 s and more", arguments={"min_segment_length": 5.0}),
    "components2": Change("2 components", constants={f"{STAGES}.components:COMPONENTS": 2}),
    "components3": Change("3 components", constants={f"{STAGES}.components:COMPONENTS": 3}),
    "gain": Change("no gain for each spike", constants={f"{STAGES}.units:GAINS": (1.0, 1.0)}),
    "shift": Change("no shift for each spike", constants={f"{STAGES}.units:SHIFT": 0.0}),
    "lobes": Change("side lobes are tried", constants={f"{FINDING}:LOBE_RATIO": NEVER}, compiled=True),
    "residue": Change("residue is not retired", constants={f"{STAGES}.units:RETIRE_DEPTH": 0.0,
                                                           f"{STAGES}.units:RETIRE_SHARE": 0.0}),
}  # fmt: skip


def missing(change: Change) -> list[str]:
    """What a change names that is not there (any more)."""
    return [name for name in change.names() if _value(name) is None]


@contextmanager
def applied(key: str) -> Iterator[Callable[[SortedRecording], SortedRecording]]:
    """The engine with a change made to it; gives the function that finishes a result.

    Raises
    ------
    LookupError
        When the change names something that is not there.
    """
    change = CHANGES[key]
    if gone := missing(change):
        raise LookupError(f"the change {key!r} names what is not there: {', '.join(gone)}")
    with ExitStack() as stack:
        for name, value in change.constants.items():
            module, _, attribute = name.partition(":")
            stack.enter_context(patch.object(importlib.import_module(module), attribute, value))
        for name in change.skipped:
            _replaced(stack, name, lambda first, *_others, **_named: first)
        if change.compiled:  # the process that helps to compile knows nothing of the change
            stack.enter_context(patch.object(warmup, "_start_helper", lambda: None))
        yield change.result or (lambda result: result)


def _replaced(stack: ExitStack, name: str, new: Callable) -> None:
    """Put `new` wherever a module of the engine knows a function under its name."""
    old, attribute = _value(name), name.partition(":")[2]
    for module in [m for m in sys.modules.values() if getattr(m, "__name__", "").startswith("spikesift_core")]:
        if getattr(module, attribute, None) is old:
            stack.enter_context(patch.object(module, attribute, new))


def _value(name: str):
    """What "module:name" or "module:Class.name" is; None where it is not there."""
    module, _, path = name.partition(":")
    try:
        value = importlib.import_module(module)
    except ImportError:
        return None
    for part in path.split("."):
        value = getattr(value, part, None)
    return value
