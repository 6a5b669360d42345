"""Commands of the window itself: undo, appearance, help, jobs, errors."""

from __future__ import annotations

from spikesift_core.version import VERSION
from spikesift_gui import transitions
from spikesift_gui.command import Command, Refused
from spikesift_gui.context import Context
from spikesift_gui.preferences import LOG_FILE
from spikesift_gui.qt import QtWidgets
from spikesift_gui.state import State

SCALE_STEP = 0.1
ABOUT = (
    f"SpikeSift {VERSION}: drift-resilient spike sorting.\n\nNothing you open is ever modified, and nothing is sent "
    "over a network. The method: Georgiadis & Petrantonakis (2025)."
)


def _undo(context: Context) -> None:
    words = context.state.history.done[-1].text
    context.model.apply(transitions.undo)
    context.say(f"Undone: {words}.")


def _redo(context: Context) -> None:
    words = context.state.history.undone[-1].text
    context.model.apply(transitions.redo)
    context.say(f"Done again: {words}.")


def _nothing_to_undo(state: State) -> str | None:
    return None if state.history.done else "There is nothing to undo."


def _nothing_to_redo(state: State) -> str | None:
    return None if state.history.undone else "There is nothing to do again."


def _appearance(context: Context, choice: str) -> None:
    context.model.apply(transitions.set_appearance, choice=choice)


def _scale(context: Context, by: float) -> None:
    scale = 1.0 if by == 0 else round(context.state.appearance.scale + by, 2)
    context.model.apply(transitions.set_appearance, scale=scale)
    context.say(f"Size of text: {100 * context.state.appearance.scale:.0f} %.")


def _cancel_job(context: Context, kind: str = "sort") -> None:
    if context.state.job(kind) is None:
        raise Refused("Nothing is running that could be cancelled.")
    context.cancel_job(kind)


def _copy_problem(context: Context) -> None:
    problem = context.state.problems[-1]
    words = f"SpikeSift {VERSION}\n{problem.title}\n{problem.words}\n\n{problem.details}"
    QtWidgets.QApplication.clipboard().setText(words)
    context.say("The error and its details were copied.")


def _no_problem(state: State) -> str | None:
    return None if state.problems else "There is no error to show."


def _open_log(context: Context) -> None:
    path = context.preferences.log_folder / LOG_FILE
    if not path.exists():
        raise Refused(f"There is no log at {path}.")
    if not context.dialogs.open_outside(path):
        raise Refused(f"No program to open it was found; the log is at {path}.")


def _keys(context: Context) -> None:
    rows = [f"{'   '.join(row.keys)}\t{row.name}" for row in context.commands.values() if row.keys]
    context.dialogs.tell("Keys", "\n".join(rows))


COMMANDS = (
    Command("app.quit", "&Quit", lambda context: context.wish("quit"), "Close the window.", "Ctrl+Q", menu="&File"),
    Command("edit.undo", "&Undo", _undo, "Put back what was changed last.", "Ctrl+Z", _nothing_to_undo, "&Edit"),
    Command(
        "edit.redo", "&Redo", _redo, "Do again what was undone.", "Ctrl+Y; Ctrl+Shift+Z", _nothing_to_redo, "&Edit"
    ),
    Command(
        "appearance.system",
        "&Theme of the desktop",
        lambda context: _appearance(context, "system"),
        "Light or dark, as the desktop is.",
        menu="&View",
    ),
    Command(
        "appearance.light",
        "&Light theme",
        lambda context: _appearance(context, "light"),
        "Dark words on light ground.",
        menu="&View",
    ),
    Command(
        "appearance.dark",
        "&Dark theme",
        lambda context: _appearance(context, "dark"),
        "Light words on dark ground.",
        menu="&View",
    ),
    Command(
        "appearance.larger",
        "L&arger text",
        lambda context: _scale(context, SCALE_STEP),
        "Make all words and controls larger.",
        "Ctrl+=; Ctrl++",
        menu="&View",
    ),
    Command(
        "appearance.smaller",
        "S&maller text",
        lambda context: _scale(context, -SCALE_STEP),
        "Make all words and controls smaller.",
        "Ctrl+-",
        menu="&View",
    ),
    Command(
        "appearance.normal",
        "&Normal text",
        lambda context: _scale(context, 0),
        "Words and controls of normal size.",
        "Ctrl+0",
        menu="&View",
    ),
    Command(
        "job.cancel",
        "&Cancel",
        _cancel_job,
        "Stop the job that runs; what is finished is kept.",
        "Ctrl+.",
        menu="&Sorting",
    ),
    Command(
        "problem.dismiss",
        "Dismiss error",
        lambda context: context.model.apply(transitions.dismiss_problem),
        "The error was read.",
        refuse=_no_problem,
    ),
    Command("problem.copy", "Copy error", _copy_problem, "Copy the error with its details.", refuse=_no_problem),
    Command("log.open", "Open &log", _open_log, "The file in which the program writes what it does.", menu="&Help"),
    Command("help.keys", "&Keys", _keys, "All keys and what they do.", "F1; H", menu="&Help"),
    Command(
        "help.actions",
        "&Find an action…",
        lambda context: context.wish("actions"),
        "A list of everything the program can do, with its keys, to search in.",
        "Ctrl+K",
        menu="&Help",
    ),
    Command(
        "help.about",
        "&About SpikeSift",
        lambda context: context.dialogs.tell("About SpikeSift", ABOUT),
        "Version and method.",
        menu="&Help",
    ),
)
