"""What each part of the default preset is worth: one switched off at a time, mean accuracy over several recordings."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
from accuracy import JUMPS, STILL
from changes import CHANGES, missing
from page import Options, Section, table
from published import WORK
from recordings import SHARED, Case, Hybrid
from runs import Program, one_run, ours
from scores import Found, scored

from spikesift_core.messages import say

AT_ONCE = 2  # runs at the same time: nothing is timed here
RECORDINGS = (
    Case(32, 120, 25, {**STILL, "seed": 11}, "still"),
    Case(32, 120, 25, {"seed": 12}, "20 um zigzag"),
    Case(32, 120, 25, {**JUMPS, "seed": 11}, "25 um jumps"),
    Case(128, 60, 60, {"seed": 11}, "20 um zigzag"),
    Case(32, 300, 25, {**STILL, "seed": 13}, "still"),
    *(Case(4, 60, 6, {**STILL, "seed": seed}, f"still, seed {seed}", "tetrode") for seed in range(21, 25)),
)
SHARED_RECORDINGS = (
    Hybrid(64, 120, 20, (("drift", 30), ("jump", 10)), 3),
    Hybrid(64, 120, 20, (("drift", 30), ("jump", 10)), 4),
    Hybrid(128, 60, 45, (("drift", 25), ("period", 50)), 3),
    Hybrid(32, 60, 10, (("drift", 0),), 3),
)
QUICK = (Case(32, 30, 12, {"seed": 11}, "20 um zigzag"),)


def ablation_section(options: Options) -> str:
    """One row for each change, after the preset itself."""
    there = SHARED_RECORDINGS if SHARED.exists() else ()
    recordings = options.chosen(RECORDINGS + there, QUICK)
    descriptions = [recording.prepared() for recording in recordings]
    programs = {"": ours("default")} | {key: program(key) for key, change in CHANGES.items() if not missing(change)}
    say(f"{len(programs)} programs on {len(descriptions)} recordings ...")
    with ThreadPoolExecutor(AT_ONCE) as workers:
        tasks = list(product(programs.values(), descriptions))
        scores = list(workers.map(lambda task: score_of(*task), tasks))
    found = {key: scores[k * len(descriptions) :][: len(descriptions)] for k, key in enumerate(programs)}
    rows = [row("the preset `default`", found[""])]
    for key, change in CHANGES.items():
        if key in found:
            rows.append(row(change.words, found[key], found[""]))
        else:
            rows.append((change.words, f"there is no {missing(change)[0]}", *[""] * 5))
    names = "; ".join(recording.name for recording in recordings)
    left_out = "" if there or options.quick else " The hybrids are left out, because `../shared` is not there."
    return (
        f"Sums and means over {len(recordings)} recordings: {names}.{left_out} Worse and better count recordings whose "
        "mean accuracy changes by more than 0.005.\n\n" + table(HEAD, rows)
    )


def program(key: str) -> Program:
    """Our default preset with a change; kernels that are changed have a cache of their own."""
    change = CHANGES[key]
    variables = {"NUMBA_CACHE_DIR": str(WORK / f"kernels-{key}")} if change.compiled else {}
    arguments = {"preset": "default", "threads": 1, **change.arguments}
    return Program(change.words, arguments=arguments, change=key, variables=variables)


def score_of(one: Program, description) -> Found:
    """Sort a recording and score it."""
    found = scored(description, one_run(one, description).result)
    say(f"  {one.words:36s} {description.stem[:40]:40s} {found.mean:.3f}")
    return found


HEAD = ("change", "mean accuracy", "difference", "worse / better on", "units found", "false units", "units split")


def row(words: str, found: Sequence[Found], reference: Sequence[Found] | None = None) -> tuple[str, ...]:
    """One row; the mean accuracy is that of recordings, each counting alike."""
    means = np.array([one.mean for one in found])
    difference = worse = ""
    if reference is not None:
        apart = means - np.array([one.mean for one in reference])
        same = all(one.same(other) for one, other in zip(found, reference, strict=True))
        difference = "changes nothing" if same else f"{apart.mean():+.3f}"
        worse = f"{(apart < -0.005).sum()} / {(apart > 0.005).sum()}"
    totals = (str(sum(getattr(one, what) for one in found)) for what in ("found", "false", "split"))
    return (words, f"{means.mean():.3f}", difference, worse, *totals)


SECTION = Section("ablation", "What each part is worth", ablation_section)
