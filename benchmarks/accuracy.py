"""True units found: the published package beside our default preset, on recordings with known truth, in one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from page import Options, Section, arrow, table
from recordings import SHARED, Case, Hybrid, Stored, read_through
from runs import Measured, measure, ours, theirs
from scores import Found, scored

from spikesift_core.messages import say

STILL = {"drift": 0.0, "drift_kind": "none"}
JUMPS = {"drift": 25.0, "drift_kind": "jumps"}
PROGRAMS = (theirs(), ours("default"))
SEEDS_OF_HYBRIDS = (0, 1, 2)


@dataclass(frozen=True)
class Group:
    """Recordings of one kind.

    Attributes
    ----------
    words : for the table.
    recordings : of `recordings.py`.
    least : mean accuracy that is wanted at least; with `more`, added to that of the published package.
    shared : they need `../shared`.
    """

    words: str
    recordings: tuple
    least: float | None = None
    more: bool = False
    shared: bool = False

    def wanted(self, published: float) -> float | None:
        """Mean accuracy wanted at least, where something is."""
        return None if self.least is None else self.least + (published if self.more else 0.0)


def simulated(words: str, shape: tuple, how: dict, seeds: Sequence[int], probe: str = "", **wanted) -> Group:
    """A group of our simulator; `shape` is channels, seconds, units."""
    cases = tuple(Case(*shape, {**how, "seed": seed}, f"{words}, seed {seed}", probe) for seed in seeds)
    return Group(f"{cases[0].name.rsplit(', seed', 1)[0]}", cases, **wanted)


def hybrid(channels: int, seconds: float, units: int, least: float, **options: float) -> Group:
    """A group of `../shared/tools/make_hybrid.py`."""
    made = tuple(Hybrid(channels, seconds, units, tuple(options.items()), seed) for seed in SEEDS_OF_HYBRIDS)
    return Group(made[0].name.rsplit(", seed", 1)[0], made, least, shared=True)


GROUPS = (
    *(
        simulated(words, shape, how, (11, 12))
        for shape in ((32, 120, 25), (128, 60, 60))
        for how, words in ((STILL, "still"), ({}, "20 um zigzag"), (JUMPS, "25 um jumps"))
    ),
    simulated("still", (32, 300, 25), STILL, (11, 12, 13), least=0.10, more=True),
    simulated("20 um zigzag", (32, 300, 25), {}, (11, 12, 13), least=0.15, more=True),
    simulated("still", (4, 60, 6), STILL, (21, 22, 23, 24, 25, 26), "tetrode"),
    hybrid(64, 120, 20, 0.75, drift=30, jump=10),
    hybrid(32, 60, 10, 0.76, drift=0),
    hybrid(128, 60, 45, 0.68, drift=25, period=50),
    Group("MEArec tetrode", (Stored("mearec_tetrode", 4, 30_000.0),), 0.80, shared=True),
    Group("HC1 in locust, the labelled unit", (Stored("hc1_in_locust", 4, 15_000.0, True),), 0.94, shared=True),
)
QUICK = (
    simulated("20 um zigzag", (32, 30, 12), {}, (11,), least=0.15, more=True),
    simulated("still", (4, 20, 5), STILL, (21,), "tetrode"),
    Group("MEArec tetrode", (Stored("mearec_tetrode", 4, 30_000.0),), 0.80, shared=True),
    Group("HC1 in locust, the labelled unit", (Stored("hc1_in_locust", 4, 15_000.0, True),), 0.94, shared=True),
)


@dataclass(frozen=True)
class Compared:
    """One recording sorted by both: scores and seconds, the published package first."""

    recording: object
    scores: tuple[Found, Found]
    seconds: tuple[float, float]

    @property
    def means(self) -> tuple[float, float]:
        """Mean accuracy of both."""
        return tuple(score.mean for score in self.scores)

    @property
    def partial(self) -> bool:
        """Whether only some of the units are known."""
        return getattr(self.recording, "partial", False)


def accuracy_section(options: Options) -> str:
    """Two tables: the mean of each kind of recording, and every recording."""
    groups = [group for group in (QUICK if options.quick else GROUPS) if SHARED.exists() or not group.shared]
    left_out = "" if SHARED.exists() else " They are left out here, because that folder is not there."
    recordings = [one for group in groups for one in group.recordings]
    everything = [compared(one) for one in options.chosen(recordings, recordings)]
    rows = []
    for group in groups:
        ones = [one for one in everything if one.recording in group.recordings]
        rows += [group_row(group.words, ones, group)] if ones else []
    return (
        "The published package with its defaults → our preset `default`, one thread, one run each. Accuracy of a true "
        "unit: hits / (true + sorted - hits) with its one sorted unit, 0.4 ms; found: at least 0.8; false units match "
        "no true one above 0.2; split: a second sorted unit holds at least a tenth of a true one's spikes, and mostly "
        "those. Wanted: the least that was aimed at. Hybrids, the MEArec and the HC1 recording come from `../shared`, "
        f"which is not part of the project.{left_out}\n\n"
        + table(KINDS, [*rows, group_row("all", everything)])
        + "\nEvery recording:\n\n"
        + table(EACH, [row(one) for one in everything])
    )


def compared(recording) -> Compared:
    """Sort a recording with both."""
    say(f"{recording.name}:")
    description = recording.prepared()
    read_through(description)
    runs: list[Measured] = measure(PROGRAMS, description, 1, uncounted=0)
    scores = tuple(scored(description, one.result) for one in runs)
    return Compared(recording, scores, tuple(one.seconds[0] for one in runs))


KINDS = ("recordings", "n", "mean accuracy", "wanted", "units found", "false units", "units split", "sorted units",
         "worse than published", "time ratio")  # fmt: skip
EACH = ("recording", "mean accuracy", "units found", "false units", "units split", "sorted units", "time ratio")


def group_row(words: str, ones: Sequence[Compared], group: Group | None = None) -> tuple[str, ...]:
    """Means over recordings; false, split and sorted units are sums."""
    means = np.mean([one.means for one in ones], axis=0)
    wanted = group.wanted(means[0]) if group else None
    goal = "" if wanted is None else f"{wanted:.2f}: " + ("reached" if means[1] >= wanted else "**not reached**")
    worse = sum(one.means[1] < one.means[0] for one in ones)
    times = [one.seconds[1] / one.seconds[0] for one in ones]
    return (words, str(len(ones)), arrow(means, "{:.2f}"), goal, *counts(ones), f"{worse} of {len(ones)}",
            f"{np.median(times):.2f}")  # fmt: skip


def counts(ones: Sequence[Compared]) -> tuple[str, ...]:
    """Units found, false, split and sorted: sums over recordings; no false ones where the truth is partial."""
    known = [one for one in ones if not one.partial]

    def total(what: str, among: Sequence[Compared]) -> str:
        return arrow([sum(getattr(one.scores[k], what) for one in among) for k in (0, 1)]) if among else "–"

    true = sum(len(one.scores[0].accuracy) for one in ones)
    return (f"{total('found', ones)} of {true}", total("false", known), total("split", ones), total("sorted", known))


def row(one: Compared) -> tuple[str, ...]:
    """One recording."""
    return (one.recording.name, arrow(one.means, "{:.2f}"), *counts([one]), f"{one.seconds[1] / one.seconds[0]:.2f}")


SECTION = Section("accuracy", "True units found", accuracy_section)
