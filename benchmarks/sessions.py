"""The same units in the next session: jumps between sessions, units that vanish, appear and fall silent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from page import Options, Section, table
from recordings import Case, read_through, true_trains
from run_sessions import OURS, PUBLISHED
from runs import HERE, one_run, ours, theirs

from spikesift_core.messages import say
from spikesift_core.truth import score_trains

RUNNER = HERE / "run_sessions.py"
SESSIONS = 3
JUMPS = (10.0, -25.0)  # um, between each two
SILENT = 25.0  # s before or after the pause between two sessions; longer than the segments there
IDENTIFIED = 0.5  # accuracy from which a sorted unit is called the true one
PRESENT = 15  # spikes in a session from which a true unit is there


@dataclass(frozen=True)
class Series:
    """Sessions of one probe, simulated in one go.

    Of every 20 units 3 vanish after the first session, 2 after the second, 3 appear in the second, 2 in the third, and
    4 fall silent: 2 before the first pause and 2 after it.
    """

    channels: int
    seconds: float
    units: int
    seed: int

    @property
    def name(self) -> str:
        """In words, for a table."""
        return f"{self.channels} channels, {self.units} units, {SESSIONS} sessions of {self.seconds:g} s"

    @property
    def case(self) -> Case:
        """The whole as one recording."""
        ends = [self.seconds * number for number in range(1, SESSIONS)]
        path, height = [(0.0, 0.0)], 0.0
        for end, jump in zip(ends, JUMPS, strict=True):
            path += [(end - 0.01, height), (end, height + jump)]
            height += jump
        settings = {"seed": self.seed, "drift_path": path, "silences": self._silences(ends)}
        called = f"sessions-{self.channels}-{self.seconds:g}-{self.units}-{self.seed}"
        return Case(self.channels, SESSIONS * self.seconds, self.units, settings, called=called)

    def _silences(self, ends: Sequence[float]) -> list[tuple[int, float, float]]:
        whole = SESSIONS * self.seconds
        spans = (
            *[(ends[0], whole)] * 3, *[(ends[1], whole)] * 2, *[(0, ends[0])] * 3, *[(0, ends[1])] * 2,
            *[(ends[0] - SILENT, ends[0])] * 2, *[(ends[0], ends[0] + SILENT)] * 2,
        )  # fmt: skip
        order = np.random.default_rng(self.seed).permutation(self.units).tolist()
        return [(order.pop(), *span) for span in spans * (self.units // 20)]

    def prepared(self) -> Path:
        """Simulate it, if it is not there, and describe the sessions."""
        whole = self.case.prepared()
        description = whole.with_name(f"{whole.stem}-parts.json")
        given = json.loads(whole.read_text(encoding="utf-8"))["recording"]
        samples = round(self.seconds * given["sampling_frequency"])
        parts = [
            {**given, "sample_offset": number * samples, "num_samples": samples, "recording_offset": number * samples}
            for number in range(SESSIONS)
        ]
        description.write_text(json.dumps({"sessions": parts, "whole": str(whole)}), encoding="utf-8")
        return description


@dataclass(frozen=True)
class Links:
    """How links between two sessions compare with the truth; counts.

    Attributes
    ----------
    true : true units that fire in both sessions. sorted : those of them that were sorted in both.
    found : those of them that were linked.
    made : links of which at least one end is a true unit. wrong : those that join it with anything else.
    vanished : true units that were sorted in one of the sessions and do not fire in the other. forced : those of them
        that were given a partner.
    """

    true: int = 0
    sorted: int = 0
    found: int = 0
    made: int = 0
    wrong: int = 0
    vanished: int = 0
    forced: int = 0

    def __add__(self, other: Links) -> Links:
        return Links(*(a + b for a, b in zip(self.counts, other.counts, strict=True)))

    @property
    def counts(self) -> tuple[int, ...]:
        """All of them, in the order above."""
        return (self.true, self.sorted, self.found, self.made, self.wrong, self.vanished, self.forced)


def judged(present: tuple[set, set], identity: tuple[dict, dict], pairs: Sequence[tuple[int, int]]) -> Links:
    """Compare links with the truth.

    Parameters
    ----------
    present : true units that fire in the first and in the second session.
    identity : sorted unit to true unit, of both sessions; sorted units that are none are left out.
    pairs : (unit of the first session, unit of the second) that were linked.
    """
    both, named = present[0] & present[1], [set(one.values()) for one in identity]
    ends = [(identity[0].get(here), identity[1].get(there)) for here, there in pairs]
    known = [(here, there) for here, there in ends if here is not None or there is not None]
    right = {here for here, there in known if here == there}
    gone = [(0, unit) for unit in named[0] - present[1]] + [(1, unit) for unit in named[1] - present[0]]
    linked = [{end[side] for end in known} for side in (0, 1)]
    return Links(
        true=len(both),
        sorted=len(both & named[0] & named[1]),
        found=len(right),
        made=len(known),
        wrong=sum(here != there for here, there in known),
        vanished=len(gone),
        forced=sum(unit in linked[side] for side, unit in gone),
    )


def links_of(description: Path, result: dict[str, np.ndarray], way: str) -> Links:
    """The links that `run_sessions.py` wrote, all pauses together."""
    given = json.loads(description.read_text(encoding="utf-8"))
    trains, frequency = true_trains(Path(given["whole"]))
    present, identity = [], []
    for number, one in enumerate(given["sessions"]):
        start, end = one["recording_offset"], one["recording_offset"] + one["num_samples"]
        here = [train[(train >= start) & (train < end)] for train in trains]
        times, labels = result[f"{way} times{number}"], result[f"{way} labels{number}"]
        units = np.unique(labels).tolist()
        score = score_trains(here, [times[labels == unit] for unit in units], frequency)
        good = np.flatnonzero(score.accuracy >= IDENTIFIED).tolist()
        present.append({unit for unit, train in enumerate(here) if len(train) >= PRESENT})
        identity.append({units[score.partner[unit]]: unit for unit in good})
    total = Links()
    for number in range(SESSIONS - 1):
        pairs = result[f"{way} pairs{number}"].tolist()
        total += judged(tuple(present[number : number + 2]), tuple(identity[number : number + 2]), pairs)
    return total


PROGRAMS = (theirs(), ours("default"))
WAYS = (  # words, program, way of linking
    ("published package", PROGRAMS[0], PUBLISHED),
    ("preset `default`, linked by `map_clusters` as published", PROGRAMS[1], PUBLISHED),
    ("preset `default`, units matched as in a merge", PROGRAMS[1], OURS),
)
SEEDS = (31, 32, 33, 34)
SERIES = tuple(Series(channels, 60.0, units, seed) for channels, units in ((32, 20), (64, 40)) for seed in SEEDS)
QUICK = (Series(32, 60.0, 20, SEEDS[0]),)
HEAD = ("recordings", "n", "program", "true links", "sorted on both sides", "links found", "of those sorted",
        "wrong links", "vanished units given a partner")  # fmt: skip


def sessions_section(options: Options) -> str:
    """One row for each way of linking, on all recordings of one kind together."""
    found: dict[tuple[str, str], list[Links]] = {}
    for series in options.chosen(SERIES, QUICK):
        description = series.prepared()
        read_through(Path(json.loads(description.read_text(encoding="utf-8"))["whole"]))
        results = {one.package: one_run(one, description, runner=RUNNER).result for one in PROGRAMS}
        for words, program, way in WAYS:
            links = links_of(description, results[program.package], way)
            say(f"  {words:60s} {links}")
            found.setdefault((series.name, words), []).append(links)
    rows = [row(name, words, links) for (name, words), links in found.items()]
    return WORDS + table(HEAD, rows)


def row(name: str, words: str, ones: Sequence[Links]) -> tuple[str, ...]:
    """Sums over recordings."""
    total = sum(ones, Links())
    return (
        name, str(len(ones)), words, str(total.true), str(total.sorted), share(total.found, total.true),
        share(total.found, total.sorted), share(total.wrong, total.made), share(total.forced, total.vanished),
    )  # fmt: skip


def share(part: int, whole: int) -> str:
    """Such as "12 of 40 (30 %)"."""
    return f"{part} of {whole} ({part / whole:.0%})".replace("%", " %") if whole else "–"


WORDS = (
    "Three sessions of one probe, simulated in one go and sorted one by one; the tissue jumps by "
    f"{JUMPS[0]:g} and {JUMPS[1]:g} um in the pauses. Of every 20 units 5 vanish, 5 appear, and 4 fall silent for the "
    f"{SILENT:g} s before or after a pause. A sorted unit counts as the true one from an accuracy of {IDENTIFIED:g}; a "
    "link is wrong when it joins a true unit with another one or with one that is none. `map_clusters` compares the "
    "first segments of two sessions and refuses nothing. A merge of recordings sorted with `default` compares units as "
    "they were last seen in one and first seen in the other (`match_units`) and refuses pairs that are unlike or not "
    "each other's nearest; its limits were set on series with other seeds.\n\n"
)
SECTION = Section("sessions", "Units from one session to the next", sessions_section)
