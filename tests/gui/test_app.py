import logging
import os
import subprocess
import sys

import pytest

from spikesift_core.progress import Progress
from spikesift_core.version import VERSION
from spikesift_gui import app
from spikesift_gui.pages import PAGES
from spikesift_gui.preferences import LOG_FILE
from tests.gui.helpers import settle, stop_log


@pytest.fixture
def started(qtbot, tmp_path, recording_file, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    level = logging.getLogger().level
    _, window = app.start(tmp_path / "preferences", "dark", recording_file)
    qtbot.addWidget(window)
    window.show()
    yield window
    window.close()
    stop_log(tmp_path / "preferences" / LOG_FILE)
    logging.getLogger().setLevel(level)


def test_start_opens_what_is_asked_for_in_the_theme_asked_for(started, recording_file):
    state = started.context.state
    assert state.recording.path == recording_file and state.appearance.dark and state.page == "recording"


def test_qt_paints_without_threads_of_its_own(started):
    assert os.environ["QT_NO_GUI_THREADPOOL"] == "1", "else plots with many shapes take twice as long"


def test_an_exception_in_a_callback_is_shown_logged_and_survived(started, qtbot, tmp_path):
    error = RuntimeError("a slot broke")
    sys.excepthook(RuntimeError, error, error.__traceback__)
    settle(qtbot)
    assert started.error_panel.isVisible() and "a slot broke" in started.context.state.problems[-1].words
    assert "a slot broke" in (tmp_path / "preferences" / LOG_FILE).read_text(encoding="utf-8")


def test_kernels_are_prepared_in_the_background_and_shown(started, qtbot, monkeypatch):
    def fake():
        yield Progress("Compiling", 1, 2, "kernels")
        return None

    monkeypatch.setattr(app, "prepare", fake)
    seen = []
    started.context.model.changed.connect(lambda before, after: seen.append(after.job("warm-up")))
    app.get_ready_later(started)
    qtbot.waitUntil(lambda: bool(seen and seen[-1] is None))
    assert "Compiling" in [job.progress.stage for job in seen if job and job.progress]
    assert started.context.state.problems == ()


def run(*arguments, **environment):
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    kept.pop("QT_QPA_PLATFORM", None)
    command = [sys.executable, "-m", "spikesift_gui", *arguments]
    return subprocess.run(command, env={**kept, **environment}, capture_output=True, text=True, encoding="utf-8")


def test_pages_are_made_one_by_one_once_the_window_is_there(started, qtbot, monkeypatch):
    monkeypatch.setattr(app, "prepare", lambda: iter(()))
    assert "inspect" not in started.pages
    app.get_ready_later(started)
    qtbot.waitUntil(lambda: set(started.pages) == {page.id for page in PAGES})


def test_version_needs_no_screen():
    done = run("--version")
    assert done.returncode == 0 and done.stdout.strip() == f"SpikeSift {VERSION}"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a screen")
def test_without_a_screen_it_says_so():
    done = run()
    assert done.returncode == 1 and "needs a screen" in done.stderr and "Traceback" not in done.stderr


def test_without_qt_it_says_so(monkeypatch):
    def fail(name):
        raise ImportError("libEGL.so.1: cannot open shared object file")

    monkeypatch.setattr(app.importlib, "import_module", fail)
    assert "libEGL.so.1" in app.missing_qt() and "install" in app.missing_qt()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of Linux only")
def test_without_a_library_that_only_x11_needs_it_says_so(monkeypatch):
    def fail(path):
        assert path.endswith("libqxcb.so")
        raise OSError("libxcb-cursor.so.0: cannot open shared object file")

    monkeypatch.setattr(app.ctypes, "CDLL", fail)
    for platform, wayland, said in (("", "", True), ("xcb", "w", True), ("", "w", False), ("offscreen", "", False)):
        monkeypatch.setenv("QT_QPA_PLATFORM", platform)
        monkeypatch.setenv("WAYLAND_DISPLAY", wayland)
        assert ("libxcb-cursor.so.0" in app.missing_qt()) == said
