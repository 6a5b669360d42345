"""One run of the window on a long recording: how fast it opens, draws again, and answers the slider. Writes JSON.

Its arguments: the recording's file, its probe's file, channels, the places that hold signal as s with commas between,
and the file to write. The window is drawn into memory (Qt's offscreen platform): what a screen adds is not measured.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from spikesift_core.progress import run_to_end
from spikesift_core.warmup import warm_up
from spikesift_gui import transitions
from spikesift_gui.app import start
from spikesift_gui.qt import QtCore, QtWidgets

SIZE = (1920, 1080)
STEP = 0.05  # s of recording from one picture to the next
REDRAWS = 60
LONGEST = 60.0  # s, waiting for one thing
# As in use: the window sleeps while the background works, and is woken by what it has found.
WAIT = QtCore.QEventLoop.ProcessEventsFlag.WaitForMoreEvents
SLIDER = range(50, 150, 5)


def until(condition: Callable[[], bool]) -> float:
    """Let the window work until `condition()`; seconds it took."""
    awake = QtCore.QTimer()
    awake.start(20)  # a thread may have ended without a word to the window
    began = time.perf_counter()
    while not condition():
        if time.perf_counter() - began > LONGEST:
            raise TimeoutError("the window did not come to an end")
        QtWidgets.QApplication.processEvents(WAIT)
    return time.perf_counter() - began


def at_rest(window) -> bool:
    """Whether nothing is computed any more for a view, and nothing that was put off is still to be drawn."""
    return not window.context.computer.busy and window.context.turn.idle


def redraws(window, view, places: list[float], rate: float) -> list[float]:
    """Seconds from a change of the time to the next picture, drawn completely, one after the other."""
    took = []
    for number in range(REDRAWS):
        place = places[number * len(places) // REDRAWS]
        moment = place + STEP * (number % (REDRAWS // len(places)))
        began = time.perf_counter()
        window.context.model.apply(transitions.set_view, time_start=moment)
        until(lambda moment=moment: view.traces.window.start == round(moment * rate) and window.context.turn.idle)
        QtWidgets.QApplication.processEvents()  # paints
        took.append(time.perf_counter() - began)
    return took[1:]


def main() -> int:
    """Open, draw again and again in each kind, move the slider, look the recording over."""
    binary, probe, channels, places, output = sys.argv[1:]
    run_to_end(warm_up())
    with tempfile.TemporaryDirectory(prefix="spikesift-window-") as folder:
        _, window = start(Path(folder), "light")
        times = _measured(window, Path(binary), Path(probe), int(channels), [float(one) for one in places.split(",")])
        window.context.stop()
    Path(output).write_text(json.dumps(times), encoding="utf-8")
    return 0


def _measured(window, binary: Path, probe: Path, channels: int, places: list[float]) -> dict[str, list[float]]:
    run, rate = window.context.run, 30000.0
    window.resize(*SIZE)
    window.show()
    run("probe.import", path=probe)
    view = window.pages["recording"].traces
    times = {}
    began = time.perf_counter()
    run("file.open", path=binary)
    run("recording.set", channels=channels, sampling_frequency=rate)
    window.context.model.apply(transitions.set_view, time_start=places[0], time_span=0.2)
    times["opened"] = [time.perf_counter() - began]
    until(lambda: view.traces.window is not None and window.context.turn.idle)
    times["first picture"] = [time.perf_counter() - began]
    until(lambda: at_rest(window) and not window.context.state.jobs)
    times["looked over"] = [time.perf_counter() - began]
    view.set_option("rows", None)
    for name, options in (
        ("raw lines", {"filtered": False, "heat": False}),
        ("filtered lines", {"filtered": True, "heat": False}),
        ("raw heat map", {"filtered": False, "heat": True}),
        ("filtered heat map", {"filtered": True, "heat": True}),
    ):
        for option, value in options.items():
            view.set_option(option, value)
        until(lambda: at_rest(window))
        before = time.process_time()
        times[name] = redraws(window, view, places, rate)
        times[f"{name}, processor"] = [(time.process_time() - before) / REDRAWS]
        times[f"{name}, channels"] = [len(view.traces.window.channels)]
    times["slider"] = _slider(window)
    return times


def _slider(window) -> list[float]:
    """Seconds from a move of the threshold's slider until spikes, lines and rate are drawn."""
    window.context.run("page.sort")
    view = window.pages["sort"].preview
    until(lambda: view._window is not None and at_rest(window))
    took = []
    view.slider.setSliderDown(True)
    for value in SLIDER:
        began = time.perf_counter()
        view.slider.setValue(value)
        view.draw_now()
        view.grab()
        took.append(time.perf_counter() - began)
    return took


if __name__ == "__main__":
    raise SystemExit(main())
