"""One run of the window on a session of very many units. Writes JSON.

Its arguments: the session's folder, the seconds at which the recording holds signal with commas between, and the file
to write. The window is drawn into memory (Qt's offscreen platform): what a screen adds is not measured.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from run_sorter import peak_memory
from run_window import SIZE, until

from spikesift_core.progress import run_to_end
from spikesift_gui.app import prepare, start
from spikesift_gui.garbage import leave_alone
from spikesift_gui.layouts import LAYOUTS
from spikesift_gui.pages import PAGES
from spikesift_gui.qt import QTimer, QtWidgets

SELECTIONS = 24  # in each layout
SCROLLS = 60
MEASURING = 30.0  # s, of measuring the units in the background, at most
BEAT = 5  # ms


class Heartbeat:
    """A timer of the window's thread: the longest time between two beats is the longest time a person waited for an
    answer to a click. `longest` has the seconds for each thing that was done, `worked` the longest processor time of
    that thread between two beats: what else the machine does takes no part in it."""

    def __init__(self):
        self.longest: dict[str, float] = {}
        self.worked: dict[str, float] = {}
        self._doing, self._last = "", (time.perf_counter(), time.thread_time())
        self._timer = QTimer()
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT)

    def _beat(self) -> None:
        now = time.perf_counter(), time.thread_time()
        if self._doing:
            for kept, one, last in zip((self.longest, self.worked), now, self._last, strict=True):
                kept[self._doing] = max(kept.get(self._doing, 0.0), one - last)
        self._last = now

    @contextmanager
    def during(self, doing: str):
        """What is done now; its last step counts too."""
        self._doing = doing
        yield
        QtWidgets.QApplication.processEvents()
        self._beat()
        self._doing = ""


class Session:
    """The window, and what is asked of it."""

    def __init__(self, window):
        self.window, self.context, self.heart = window, window.context, Heartbeat()
        self.times: dict[str, list[float]] = {}

    @property
    def docks(self):
        """The views of the page Inspect."""
        return self.window.pages["inspect"].docks

    def visible(self) -> list:
        """The views in sight."""
        views = [self.docks.view(name) for name in LAYOUTS[0].views]
        return [view for view in views if view.seen]

    def drawn(self) -> bool:
        """Whether every view in sight shows the state, and nothing that it asked for is still being computed."""
        late = any(view._timer.isActive() or not view.updatesEnabled() for view in self.visible())
        return not late and not self.context.computer.quick and self.context.turn.idle

    def settle(self) -> None:
        """Until nothing more happens; what is measured in the background may go on."""
        until(self.drawn)
        QtWidgets.QApplication.processEvents()  # paints

    def make_pages(self) -> None:
        """What the window does after the program's start, while nobody waits for it."""
        began = time.perf_counter()
        with self.heart.during("pages"):
            self.window.make_pages_ahead()
            until(lambda: len(self.window.pages) == len(PAGES))
        self.times["pages"] = [time.perf_counter() - began]

    def open(self, folder: Path) -> None:
        """Open the session: until its table and its raster are there, and until nothing more is to come."""
        began = time.perf_counter()
        with self.heart.during("opening"):
            self.context.run("session.open", path=folder)
            until(lambda: self.context.state.results.current is not None and self._first_picture())
            QtWidgets.QApplication.processEvents()
            self.times["first picture"] = [time.perf_counter() - began]
            self.settle()
        self.times["every view"] = [time.perf_counter() - began]

    def _first_picture(self) -> bool:
        return self.docks.view("units").model.rowCount() > 0 and bool(self.docks.view("raster").rows)

    def select(self, layout: str, units: list[int], name: str) -> None:
        """Select one unit after the other."""
        took = []
        with self.heart.during(name):
            for unit in units:
                began = time.perf_counter()
                self.context.run("units.select", units=[unit])
                self.settle()
                took.append(time.perf_counter() - began)
        self.times[name] = took

    def arrange(self, layout: str) -> None:
        """Another layout of the views."""
        with self.heart.during("another layout"):
            began = time.perf_counter()
            self.context.run(f"layout.{layout}")
            QtWidgets.QApplication.processEvents()
            self.settle()
        self.times.setdefault("another layout", []).append(time.perf_counter() - began)

    def scroll(self, places: list[float], name: str) -> None:
        """Move through the signal."""
        took = []
        with self.heart.during(name):
            for number in range(SCROLLS):
                began = time.perf_counter()
                self.context.run("time.go", time=places[number % len(places)] + 0.1 * (number + 2))
                self.settle()
                took.append(time.perf_counter() - began)
        self.times[name] = took


def main() -> int:
    """Open, select, scroll, change the layout; then the same while the units are measured."""
    folder, places, output = sys.argv[1:]
    run_to_end(prepare())  # and the pages below: as `app.get_ready_later` does
    with tempfile.TemporaryDirectory(prefix="spikesift-window-") as preferences:
        _, window = start(Path(preferences), "light")
        window.resize(*SIZE)
        window.show()
        session = Session(window)
        session.make_pages()
        leave_alone()
        measure(session, Path(folder), [float(one) for one in places.split(",")])
        window.context.stop()
    heart = session.heart
    found = {"times": session.times, "longest": heart.longest, "worked": heart.worked, "megabytes": peak_memory()}
    Path(output).write_text(json.dumps(found), encoding="utf-8")
    return 0


def measure(session: Session, folder: Path, places: list[float]) -> None:
    """All of it, one after the other."""
    session.open(folder)
    units = [track.id for track in session.context.state.results.current.tracks]
    step = len(units) // (len(LAYOUTS) * SELECTIONS)
    chosen = iter(units[:: max(1, step)])
    for layout in LAYOUTS:
        session.arrange(layout.id)
        some = [next(chosen) for _ in range(min(SELECTIONS, len(units) // len(LAYOUTS)))]
        session.select(layout.id, some, f"selection, {layout.title}")
    session.arrange("teaching")
    session.scroll(places, "scrolling the signal")
    session.arrange("quality")
    with session.heart.during("measuring in the background"):
        began = time.perf_counter()
        until(lambda: not session.context.state.job("quality") or time.perf_counter() - began > MEASURING)


if __name__ == "__main__":
    raise SystemExit(main())
