"""What a page is: one step of the way through, with its title, a sentence, and a body."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from spikesift_gui.context import Context
from spikesift_gui.hinted import Hinted
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import QWidget
from spikesift_gui.state import State
from spikesift_gui.status import Status
from spikesift_gui.widgets import column, label, row


class Page(Hinted):
    """One page. Subclasses set the class attributes and write `build` and `draw`; see docs/gui.md.

    Attributes
    ----------
    id : "home", "recording", ...; the command "page.<id>" shows it.
    title : in the navigation and at its top.
    icon : name of an icon in resources/icons.
    help : one sentence below the title: what a person does here.
    wide : True leaves out the margins and the title (for pages full of views).
    watches : names of the fields of State it draws.
    parts : what makes its views and larger widgets, called with the context; it takes them by `Context.made`. To make
        them all with the page would keep the window too long.
    """

    id: ClassVar[str] = ""
    title: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    help: ClassVar[str] = ""
    wide: ClassVar[bool] = False
    watches: tuple[str, ...] = ()
    parts: ClassVar[tuple[Callable[[Context], QWidget], ...]] = ()

    def __init__(self, context: Context, parent: QWidget | None = None):
        super().__init__(context, parent)
        self.setObjectName("page")
        self.tools = row()
        margin = SPACE if self.wide else 3 * SPACE
        layout = column(gap=2 * SPACE, margin=margin)
        if not self.wide:
            layout.addLayout(
                row(column(label(self.title, "title"), label(self.help, "muted"), gap=2), None, self.tools)
            )
        layout.addWidget(self._stack, 1)
        self.setLayout(layout)
        self._stack.addWidget(self.build())  # at its place: each parent that widgets get later styles all of them anew

    @classmethod
    def status(cls, state: State) -> Status | None:
        """The mark beside its name in the navigation; None is no mark."""
        return None

    def take_focus(self) -> None:
        """The page was turned to: keys go to what a person works with first, if there is one such thing."""

    def save_layout(self) -> None:
        """The window closes: remember the layout, if the page has one."""

    def restore_layout(self) -> None:
        """The window opens: put back the layout, if the page has one."""

    def reset_layout(self) -> None:
        """The layout it was made with, if the page has one."""
