"""Commands that go from page to page: one for each row of the table of pages."""

from __future__ import annotations

from spikesift_gui import transitions
from spikesift_gui.command import Command
from spikesift_gui.context import Context
from spikesift_gui.pages import PAGES


def _command(number: int, page_id: str, title: str, help_text: str) -> Command:
    def go(context: Context) -> None:
        context.model.apply(transitions.go_to_page, page_id)

    return Command(f"page.{page_id}", title, go, help_text, key=f"Ctrl+{number}", menu="&Go")


COMMANDS = tuple(_command(number, page.id, page.title, page.help) for number, page in enumerate(PAGES, start=1))
