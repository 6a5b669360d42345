"""What a view is: a frame with title, help, copy and save around a body that draws the state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from typing import Any, ClassVar

from spikesift_gui import transitions
from spikesift_gui.captions import caption
from spikesift_gui.context import Context
from spikesift_gui.hinted import Hinted
from spikesift_gui.qt import QtGui, QtWidgets, QWidget, pg
from spikesift_gui.state import State
from spikesift_gui.unit_colors import unit_palette
from spikesift_gui.widgets import Hint, choice_field, column, row, tool_button
from spikesift_gui.widgets.own_window import OwnWindow
from spikesift_gui.widgets.view_bar import ViewBar

SMALLEST = (160, 96)  # px, whatever is inside: the person decides how much room a view gets
BUTTONS = (  # of the bar: icon, what it does, command; all but the last go where there is no room
    ("copy", "Copy as a picture", "view.copy"),
    ("image", "Save as PNG or SVG", "view.save"),
    ("pop-out", "Show in a window of its own, or put back", "view.pop_out"),
    ("help", "What this shows and how to read it", "view.help"),
)


class View(Hinted):
    """One view. Subclasses set the class attributes and write `build` and `draw`; see docs/gui.md.

    Attributes
    ----------
    id : short name, unique; also the start of its options' names.
    title : shown in its bar.
    help : what it shows and how to read it, in words, behind the "?".
    watches : names of the fields of State it draws.
    says : what the caption of its picture tells, rows of `captions.PARTS`.
    options : its own settings and their defaults; read with `option`, changed with `set_option`.
    """

    id: ClassVar[str] = ""
    title: ClassVar[str] = ""
    help: ClassVar[str] = ""
    watches: tuple[str, ...] = ("results", "selection", "view")
    says: ClassVar[tuple[str, ...]] = ("recording", "units", "segment")
    options: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, context: Context):
        super().__init__(context)
        self._own_window: OwnWindow | None = None
        self.setObjectName("view")
        self.tools = row(gap=2)
        self.spare_words: list[QWidget] = []
        self._stack.addWidget(self.build())
        self.bar = self._bar()
        self.setLayout(column(self.bar, self._stack, gap=0, margin=1))
        self.layout().setStretch(1, 1)
        self.setMinimumSize(*SMALLEST)

    def hint(self, state: State) -> Hint | None:
        """Why there is nothing to draw, and the step that brings it; None when there is. `draw` is called only then."""
        if state.results.current is None:
            words = f"{self.title} of the sorted units will appear here."
            return Hint("Nothing sorted yet", words, "page.sort", "Go to Sort")
        return None

    @cached_property
    def plots_inside(self) -> list[pg.PlotWidget]:
        """The plots that `build` made."""
        return self.findChildren(pg.PlotWidget)

    def option(self, name: str, state: State | None = None) -> Any:
        """One of its own settings."""
        values = (state or self.context.state).view.options
        return values.get(f"{self.id}.{name}", self.options[name])

    def set_option(self, name: str, value: Any) -> None:
        """Change one of its own settings; it is drawn again by itself."""
        if name not in self.options:
            raise KeyError(f"{type(self).__name__} has no option {name!r}.")
        self.context.model.apply(transitions.set_option, self.id, name, value)

    def add_choice(self, name: str, choices: Iterable[tuple[Any, str]], tip: str) -> QtWidgets.QComboBox:
        """A field in the bar that sets an option; `choices` are values with their words."""
        field = choice_field(choices, lambda value: self.set_option(name, value))
        field.setSizeAdjustPolicy(field.SizeAdjustPolicy.AdjustToContents)
        field.setToolTip(tip)
        field.setAccessibleName(tip)
        self.tools.addWidget(field)
        return field

    @property
    def colors(self) -> Callable[[int], str]:
        """The colour of each unit now, see `unit_palette`."""
        return unit_palette(self.context.state.selection.units)

    @property
    def caption(self) -> str:
        """The words below its picture."""
        return caption(self.title, self.says, self.context.state, self.option)

    # A window of its own

    @property
    def own_window(self) -> OwnWindow | None:
        """The window of its own it is shown in now, or None."""
        return self._own_window

    def pop_out(self) -> None:
        """Show it in a window of its own; a note keeps its place in the page."""
        if self._own_window is None:
            self._own_window = OwnWindow(self, self.title, self.context)
            self._own_window.closed.connect(self.put_back)
            self._own_window.show()

    def put_back(self) -> None:
        """Back to its place in the page."""
        if self._own_window is not None:
            window, self._own_window = self._own_window, None
            window.give_back()

    def _bar(self) -> ViewBar:
        buttons = [tool_button(self.context, icon, tip, self._doing(command)) for icon, tip, command in BUTTONS]
        bar = ViewBar(self.title, self.tools, buttons[:-1], buttons[-1], self.spare_words)
        for _icon, tip, command in BUTTONS:
            action, do = QtGui.QAction(tip, bar), self._doing(command)
            action.triggered.connect(lambda _checked, do=do: do())
            bar.addAction(action)
        return bar

    def _doing(self, command: str) -> Callable[[], Any]:
        return partial(self.context.run, command, view=self)

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        """Drawn a moment later: Qt shows what is behind other tabs too, and puts it away at once."""
        QtWidgets.QFrame.showEvent(self, event)
        self._timer.start(0)
