"""Time the least a sorter must do (read the file, pass over it once) and each stage of a sort, in this process.

Started by `roofline.py`: `python run_roofline.py recording.json default out.json repeats`.
"""

import json
import sys
import time
from collections import deque
from pathlib import Path

import numba
import numpy as np
from stage_times import REST, STAGES, missing, timers

from spikesift_core import Recording, perform_spike_sorting
from spikesift_core.warmup import all_kernels, warm_up

BYTES_AT_ONCE = 2**20  # stays in the processor's cache until it is looked at


@numba.njit(fastmath=True)
def sum_of_squares(values):
    """One pass: every value becomes float32, is squared and added."""
    total = np.float32(0)
    for i in range(len(values)):
        one = np.float32(values[i])
        total += one * one
    return total


def passed_over(recording, look):
    """Seconds to read the file a piece at a time; with `look` each piece is passed over as well."""
    values = np.empty(BYTES_AT_ONCE // recording.data_type.itemsize, recording.data_type)
    before = time.perf_counter()
    with open(recording.binary_file, "rb", buffering=0) as file:
        while count := file.readinto(values):
            if look:
                sum_of_squares(values[: count // values.itemsize])
    return time.perf_counter() - before


def main(description, preset, output, repeats):
    """Write seconds of each part, medians over the repeats, as JSON."""
    given = json.loads(Path(description).read_text(encoding="utf-8"))["recording"]
    recording = Recording(**given)
    deque(warm_up(), maxlen=0)
    sum_of_squares(np.zeros(1, recording.data_type))
    passed_over(recording, True)
    reads = [passed_over(recording, False) for _ in range(int(repeats))]
    passes = [passed_over(recording, True) for _ in range(int(repeats))]
    plain = [sorted_once(recording, preset) for _ in range(int(repeats))]
    runs = [with_timers(recording, preset) for _ in range(int(repeats))]
    seconds, found = sorted(runs, key=lambda run: run[0])[len(runs) // 2]
    rest = seconds - sum(found.seconds.values())  # outside of everything that is timed
    found.seconds[REST, ""] = found.seconds.get((REST, ""), 0.0) + rest
    content = {
        "read": float(np.median(reads)), "pass": float(np.median(passes)), "plain": float(np.median(plain)),
        "timed": seconds, "missing": missing(),
        "stages": {stage.words: found.of_stage(stage.words) for stage in STAGES},
        "parts": [[*key, value, found.calls.get(key, 0)] for key, value in found.seconds.items()],
    }  # fmt: skip
    Path(output).write_text(json.dumps(content), encoding="utf-8")


def sorted_once(recording, preset):
    """Seconds of a sort."""
    before = time.perf_counter()
    perform_spike_sorting(recording, preset=preset, threads=1, verbose=False)
    return time.perf_counter() - before


def with_timers(recording, preset):
    """Seconds of a sort, and its timers."""
    kernels = [(dispatcher.__name__, dispatcher) for dispatcher, _ in all_kernels()]
    with timers(kernels) as found:
        return sorted_once(recording, preset), found


if __name__ == "__main__":
    main(*sys.argv[1:])
