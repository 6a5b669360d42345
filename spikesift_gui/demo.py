"""The demo: a simulated, drifting recording is opened, described and sorted in the window, in front of a person's eyes.

`python -m spikesift_gui.demo`. Without a display it does the same offscreen, saves a picture of every page and says
what was found. It acts through the window's commands, as a person would.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from statistics import median
from typing import Any

from spikesift_core.examples import example_events
from spikesift_core.messages import say
from spikesift_core.sort_to_session import session_folder
from spikesift_core.tracks import track_spikes
from spikesift_core.truth import Score, score_trains
from spikesift_gui import app
from spikesift_gui.units import facts_of

WINDOW_SIZE = (1440, 900)
TICK = 30  # ms between two looks at whether a step is over
QUIET_TICKS = 8  # a page counts as drawn when nothing was computed for so many looks
PATIENCE = 240.0  # s; compiling on a slow machine takes the longest
READING_TIME = 2.0  # s that a person sees each page on the way
UNITS_SHOWN = 2

Step = Generator[Callable[[], bool], None, None]  # yields what it waits for


class DemoFailed(Exception):
    """A step of the demo did not work; the text says which and why."""


class Demo:
    """Drives a window through the whole way, from the file to the units.

    Parameters
    ----------
    window : MainWindow, shown.
    output : folder for the recording, its session and the pictures.
    pictures : folder for a picture of each page; None takes none and pauses on each page instead.
    themes : themes of the pictures, "light" and "dark".
    """

    def __init__(self, window: Any, output: Path, pictures: Path | None, themes: tuple[str, ...] = ("light",)):
        self.window, self.context = window, window.context
        self.output, self.pictures, self.themes = output, pictures, themes
        self.sorting_seconds = 0.0
        self.simulated: Any = None
        self.units_seen: list[int] = []  # how many units were there each time new ones came
        self._quiet = 0

    def steps(self) -> Step:
        """The whole way."""
        yield from self._look("home")
        yield from self._prepare()
        yield from self._describe()
        yield from self._sort()
        yield from self._inspect()
        yield from self._match()
        self.run("page.inspect")
        self.context.say("This was the demo. The window is yours: everything works as with a recording of your own.")

    def run(self, command_id: str, **arguments: Any) -> None:
        """Run a command that must not be refused."""
        said: list[str] = []
        self.context.said.connect(said.append)
        done = self.context.run(command_id, **arguments)
        self.context.said.disconnect(said.append)
        if not done:
            problems = [problem.words for problem in self.context.state.problems]
            raise DemoFailed(f"{command_id} was not done: {' '.join(said + problems)}")

    def _prepare(self) -> Step:
        """Simulate the recording (or find it again) while the kernels are made ready."""
        self.context.start_job(
            "simulate", "Simulating a recording", example_events(self.output), on_finished=self._keep_simulated
        )
        yield lambda: not self.context.state.jobs
        if self.simulated is None:
            raise DemoFailed("The recording could not be simulated.")

    def _keep_simulated(self, simulated: Any) -> None:
        self.simulated = simulated

    def _describe(self) -> Step:
        recording = self.simulated.recording()
        self.run("recording.open", path=self.simulated.binary_file)
        self.run("probe.import", path=self.simulated.probe_file)
        self.run(
            "recording.set",
            data_type=recording.data_type.name,
            channels=recording.recording_channels,
            sampling_frequency=recording.sampling_frequency,
            gain=self.simulated.truth.uv_per_bit,
        )
        yield from self._look("recording")
        yield from self._look("probe")

    def _sort(self) -> Step:
        shutil.rmtree(session_folder(self.simulated.binary_file), ignore_errors=True)  # of the demo before this one
        self.run("page.sort")
        self.context.model.changed.connect(self._watch)
        before = time.perf_counter()
        self.run("sort.start")
        yield lambda: not self.context.state.job("sort")
        self.sorting_seconds = time.perf_counter() - before
        self.context.model.changed.disconnect(self._watch)
        if not (self.result and self.result.complete):
            raise DemoFailed("Sorting did not come to its end.")
        yield from self._look("sort")

    def _watch(self, before: Any, after: Any) -> None:
        if before.results != after.results and after.results.current:
            self.units_seen.append(len(after.results.current.tracks))

    def _inspect(self) -> Step:
        """Select the largest unit among those with many spikes, and its neighbour."""
        facts = facts_of(self.result)
        typical = median(fact.spikes for fact in facts)
        many = [fact for fact in facts if fact.spikes >= typical]
        best = max(many, key=lambda fact: fact.amplitude)
        near = sorted(many, key=lambda fact: abs(fact.depth - best.depth))
        self.run("units.select", units=[fact.id for fact in near[:UNITS_SHOWN]])
        yield from self._look("inspect")

    def _match(self) -> Step:
        """The first segment against the last one: the same units, moved."""
        self.run("match.set", source_id=self.result.id, source_segment=0, target_id=self.result.id, target_segment=-1)
        yield from self._look("match")

    @property
    def result(self) -> Any:
        """The sorted recording, or None."""
        return self.context.state.results.current

    def _look(self, page: str) -> Step:
        """Show a page; take its pictures, or give the person time to see it."""
        from spikesift_gui.views.pictures import Picture, save_picture

        self.run(f"page.{page}")
        if self.pictures is None:
            until = time.perf_counter() + READING_TIME
            yield lambda: time.perf_counter() >= until
            return
        for theme in self.themes:
            self.run(f"appearance.{theme}")
            self._quiet = 0
            yield self._is_drawn
            ending = "" if len(self.themes) == 1 else f"-{theme}"
            picture = Picture(self.window, "", self.context.state.appearance, sharpness=1)
            save_picture(picture, self.pictures / f"{page}{ending}.png", page)

    def _is_drawn(self) -> bool:
        working = self.context.computer.busy or not self.context.turn.idle
        busy = working or self.context.state.jobs  # a picture shows what is there at the end
        self._quiet = 0 if busy else self._quiet + 1
        return self._quiet >= QUIET_TICKS

    def score(self) -> Score:
        """The units against the truth."""
        result, truth = self.result, self.simulated.truth
        trains = [track_spikes(result.sorted_recording, track) for track in result.tracks]
        return score_trains(truth.trains(), trains, truth.sampling_frequency)

    def summary(self) -> str:
        """What was found and where it is, in lines for the terminal."""
        score, recording = self.score(), self.result.recording
        speed = recording.duration / self.sorting_seconds
        lines = [
            f"recording   {recording.summary()}",
            f"units       {score.summary()}",
            f"appeared    {' → '.join(map(str, self.units_seen))} units, segment by segment",
            f"speed       {speed:.0f} times real time ({self.sorting_seconds:.1f} s, in the window, saving included)",
            f"session     {self.result.folder}",
        ]
        program = shutil.which("spikesift-gui", path=Path(sys.executable).parent)
        lines += [f"pictures    {self.pictures}"] if self.pictures else []
        lines += [f"your own    {program} opens the window for a recording of yours"] if program else []
        return "\n".join(lines)


class Player:
    """Goes from step to step while Qt's event loop runs; calls `on_end(error or None)` once.

    Parameters
    ----------
    steps : the generator of conditions.
    on_end : told when it is over.
    patience : s; how long one condition may take.
    """

    def __init__(self, steps: Step, on_end: Callable[[Exception | None], None], patience: float = PATIENCE):
        from spikesift_gui.qt import QTimer

        self._steps, self._on_end, self._patience = steps, on_end, patience
        self._is_over: Callable[[], bool] = lambda: True
        self._since = time.perf_counter()
        self._timer = QTimer(interval=TICK)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        try:
            if self._is_over():
                self._is_over, self._since = next(self._steps), time.perf_counter()
            elif time.perf_counter() - self._since > self._patience:
                raise DemoFailed(f"A step of the demo took longer than {self._patience:.0f} s.")
        except StopIteration:
            self._end(None)
        except Exception as error:  # told to whoever started the demo: it ends here
            self._end(error)

    def _end(self, error: Exception | None) -> None:
        self._timer.stop()
        self._on_end(error)


def main(argv: list[str] | None = None) -> int:
    """Run the demo. Returns the exit status: 0, or 1 when a step did not work or there can be no window."""
    options = _parser().parse_args(argv)
    if app.missing_display():
        options.offscreen = True
    if options.offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")  # what a window would have and this has not
    problem = app.missing_qt()
    if problem:
        say(problem)
        return 1
    output = options.output.resolve()
    pictures = (options.pictures or output / "pictures").resolve() if options.offscreen else None
    for folder in (output, *([pictures] if pictures else [])):
        folder.mkdir(parents=True, exist_ok=True)
    return _play(output, pictures, ("light", "dark") if options.pictures else ("light",))


def _play(output: Path, pictures: Path | None, themes: tuple[str, ...]) -> int:
    # Preferences of its own: the demo leaves no trace among a person's recent files.
    preferences = Path(tempfile.mkdtemp(prefix="spikesift-demo-"))
    application, window = app.start(preferences, theme="light" if pictures else None)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C in the terminal ends the demo at once
    window.resize(*WINDOW_SIZE)
    window.show()
    app.get_ready_later(window)
    demo = Demo(window, output, pictures, themes)
    failed: list[Exception] = []

    def over(error: Exception | None) -> None:
        failed.extend([error] if error else [])
        say(f"The demo stopped: {error}" if error else demo.summary())
        if pictures:
            window.close()
            application.quit()

    say("A simulated recording is made and sorted; the first time, compiling takes a while ...")
    player = Player(demo.steps(), over)
    status = application.exec()
    del player
    return 1 if failed else status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spikesift_gui.demo", description="Sort a simulated, drifting, 32-channel recording in the window."
    )
    parser.add_argument("--output", type=Path, default=Path("demo-output"), metavar="FOLDER", help="where files go")
    parser.add_argument("--offscreen", action="store_true", help="without a window; saves a picture of every page")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="put pictures, light and dark, there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
