"""Sort the sessions of one recording with one package in this process, link them, and write what came out.

Started like `run_sorter.py`, of which it is the twin for several sessions:
`python run_sessions.py spikesift sessions.json result.npz '{"arguments": {}, "change": ""}'`.
The result has for each way of linking the units of each session (times, labels) and the pairs between neighbours.
"""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import run_sorter

PUBLISHED, OURS = "published", "ours"


def published_links(sorter, sessions):
    """Units of each session and the pairs between neighbours, as the published interface gives them."""
    trains = [session.all_spikes() for session in sessions]
    pairs = [sorter.map_clusters(*pair) for pair in zip(sessions, sessions[1:])]  # noqa: B905 (Python 3.9)
    return trains, [sorted(found.items()) for found in pairs]


def our_links(sorter, sessions):
    """The same as units are carried on where our window and terminal merge recordings."""
    trains = [{track.id: sorter.track_spikes(one, track) for track in sorter.tracks(one)} for one in sessions]
    found = [sorter.match_units(*pair) for pair in zip(sessions, sessions[1:])]  # noqa: B905
    return trains, [one.pairs for one in found]


def flat(way, trains, pairs):
    """Arrays of one way of linking."""
    arrays = {}
    for number, units in enumerate(trains):
        labels = [np.full(len(train), unit, np.int64) for unit, train in units.items()]
        arrays[f"{way} times{number}"] = np.concatenate([np.zeros(0, np.int64), *units.values()])
        arrays[f"{way} labels{number}"] = np.concatenate([np.zeros(0, np.int64), *labels])
    for number, found in enumerate(pairs):
        arrays[f"{way} pairs{number}"] = np.array(found, np.int64).reshape(-1, 2)
    return arrays


def main(package, description, output, request):
    """Sort every session described in a JSON file, then link them."""
    sorter = importlib.import_module(package)
    given, request = json.loads(Path(description).read_text(encoding="utf-8")), json.loads(request)
    sessions = []
    for one in given["sessions"]:
        recording = sorter.Recording(**{**one, "probe_geometry": np.array(one["probe_geometry"], np.float32)})
        sessions.append(sorter.perform_spike_sorting(recording, verbose=False, **request["arguments"]))
    ways = {PUBLISHED: published_links}
    if package == "spikesift_core":
        ways[OURS] = our_links
    arrays = {}
    for way, link in ways.items():
        arrays.update(flat(way, *link(sorter, sessions)))
    np.savez(output, seconds=0.0, megabytes=run_sorter.peak_memory(), **arrays)


if __name__ == "__main__":
    main(*sys.argv[1:])
