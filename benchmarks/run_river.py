"""The river of very many units and segments: how fast it is drawn again. Writes JSON to the file that is named.

Its arguments: the file to write, and perhaps --quick for few units. The window is shown as the platform has it
(QT_QPA_PLATFORM; offscreen if not set).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from random_links import random_links
from run_window import SIZE, at_rest, until

from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.tracks import followed_so_far, tracks
from spikesift_gui import transitions
from spikesift_gui.app import start
from spikesift_gui.qt import QtWidgets
from spikesift_gui.state import Result

UNITS, SEGMENTS, CHANNELS = (60, 20, 64) if "--quick" in sys.argv else (500, 200, 64)
LENGTH, RATE = 300_000, 30_000.0  # samples of a segment, Hz
SPIKES = 40  # of a unit in a segment, in the mean
LOST, MISSED = 0.004, 0.02  # share of the units lost for good, and missed, in each segment
REDRAWS = 60
LANES = {"all lanes": UNITS, "60 lanes": 60, "15 lanes": 15}  # in sight; with 15 the reasons of lost units are written


def many_units() -> SortedRecording:
    """Units at random depths that are lost, missed and linked at random; always the same."""
    random = np.random.default_rng(3)
    depths, heights = random.uniform(0, 20 * CHANNELS, UNITS), random.uniform(40, 300, UNITS)
    probe = np.column_stack([np.zeros(CHANNELS), 20.0 * np.arange(CHANNELS)]).astype(np.float32)
    vectors = heights[:, None] * np.exp(-(((probe[:, 1] - depths[:, None]) / 30) ** 2))
    alive, last = np.ones(UNITS, bool), np.full((UNITS, 2), -1)
    segments, links, chain = [], [], []
    before = np.zeros(0, int)
    for place in range(SEGMENTS):
        alive &= random.random(UNITS) > LOST
        there = np.flatnonzero(alive & (random.random(UNITS) > MISSED))
        begin = place * LENGTH
        trains = [np.sort(random.integers(begin, begin + LENGTH, random.poisson(SPIKES) + 1)) for _ in there]
        segments.append(SortedSegment(begin, LENGTH, trains, vectors[there]))
        links.append(random_links(random, place, there, before, last))
        if place:
            chain.append(np.array([np.flatnonzero(there == unit)[0] if unit in there else -1 for unit in before]))
        last[there] = np.column_stack([np.full(len(there), place), np.arange(len(there))])
        before = there
    return SortedRecording(segments, chain, probe, followed=followed_so_far(links), links=links)


def redraws(view, lanes: int) -> list[float]:
    """Seconds of each of many redraws, while the picture moves and is zoomed."""
    took = []
    columns = view.item.whole.width()
    for number in range(REDRAWS):
        share = number / REDRAWS
        top = (len(view.item.order) - lanes) * share
        began = time.perf_counter()
        view.box.setRange(xRange=(0.3 * columns * share, columns), yRange=(top, top + lanes), padding=0)
        QtWidgets.QApplication.processEvents()  # paints
        took.append(time.perf_counter() - began)
    return took[1:]


def main() -> int:
    """Open the result, show the river, draw it again and again."""
    output = Path(sys.argv[1])
    recording = many_units()
    units = tuple(tracks(recording))
    with tempfile.TemporaryDirectory(prefix="spikesift-river-") as folder:
        _, window = start(Path(folder), "light")
        window.resize(*SIZE)
        window.show()
        result = Result(1, "river", recording, units, sampling_frequency=RATE)
        window.context.model.apply(transitions.put_result, result)
        began = time.perf_counter()
        window.context.run("page.match")
        view = window.pages["match"].docks.view("match_river")
        until(lambda: view.item.whole.height() > 1 and window.context.turn.idle)
        QtWidgets.QApplication.processEvents()
        times = {"first": [time.perf_counter() - began], "units": [len(units)], "segments": [SEGMENTS]}
        until(lambda: at_rest(window))
        times |= {name: redraws(view, lanes) for name, lanes in LANES.items()}
        pixels = view.plot.viewport().size()
        times["pixels"] = [pixels.width(), pixels.height()]
        window.context.stop()
    output.write_text(json.dumps(times), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
