"""A window of its own for each test: offscreen, its own preferences folder, dialogs that answer what the test says."""

from __future__ import annotations

import gc
from functools import partial

import numpy as np
import pytest

from spikesift_gui import transitions
from spikesift_gui.commands import COMMANDS
from spikesift_gui.context import Context
from spikesift_gui.garbage import collect_due
from spikesift_gui.main_window import MainWindow
from spikesift_gui.preferences import Preferences
from spikesift_gui.state import Appearance
from spikesift_gui.theme import apply_theme, font
from tests.gui.helpers import drawn, settle
from tests.gui.match_helpers import Alone, open_results
from tests.gui.unit_example import example_result

LONGEST = 300_000  # ms; only a test that fails waits so long: a machine may be busy, and may compile the engine first


class Answers:
    """Stands in for `Dialogs`: answers with its attributes and keeps what was told."""

    def __init__(self):
        self.parent = None
        self.file = self.saved = self.folder = self.export = None
        self.files = ()
        self.yes = True
        self.text = ""
        self.asked: list[str] = []
        self.told: list[tuple[str, str]] = []
        self.opened: list = []

    def open_file(self, title, filters=""):
        self.asked.append(title)
        return self.file

    def open_files(self, title, filters=""):
        self.asked.append(title)
        return self.files or ((self.file,) if self.file else ())

    def save_file(self, title, name, filters=""):
        self.asked.append(title)
        return self.saved

    def open_folder(self, title):
        self.asked.append(title)
        return self.folder

    def confirm(self, title, words, yes):
        self.asked.append(title)
        return self.yes

    def ask_text(self, title, words, text):
        self.asked.append(title)
        return self.text

    def ask_export(self, name, counts, first, no_clock):
        self.asked.append(f"Export units of {name}")
        self.offered = counts, first, no_clock
        return self.export

    def tell(self, title, words):
        self.told.append((title, words))

    def open_outside(self, path):
        self.opened.append(path)
        return True


@pytest.fixture
def qtbot(qtbot):
    """Waits as long as the slowest machine may need."""
    qtbot.waitUntil = partial(qtbot.waitUntil, timeout=LONGEST)
    qtbot.waitSignal = partial(qtbot.waitSignal, timeout=LONGEST)
    qtbot.waitExposed = partial(qtbot.waitExposed, timeout=LONGEST)
    return qtbot


@pytest.fixture(autouse=True)
def application(qapp):
    """Fonts, icons and colours end the process without one, whichever test comes first; larger text is for one test."""
    yield
    if qapp.styleSheet() and qapp.font() != font("body", Appearance()):
        apply_theme(qapp, Appearance())


@pytest.fixture(autouse=True, scope="session")
def no_garbage_collected_in_threads():
    """As in the program (see `spikesift_gui.garbage`)."""
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


@pytest.fixture(autouse=True)
def garbage(application):
    """What tests leave is deleted between them, in the window's thread."""
    yield
    while collect_due() >= 0:
        pass


@pytest.fixture
def preferences(tmp_path):
    made = Preferences(tmp_path / "preferences")
    made.set("theme", "light")
    return made


@pytest.fixture
def context(qapp, preferences):
    made = Context(COMMANDS, preferences, Answers())
    made.words = []
    made.said.connect(made.words.append)
    yield made
    made.stop()


@pytest.fixture
def window(qtbot, context):
    made = MainWindow(context)
    qtbot.addWidget(made)
    made.resize(1280, 720)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    settle(qtbot)
    yield made
    context.dialogs.yes = True
    made.close()


@pytest.fixture
def example(context, tmp_path):
    """The example result is open; nothing is selected."""
    made = example_result(tmp_path)
    context.model.apply(transitions.put_result, made)
    return made


@pytest.fixture
def recording_file(tmp_path):
    """100 ms of four channels at 30 kHz, int16."""
    path = tmp_path / "rat12_day3.bin"
    np.random.default_rng(0).integers(-100, 100, (3000, 4)).astype(np.int16).tofile(path)
    return path


@pytest.fixture
def probe_file(tmp_path):
    """Four contacts in a column, 20 um apart."""
    path = tmp_path / "column.csv"
    path.write_text("x,y\n0,0\n0,20\n0,40\n0,60\n", encoding="utf-8")
    return path


@pytest.fixture
def alone(qtbot, context):
    """The page Match without a window."""
    made = Alone(context)
    page = made.pages["match"]
    qtbot.addWidget(page)
    page.resize(1120, 620)
    with qtbot.waitExposed(page):
        page.show()
    return made


@pytest.fixture
def opened(alone, qtbot):
    """The page Match with two sorted recordings, compared."""
    open_results(alone, qtbot)
    return alone


@pytest.fixture
def show(qtbot, context, example):
    """Makes a view, shows it, and waits until it has drawn."""

    def make(view_class, units=(0, 1), size=(600, 400)):
        context.model.apply(transitions.select_units, units)
        view = view_class(context)
        qtbot.addWidget(view)
        view.resize(*size)
        view.show()
        drawn(qtbot, context)
        return view

    return make
