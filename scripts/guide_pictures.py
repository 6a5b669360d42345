"""Make the pictures of docs/inspect.md and docs/match.md anew: make guide

Three days of one probe are simulated and sorted in a folder of their own (or taken from --days, where a run before left
them): the tissue moves between them, units vanish, appear and fall silent. Every picture is what a person sees after
the clicks that the guide describes; look at each of them before committing it.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from scipy.spatial import cKDTree

from spikesift_core.progress import run_to_end
from spikesift_core.recording import Recording
from spikesift_core.session import is_session
from spikesift_core.session_notes import add_notes
from spikesift_core.simulate import simulate
from spikesift_core.sort_to_session import sort_to_session
from spikesift_gui import app
from spikesift_gui.matching import current, judged, limit
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
COLORS, RARE = 256, 96  # of a picture, and how many of them are chosen because no other is like them
STEP = 8  # of a colour's parts, where alike ones are counted together
DAYS = {"day 3": "2024-05-03T10:12:00", "day 4": "2024-05-04T09:47:30", "day 5": "2024-05-05T10:05:10"}
SECONDS, UNITS, CHANNELS, RATE = 60, 20, 32, 30_000
JUMPS = (10.0, -25.0)  # um, between the days
WINDOW = (1440, 900)
QUIET = 25  # looks in a row at which nothing is computed
PATIENCE = 60.0  # s
# View of the page Inspect: width and height of its picture, px
INSPECT = {
    "units": (640, 300),
    "waveforms": (420, 340),
    "vectors": (460, 340),
    "similarity": (420, 340),
    "correlograms": (420, 320),
    "isi": (420, 260),
    "traces": (640, 280),
    "quality": (900, 430),
    "raster": (640, 300),
    "amplitudes": (640, 240),
    "drift": (640, 280),
    "segments": (560, 360),
}
ALONE = ("vectors", "amplitudes")  # of one unit
MATCH = {
    "match_recordings": (760, 250),
    "match_curve": (420, 300),
    "match_pairs": (520, 340),
    "match_table": (780, 300),
    "match_pair": (760, 320),
    "match_river": (760, 340),
}


def small(image: QtGui.QImage) -> QtGui.QImage:
    """The picture in the 256 colours that are most frequent in it, which makes its file a third as large."""
    image = image.convertToFormat(QtGui.QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits().asarray(image.sizeInBytes()), np.uint8).reshape(image.height(), -1)
    pixels = rows[:, : 3 * image.width()].reshape(-1, 3)
    exact, where, counts = np.unique(pixels, axis=0, return_inverse=True, return_counts=True)
    groups, group = np.unique(exact // STEP, axis=0, return_inverse=True)
    totals = np.bincount(group.ravel(), counts, len(groups))
    order = np.lexsort((-counts, group.ravel()))  # the most frequent colour of each group stands for it
    heads = order[np.searchsorted(group.ravel()[order], np.arange(len(groups)))]
    palette = exact[heads[chosen(exact[heads].astype(float), totals)]]
    nearest = cKDTree(palette.astype(float)).query(exact.astype(float))[1]
    indexed = np.ascontiguousarray(nearest[where.ravel()].reshape(image.height(), image.width()).astype(np.uint8))
    made = QtGui.QImage(
        indexed.tobytes(), image.width(), image.height(), image.width(), QtGui.QImage.Format.Format_Indexed8
    )
    made.setColorTable([QtGui.qRgb(*color) for color in palette.tolist()])
    return made.copy()


def chosen(colors: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Indices of 256 colours: most of them the frequent ones, then those that are worst stood for by the others."""
    order = np.argsort(-counts)
    taken = order[: COLORS - RARE].tolist()
    away = cKDTree(colors[taken]).query(colors)[0]
    while len(taken) < min(COLORS, len(colors)):
        taken.append(int(np.argmax(away * counts**0.25)))
        away = np.minimum(away, np.linalg.norm(colors - colors[taken[-1]], axis=1))
    return np.array(taken)


def make_days(folder: Path) -> list[Path]:
    """Simulate one recording, cut it into the three days, sort each; what is there already is taken."""
    sessions = [folder / f"{name}.spikesift" for name in DAYS]
    if all(map(is_session, sessions)):
        return sessions
    path, height = [(0.0, 0.0)], 0.0
    for day, jump in enumerate(JUMPS, 1):
        path += [(day * SECONDS - 0.01, height), (day * SECONDS, height + jump)]
        height += jump
    ends = [day * SECONDS for day in range(4)]
    spans = [(ends[1], ends[3])] * 3 + [(0, ends[1])] * 3 + [(ends[2], ends[3])] * 2 + [(ends[1] - 25, ends[1])] * 2
    silences = [(unit, *span) for unit, span in enumerate(spans)]
    given = {"channels": CHANNELS, "seconds": 3 * SECONDS, "units": UNITS, "seed": 5, "sampling_frequency": RATE}
    made = simulate(folder / "whole", drift_path=path, silences=silences, **given)
    samples = made.recording().read(0, made.recording().num_samples)
    for day, (session, began) in enumerate(zip(sessions, DAYS.values(), strict=True)):
        file = session.with_suffix(".bin")
        samples[day * SECONDS * RATE : (day + 1) * SECONDS * RATE].tofile(file)
        plain = {"data_type": "int16", "sampling_frequency": RATE, "probe_geometry": made.truth.probe_geometry}
        job = sort_to_session(Recording(binary_file=file, **plain), session, preset="default", notes={"gain": 0.195})
        run_to_end(job)
        add_notes(session, started=began)
    return sessions


