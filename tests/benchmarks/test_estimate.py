"""The arithmetic from a measured cost to what a recording needs."""

from __future__ import annotations

import numpy as np
import pytest
from estimate import Cost, MeasuringExecutor, Need, estimate

from spikesift_core.progress import run_to_end
from spikesift_core.sorting import sort_by_segment
from tests.helpers import write

PASSES = {"minima": 1e-5, "segments": 9e-5, "serial": 1e-6}
COST = Cost(channels=100, seconds=60, **PASSES, begin=2.0, base=200, worker=3.0, results=50, troughs=40, plan=9)


@pytest.mark.parametrize(
    ("cores", "disk", "taken"),
    [
        (1, 2, "6 min (cores)"),  # 1000 channels for 1 h: 3.6e6 channel-seconds of 1e-4 s, and 20 s before
        (1000, 1, "8 min (reading)"),  # 216 GB twice
        (1000, 1000, "0 min (one place)"),
    ],
)
def test_the_slowest_way_sets_the_time(cores, disk, taken):
    row = estimate(COST, Need(1000, 1, cores, disk))
    assert row[:2] == ("1,000 channels, 1 h", "0.22")
    assert row[4] == taken
    assert row[6] == f"3.2 × {cores} = {3.2 * cores:,.0f}"
    assert row[7] == "0.1 + 0.2"  # GB: 40 and 50 bytes of each channel-second


def test_what_a_sort_submits_is_measured(tmp_path):
    data = np.random.default_rng(0).normal(0, 20, (60_000, 8)).astype(np.int16)
    executor = MeasuringExecutor()
    run_to_end(sort_by_segment(write(tmp_path / "rec.bin", data), min_segment_length=0.3, executor=executor))
    assert {"minima_between", "excess_between", "sort_segment"} <= set(executor.seconds)
    assert executor.results > 0 and executor.troughs > 0 and executor.plan > 0 and executor.began < np.inf
