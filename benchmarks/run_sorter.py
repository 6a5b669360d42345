"""Sort one recording with one package in this process and write what came out, how long it took and how much memory.

Started by `runs.py` in a process of its own for each run, in the environment of the package it measures; so it uses
nothing but that package and NumPy:
`python run_sorter.py spikesift recording.json result.npz '{"arguments": {}, "change": ""}'`.
"""

import importlib
import json
import sys
import time
from collections import deque
from contextlib import nullcontext
from pathlib import Path

import numpy as np


def peak_memory():
    """Most memory this process ever used, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss of a child also counts what its parent had before it was started
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    try:
        import resource
    except ImportError:
        import psutil

        return psutil.Process().memory_info().peak_wset / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def flat(sorted_recording):
    """A sorted recording as arrays: bounds, sizes, times, vectors and links, one of each for every segment."""
    arrays = {}
    for number, segment in enumerate(sorted_recording.sorted_segments):
        clusters = [np.asarray(cluster, np.int64) for cluster in segment.spike_clusters]
        arrays[f"bounds{number}"] = np.array([segment.start_time, segment.start_time + segment.duration])
        arrays[f"sizes{number}"] = np.array([len(cluster) for cluster in clusters], np.int64)
        arrays[f"times{number}"] = np.concatenate([np.zeros(0, np.int64), *clusters])
        arrays[f"vectors{number}"] = np.asarray(segment.amplitude_vectors, np.float32)
    for number, links in enumerate(sorted_recording.assignment_chain):
        arrays[f"links{number}"] = np.asarray(links, np.int64)
    return arrays


def units(sorter, sorted_recording):
    """(times, unit labels) of the units a person gets: ours may be followed over gaps."""
    trains = sorted_recording.all_spikes()
    if getattr(sorted_recording, "followed", None) is not None:
        segments = sorted_recording.sorted_segments
        found = sorter.kept(sorter.tracks(sorted_recording), segments)
        trains = {track.id: sorter.track_spikes(sorted_recording, track) for track in found}
    labels = [np.full(len(train), unit, np.int64) for unit, train in trains.items()]
    return np.concatenate([np.zeros(0, np.int64), *trains.values()]), np.concatenate([np.zeros(0, np.int64), *labels])


def main(package, description, output, request):
    """Sort the recording described in a JSON file; `request`: arguments of the call, a change to our package."""
    sorter = importlib.import_module(package)
    given, request = json.loads(Path(description).read_text(encoding="utf-8")), json.loads(request)
    given["recording"]["probe_geometry"] = np.array(given["recording"]["probe_geometry"], np.float32)
    recording = sorter.Recording(**given["recording"])
    with changed(request["change"]) as finish:
        if package == "spikesift_core":  # kernels are loaded beforehand, as the other package's are on import
            deque(importlib.import_module("spikesift_core.warmup").warm_up(), maxlen=0)
        before = time.perf_counter()
        result = finish(sorter.perform_spike_sorting(recording, verbose=False, **request["arguments"]))
        seconds = time.perf_counter() - before
    megabytes, (times, labels) = peak_memory(), units(sorter, result)
    figures = {"seconds": seconds, "megabytes": megabytes, "segments": len(result.sorted_segments)}
    np.savez(output, unit_times=times, unit_labels=labels, **figures, **flat(result))


def changed(key):
    """A context in which a row of `changes.CHANGES` is in force; nothing is imported where there is none."""
    return importlib.import_module("changes").applied(key) if key else nullcontext(lambda result: result)


if __name__ == "__main__":
    main(*sys.argv[1:])
