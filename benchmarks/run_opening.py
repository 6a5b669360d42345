"""One recording opened from Python and in the window: how long it takes. Writes JSON.

Its arguments: what is opened, a file of its probe, the file to write, and the sampling frequency where the recording
does not tell it. The window is drawn into memory (Qt's offscreen platform).
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from run_window import SIZE, at_rest, until

from spikesift_core import open_recording
from spikesift_core.probe import read_probe
from spikesift_core.progress import run_to_end
from spikesift_core.warmup import warm_up
from spikesift_gui.app import start
from spikesift_gui.qt import QtWidgets

AGAIN = 5


def opened(path: Path, positions, rate: float | None) -> float:
    """Seconds until a recording is ready to be read."""
    began = time.perf_counter()
    open_recording(path, probe_geometry=positions, sampling_frequency=rate)
    return time.perf_counter() - began


def picture(path: Path, probe: Path) -> float:
    """Seconds from opening in a window to the first picture of the traces."""
    with tempfile.TemporaryDirectory(prefix="spikesift-window-") as folder:
        _, window = start(Path(folder), "light")
        window.resize(*SIZE)
        window.show()
        window.context.run("probe.import", path=probe)
        view = window.pages["recording"].traces
        began = time.perf_counter()
        window.context.run("file.open", path=path)
        until(lambda: view.traces.window is not None and window.context.turn.idle)
        QtWidgets.QApplication.processEvents()  # paints
        took = time.perf_counter() - began
        until(lambda: at_rest(window) and not window.context.state.jobs)
        window.context.stop()
    return took


def main() -> int:
    """Open from Python, first and again, then in the window."""
    path, probe, output, *rate = sys.argv[1:]
    positions = read_probe(probe)
    rate = float(rate[0]) if rate else None
    times = {"first": [opened(Path(path), positions, rate)]}
    times["again"] = [opened(Path(path), positions, rate) for _ in range(AGAIN)]
    run_to_end(warm_up())
    times["picture"] = [picture(Path(path), Path(probe))]
    Path(output).write_text(json.dumps(times), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