class Guide:
    """A window that is taken pictures of."""

    def __init__(self, folder: Path):
        self.application, self.window = app.start(Path(tempfile.mkdtemp(prefix="spikesift-guide-")), theme="light")
        self.context, self.folder = self.window.context, folder
        self.window.resize(*WINDOW)
        self.window.show()
        self.settle()

    def run(self, command: str, **arguments) -> None:
        """A command that must not be refused; then wait until all is drawn."""
        if not self.context.run(command, **arguments):
            raise SystemExit(f"{command} was refused: {[one.words for one in self.context.state.problems]}")
        self.settle()

    def settle(self) -> None:
        """Let the window do what is due."""
        quiet, until = 0, time.monotonic() + PATIENCE
        while quiet < QUIET and time.monotonic() < until:
            QtCore.QCoreApplication.processEvents()
            time.sleep(0.02)
            busy = self.context.computer.busy or self.context.state.jobs or not self.context.turn.idle
            quiet = 0 if busy else quiet + 1

    def shot(self, name: str, widget: QtWidgets.QWidget | None = None) -> None:
        """A picture of the window, or of a part of it, compressed as far as PNG goes."""
        small((widget or self.window).grab().toImage()).save(str(self.folder / f"{name}.png"), "PNG", 0)

    def view(self, page: str, view_id: str, size: tuple[int, int]) -> None:
        """A picture of one view, in a window of its own of this size."""
        view = self.window.pages[page].docks.view(view_id)
        for part in view.findChildren(QtWidgets.QWidget):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # no frame around a button
        view.pop_out()
        view.own_window.resize(*size)
        self.settle()
        self.shot(view_id.replace("_", "-"), view)
        view.put_back()
        self.settle()


def main() -> int:
    """Make all of them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--days", type=Path, help="folder for the simulated days, kept for the next time")
    parser.add_argument("--pictures", type=Path, default=PICTURES, help="where the pictures go")
    given = parser.parse_args()
    days = given.days or Path(tempfile.mkdtemp(prefix="spikesift-days-"))
    days.mkdir(parents=True, exist_ok=True)
    given.pictures.mkdir(parents=True, exist_ok=True)
    sessions = make_days(days)
    guide = Guide(given.pictures)
    queue(guide, days, sessions)
    inspect(guide, sessions[0])
    match(guide, sessions)
    guide.window.close()
    return 0


def queue(guide: Guide, days: Path, sessions: list[Path]) -> None:
    """The queue of the page Sort, with the three days waiting."""
    files = [session.with_suffix(".bin") for session in sessions]
    guide.run("probe.import", path=days / "whole_probe.csv")
    guide.run("recording.open", path=files[0])
    guide.run("recording.set", channels=CHANNELS, data_type="int16", sampling_frequency=RATE, gain=0.195)
    guide.run("queue.add")
    guide.run("queue.add_files", paths=files[1:])
    guide.run("queue.then", then="match")
    guide.run("page.sort")
    page = guide.window.pages["sort"]
    page.tabs.setCurrentWidget(page.queue)
    guide.settle()
    guide.shot("sort-queue-light")


def inspect(guide: Guide, session: Path) -> None:
    """The page Inspect: whole, light and dark, and each view."""
    guide.run("session.open", path=session)
    result = guide.context.state.results.current
    largest = sorted(result.tracks, key=lambda track: -_size(result, track))
    guide.run("units.select", units=[largest[0].id, largest[1].id])
    guide.run("page.inspect")
    for theme in ("light", "dark"):
        guide.run(f"appearance.{theme}")
        guide.shot(f"inspect-page-{theme}")
    guide.run("appearance.light")
    for view_id, size in INSPECT.items():
        guide.run("units.select", units=[track.id for track in largest[: 1 if view_id in ALONE else 2]])
        guide.view("inspect", view_id, size)
    guide.run("layout.overview")
    guide.shot("inspect-overview-light")
    guide.run("layout.all")


def _size(result, track) -> float:
    vectors = [result.sorted_recording.sorted_segments[at].amplitude_vectors[k].max() for at, k in track.members]
    return float(np.mean(vectors)) * len(track.members)


def match(guide: Guide, sessions: list[Path]) -> None:
    """The page Match: day 3 with day 4, step by step."""
    for session in sessions:
        guide.run("session.open", path=session)
    ids = [one.id for one in guide.context.state.results.items]
    guide.run("page.match")
    guide.run("recordings.choose", results=ids[:2])
    guide.run("recordings.compare")
    pairs = judged(*current(guide.context.state), limit(guide.context.state))
    surest = max((pair for pair in pairs if pair.verdict == "clear"), key=lambda pair: pair.margin)
    guide.run("match.focus", source=surest.source, target=surest.target)
    for theme in ("light", "dark"):
        guide.run(f"appearance.{theme}")
        guide.shot(f"match-page-{theme}")
    guide.run("appearance.light")
    for view_id, size in MATCH.items():
        guide.view("match", view_id, size)
    guide.run("recordings.choose", results=ids)
    guide.run("recordings.merge")
    guide.shot("match-merged-light")


if __name__ == "__main__":
    sys.exit(main())
