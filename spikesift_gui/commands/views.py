"""Commands of every view (pictures, a window of its own, help), and how the views of the page Inspect are laid out."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from spikesift_gui.command import Command
from spikesift_gui.commands.inspect import nothing_sorted
from spikesift_gui.context import Context
from spikesift_gui.layouts import LAYOUTS, Arrangement
from spikesift_gui.views.base import View
from spikesift_gui.views.pictures import FILTERS, Picture, copy_picture, save_picture


def _picture(context: Context, view: View) -> Picture:
    return Picture(view.body, view.caption, context.state.appearance)


def _copy(context: Context, view: View) -> None:
    copy_picture(_picture(context, view))
    context.say(f"{view.title}: copied as a picture.")


def _save(context: Context, view: View, path: Path | None = None) -> None:
    path = path or context.dialogs.save_file(f"Save {view.title.lower()}", f"{view.id}.png", FILTERS)
    if path is not None:
        save_picture(_picture(context, view), Path(path), view.title)
        context.say(f"Saved {path}.")


def _pop_out(context: Context, view: View) -> None:
    view.put_back() if view.own_window else view.pop_out()


def _lay_out(context: Context, wish: str) -> None:
    context.run("page.inspect")
    context.wish(wish)


def _layout_command(row: Arrangement) -> Command:
    do = partial(_lay_out, wish=f"layout {row.id}")
    return Command(f"layout.{row.id}", f"Layout: {row.title}", do, row.help, refuse=nothing_sorted, menu="&View")


COMMANDS: tuple[Command, ...] = (
    Command("view.copy", "Copy view", _copy, "Copy a view as a picture with a caption."),
    Command("view.save", "Save view…", _save, "Save a view as PNG or SVG, with a caption."),
    Command("view.pop_out", "Pop out", _pop_out, "Show a view in a window of its own, or put it back."),
    Command(
        "view.help",
        "About a view",
        lambda context, view: context.dialogs.tell(view.title, view.help),
        "What a view shows and how to read it.",
    ),
    *(_layout_command(row) for row in LAYOUTS),
    Command(
        "layout.mine",
        "Layout: my own",
        partial(_lay_out, wish="layout mine"),
        "The arrangement of views that was kept last.",
        refuse=nothing_sorted,
        menu="&View",
    ),
    Command(
        "layout.keep",
        "&Keep this layout",
        partial(_lay_out, wish="layout keep"),
        "Keep the views of Inspect as they are arranged now as my own layout.",
        refuse=nothing_sorted,
        menu="&View",
    ),
    Command(
        "layout.reset",
        "&Reset layout",
        lambda context: context.wish("reset layout"),
        "Put all views back where they were at first.",
        menu="&View",
    ),
)
