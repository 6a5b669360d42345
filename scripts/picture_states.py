"""Pictures of every state of the pages Recording, Probe and Sort, for a person to look at.

python scripts/picture_states.py FOLDER [--only WORD ...] [--data FOLDER] [--quick] [--guide]

Each state is reached as a person would reach it and drawn in light and dark, in a small window, a large one, and with
larger text. `--data` adds what lies in a folder of recordings of your own: those recognised.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from guide_pictures import small
from page_states import IN_GUIDE, STATES, states_of_data

from spikesift_core.progress import Progress
from spikesift_gui import transitions
from spikesift_gui.commands import COMMANDS
from spikesift_gui.context import Context
from spikesift_gui.main_window import MainWindow
from spikesift_gui.preferences import Preferences
from spikesift_gui.qt import QtWidgets
from tests.gui.conftest import Answers

# name: width, height, size of text
SIZES = {"1280": (1280, 720, 1.0), "1920": (1920, 1080, 1.0), "text130": (1280, 720, 1.3)}
THEMES = ("light", "dark")
PATIENCE = 90.0  # s, for one state
QUIET = 6  # looks in a row at which nothing was computed


class Scene:
    """A window of its own with a folder of its own, driven by commands."""

    def __init__(self, folder, application):
        folder.mkdir(parents=True)
        self.folder = folder
        self.application = application
        preferences = Preferences(folder / "preferences")
        preferences.set("theme", "light")
        self.context = Context(COMMANDS, preferences, Answers())
        self.window = MainWindow(self.context)
        self.window.resize(1280, 720)
        self.window.show()
        self.shown = self.window  # a dialog over it, where that is what there is to see

    def run(self, command_id, **arguments):
        """Run a command, whether it works or not: a state may be an error."""
        self.context.run(command_id, **arguments)

    def page(self, name):
        """Turn to a page; returns it."""
        self.run(f"page.{name}")
        return self.window.pages[name]

    def wait(self, jobs=True, seconds=PATIENCE):
        """Until nothing is computed any more; `jobs`: nor any job runs."""
        end, quiet = time.monotonic() + seconds, 0
        while time.monotonic() < end and quiet < QUIET:
            self.application.processEvents()
            time.sleep(0.01)
            busy = self.context.computer.busy or (jobs and self.context.state.jobs) or not self.context.turn.idle
            quiet = 0 if busy else quiet + 1

    def until(self, condition, seconds=PATIENCE):
        """Until a condition holds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not condition():
            self.application.processEvents()
            time.sleep(0.005)

    def hold(self, kind, stage):
        """Jobs of this kind stay past the middle of this stage until they are cancelled."""
        start = self.context.start_job

        def held(started, title, job, **handlers):
            return start(started, title, staying(job, stage) if started == kind else job, **handlers)

        self.context.start_job = held

    def close(self):
        """End everything."""
        self.context.dialogs.yes = True
        self.context.stop()
        self.window.close()
        self.window.deleteLater()
        self.application.processEvents()


def staying(job, stage):
    """A job that stays at its first step past the middle of a stage."""
    try:
        while True:
            step = next(job)
            yield step
            while past_middle(step, stage):
                time.sleep(0.02)
                yield step
    except StopIteration as stop:
        return stop.value
    finally:
        job.close()


def past_middle(step, stage):
    """Whether what a job yields says so."""
    return isinstance(step, Progress) and step.stage == stage and step.fraction > 0.5


def pictures(scene, state, output, sizes):
    """One picture for each size and theme."""
    for name, (width, height, scale) in sizes.items():
        scene.window.resize(width, height)
        scene.context.model.apply(transitions.set_appearance, scale=scale)
        for theme in THEMES:
            scene.run(f"appearance.{theme}")
            scene.wait(jobs=state.jobs, seconds=PATIENCE if state.jobs else 1.0)
            shown = IN_GUIDE[state.name] if name == "guide" else f"{state.name}-{name}"
            small(scene.shown.grab().toImage()).save(str(output / f"{shown}-{theme}.png"))


def main():
    """Make them; exit status 1 when a state could not be reached."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="states whose name holds one of these words")
    parser.add_argument("--data", type=Path, help="a folder of recordings of your own")
    parser.add_argument("--quick", action="store_true", help="the small window only")
    parser.add_argument("--guide", action="store_true", help="those of docs/guide.md, under their names there")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    application = QtWidgets.QApplication([])
    sizes = {"guide": SIZES["1280"]} if options.guide else {"1280": SIZES["1280"]} if options.quick else SIZES
    wanted = [*STATES, *(states_of_data(options.data) if options.data else [])]
    wanted = [state for state in wanted if not options.only or any(word in state.name for word in options.only)]
    if options.guide:
        wanted = [state for state in wanted if state.name in IN_GUIDE]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="states-", ignore_cleanup_errors=True) as folder:
        for state in wanted:
            scene = Scene(Path(folder) / state.name, application)
            try:
                state.make(scene)
                scene.wait(jobs=state.jobs, seconds=PATIENCE if state.jobs else 0.3)
                pictures(scene, state, options.output, sizes)
                print(state.name, flush=True)
            except Exception as error:
                failed += 1
                print(f"{state.name}: {type(error).__name__}: {error}", flush=True)
            scene.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
