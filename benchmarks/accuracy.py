"""True units found: the published package beside our default preset, on recordings with known truth, in one run."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

import numpy as np
from published import published_python
from runs import Case, Measured, measure, prepared, table

from spikesift_core.messages import say
from spikesift_core.truth import Score, read_truth, score_trains

STILL = {"drift": 0.0, "drift_kind": "none"}
JUMPS = {"drift": 25.0, "drift_kind": "jumps"}
RECORDINGS = tuple(
    Case(channels, seconds, units, {**how, "seed": seed}, f"{words}, seed {seed}")
    for channels, seconds, units in ((32, 120, 25), (128, 60, 60))
    for how, words in ((STILL, "still"), ({}, "20 um zigzag"), (JUMPS, "25 um jumps"))
    for seed in (11, 12)
)


def accuracy_section(cases: tuple[Case, ...], repeats: int) -> str:
    """Mean accuracy and units found, one row for each recording; a quick run takes one."""
    recordings = RECORDINGS if len(cases) > 2 else RECORDINGS[2:3]
    pythons = {"spikesift": published_python(), "spikesift_core": Path(sys.executable)}
    rows, means = [], []
    for case in recordings:
        description = prepared(case)
        say(f"{case.name}:")
        found = measure(pythons, description, min(repeats, 2), "default")
        scores = [score(description, found[package]) for package in pythons]
        means.append([one.mean_accuracy for one in scores])
        rows.append(accuracy_row(case, scores, [found[package] for package in pythons]))
    theirs, ours = np.mean(means, axis=0)
    rows.append(("mean", f"{theirs:.2f} → {ours:.2f}", "", "", "", ""))
    head = ("recording", "mean accuracy", "found (accuracy 0.8)", "false units", "sorted units", "time ratio")
    return (
        "## True units found, one thread\n\n"
        "The published package with its defaults → our preset `default`. Accuracy of a true unit: "
        "hits / (true + sorted - hits) with its one sorted unit, 0.4 ms; false units match no true one above 0.2; "
        "time ratio: ours / published.\n\n" + table(head, rows)
    )


def score(description: Path, measured: Measured) -> Score:
    """The last run against the truth beside its recording."""
    truth = read_truth(description.with_name(description.stem + "_truth.npz"))
    labels, times = measured.result["unit_labels"], measured.result["unit_times"]
    trains = [times[labels == unit] for unit in np.unique(labels)]
    return score_trains(truth.trains(), trains, truth.sampling_frequency)


def accuracy_row(case: Case, scores: list[Score], runs: list[Measured]) -> tuple[str, ...]:
    """One row of the table."""
    seconds = [statistics.median(one.seconds) for one in runs]

    def pair(values, form="{}"):
        return " → ".join(form.format(value) for value in values)

    return (
        case.name,
        pair([one.mean_accuracy for one in scores], "{:.2f}"),
        pair([one.found for one in scores]) + f" of {case.units}",
        pair([one.false_units for one in scores]),
        pair([one.sorted_units for one in scores]),
        f"{seconds[1] / seconds[0]:.2f}",
    )
