"""Start-up of the window: error hook, log, theme, window; then the kernels in the background."""

from __future__ import annotations

import argparse
import ctypes
import importlib
import logging
import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

from spikesift_core.messages import say
from spikesift_core.version import VERSION

log = logging.getLogger(__name__)

TURNS = 0.001  # s that a thread of Python may keep the window waiting; the usual is 0.005
# Qt shares out each filled shape to threads and waits for them: hundreds of times for one plot with shaded segments,
# each time behind what else keeps the processor busy. Without them plots are painted in half the time.
NO_PAINTING_THREADS = ("QT_NO_GUI_THREADPOOL", "1")

NO_DISPLAY = (
    "spikesift-gui needs a screen, and there is none here (neither DISPLAY nor WAYLAND_DISPLAY is set). Start it on "
    "the desktop or over remote desktop; on a server without one use the command `spikesift` instead."
)
NO_QT = (
    "spikesift-gui cannot load Qt, the library its window is made with: {error}\n"
    "On Debian and Ubuntu this usually helps: sudo apt install libegl1 libgl1 libxkbcommon0 libdbus-1-3 libxcb-cursor0 "
    "libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0"
    "\nOtherwise install the program again: pip install --force-reinstall spikesift-gui"
)


def main(argv: list[str] | None = None) -> int:
    """The command `spikesift-gui`. Returns the exit status: 0, or 1 when there can be no window."""
    arguments = _parser().parse_args(argv)
    problem = missing_display() or missing_qt()
    if problem:
        say(problem)
        return 1
    application, window = start(arguments.preferences_folder, arguments.theme, arguments.path)
    window.show()
    get_ready_later(window)
    return application.exec()


def start(preferences_folder: Path | None = None, theme: str | None = None, path: Path | None = None) -> tuple:
    """Make the application and its window, not yet shown; (QApplication, MainWindow)."""
    from spikesift_gui.commands import COMMANDS
    from spikesift_gui.context import Context
    from spikesift_gui.dialogs import Dialogs
    from spikesift_gui.garbage import collect_here
    from spikesift_gui.main_window import MainWindow
    from spikesift_gui.preferences import Preferences, start_log
    from spikesift_gui.qt import QtWidgets

    sys.setswitchinterval(TURNS)
    os.environ.setdefault(*NO_PAINTING_THREADS)
    preferences = Preferences(preferences_folder)
    context_box: list[Any] = []
    _catch_everything(context_box)
    start_log(preferences.log_folder)
    log.info("SpikeSift %s starts (Python %s, %s).", VERSION, sys.version.split()[0], sys.platform)
    application = QtWidgets.QApplication.instance() or QtWidgets.QApplication(sys.argv[:1])
    application.setApplicationName("SpikeSift")
    application.setApplicationVersion(VERSION)
    if theme:
        preferences.set("theme", theme)
    context = Context(COMMANDS, preferences, Dialogs(preferences))
    context_box.append(context)
    window = MainWindow(context)
    collect_here(window)
    context.model.changed.connect(_results_stay)
    if path is not None:
        context.run("file.open", path=path)
    return application, window


def _results_stay(before: Any, after: Any) -> None:
    """A result of very many units is thousands of objects: looking through them takes longer than a frame."""
    from spikesift_gui.garbage import leave_alone

    if before.results.current is not after.results.current:
        leave_alone()


def get_ready_later(window: Any) -> None:
    """Once the window is on the screen, make its other pages, and compile or load the kernels in the background."""
    from spikesift_gui.garbage import leave_alone
    from spikesift_gui.qt import QTimer

    def begin() -> None:
        if window.isVisible():
            window.make_pages_ahead()
            window.context.start_job("warm-up", "Preparing the engine", prepare(), on_finished=leave_alone)

    QTimer.singleShot(100, begin)


def missing_display() -> str:
    """Why no window can be shown here, in words, or ""."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return ""
    return "" if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") else NO_DISPLAY


def missing_qt() -> str:
    """Why Qt cannot be loaded, in words, or ""."""
    try:
        qt = importlib.import_module("spikesift_gui.qt")
        if _draws_on_x11():
            plugins = Path(qt.QtCore.QLibraryInfo.path(qt.QtCore.QLibraryInfo.LibraryPath.PluginsPath))
            for plugin in plugins.glob("platforms/libqxcb.so"):
                ctypes.CDLL(str(plugin))  # where a library is missing that it needs, Qt would end the program
    except (ImportError, OSError) as error:
        return NO_QT.format(error=error)
    return ""


def _draws_on_x11() -> bool:
    where = os.environ.get("QT_QPA_PLATFORM") or ("wayland" if os.environ.get("WAYLAND_DISPLAY") else "xcb")
    return sys.platform.startswith("linux") and where.startswith("xcb")


def prepare() -> Generator[Any, None, None]:
    """What the first units would wait for: their colours, and the kernels. A job."""
    from spikesift_gui.unit_colors import told_apart

    told_apart(())
    # Imported in the job: loading Numba takes longer than opening the window.
    warmup = importlib.import_module("spikesift_core.warmup")
    yield from warmup.warm_up()


def _catch_everything(context_box: list[Any]) -> None:
    # An exception in one of Qt's callbacks would end the process: it is shown and logged, and the program goes on.
    def hook(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        elif context_box:
            context_box[0].report(error, "The last action")
        else:
            log.critical("Starting failed.", exc_info=error)
            say(f"spikesift-gui could not start: {kind.__name__}: {error}")

    sys.excepthook = hook


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spikesift-gui",
        description="Spike sorting in a window: from a raw recording to units that can be trusted.",
    )
    parser.add_argument("path", nargs="?", type=Path, help="a recording, a session folder or a probe file to open")
    parser.add_argument("--theme", choices=("system", "light", "dark"), help="look of the window; remembered")
    parser.add_argument("--preferences-folder", type=Path, metavar="FOLDER", help="where to remember things")
    parser.add_argument("--version", action="version", version=f"SpikeSift {VERSION}")
    return parser
