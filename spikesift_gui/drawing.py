"""How pages and views follow the state: drawing is coalesced, and hidden ones draw when they are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spikesift_gui.context import Context
from spikesift_gui.palette import Palette, palette_of
from spikesift_gui.plots import prepare_plots, style_plots
from spikesift_gui.qt import QTimer, QtWidgets, pg, sip
from spikesift_gui.state import State


class _DrawingTimer(QTimer):
    """Calls a function of a widget once, and prepares the widget to be painted."""

    def __init__(self, widget: Drawn, interval: int, function: Callable[[], None]):
        super().__init__(widget, singleShot=True, interval=interval)
        self._widget, self._function = widget, function
        # A function made here would be called with nothing in it when Python has collected the widget, which has been
        # told to delete itself and has not done so yet; that ends the program.
        self.timeout.connect(self._run)

    def _run(self) -> None:
        function = vars(self).get("_function")
        if function is not None:
            function()
            self._widget.prepare()


class Drawn(QtWidgets.QFrame):
    """A widget that draws the state. Subclasses set `watches` and write `draw`.

    Attributes
    ----------
    watches : names of the fields of State it draws; `draw` is called only when one of them differs. `appearance` is
        always watched: after a change of theme the plots inside are restyled and all is drawn anew.
    context : the Context.
    """

    watches: tuple[str, ...] = ()

    def __init__(self, context: Context, parent: QtWidgets.QWidget | None = None):
        super().__init__(parent)
        self.context = context
        self._drawn: State | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._draw_if_seen)
        context.model.changed.connect(self._on_changed)

    def draw(self, before: State | None, after: State) -> None:
        """Make the widget show `after`. `before` is what it shows now, or None: draw everything.

        Runs in the window's thread: never computes longer than a frame (see `compute`).
        """
        raise NotImplementedError

    @property
    def palette_now(self) -> Palette:
        """The colours in use."""
        return palette_of(self.context.state.appearance)

    def compute(
        self, name: str, function: Callable[[], Any], on_done: Callable[[Any], None], slow: bool = False
    ) -> None:
        """Call `function()` in the background, then `on_done(value)` here. Asked again under the same `name`, the
        older answer is dropped. `function` must not touch widgets or the model: give it frozen data. `slow`: it takes
        seconds, and what is drawn while a person moves the mouse must not wait for it.
        """

        def show(value: Any) -> None:
            if not sip.isdeleted(self):  # while it was computed
                on_done(value)
                self.prepare()

        self.context.computer.compute((name, id(self)), function, show, slow)

    def make_timer(self, interval: int, function: Callable[[], None]) -> QTimer:
        """A timer, not started, that calls `function()` once after `interval` ms; what that draws is painted once."""

        return _DrawingTimer(self, interval, function)

    @property
    def plots_inside(self) -> list[pg.PlotWidget]:
        """The plots inside."""
        return self.findChildren(pg.PlotWidget)

    def prepare(self) -> None:
        """What was drawn is about to be painted."""
        prepare_plots(self.plots_inside)

    def draw_now(self) -> None:
        """Draw at once what has changed since the last time (tests use it too)."""
        self._timer.stop()
        before, after = self._drawn, self.context.state
        if before is not None and before.appearance != after.appearance:
            before = None
        if before is None:
            style_plots(self, after.appearance)
        elif not self._differs(before, after):
            return
        self._drawn = after
        self._draw(before, after)
        self.prepare()

    def _draw(self, before: State | None, after: State) -> None:
        self.draw(before, after)

    def showEvent(self, event: Any) -> None:
        """Qt calls this; what changed while it was hidden is drawn now."""
        super().showEvent(event)
        self.draw_now()

    @property
    def seen(self) -> bool:
        """Whether it can be seen: behind another tab Qt calls a widget visible too."""
        return self.isVisible() and not self.visibleRegion().isEmpty()

    def _on_changed(self, _before: State, _after: State) -> None:
        # What is behind another tab is drawn when its tab is chosen (see DockArea).
        if self.seen and not self._timer.isActive():
            self._timer.start(0)

    def _draw_if_seen(self) -> None:
        if not self.seen or not self.updatesEnabled():  # of a view that gets its place now, see DockArea
            return
        if self.context.turn.full:
            self.context.turn.put_off(self._timer)
            return
        self.context.turn.spend(self.draw_now)

    def _differs(self, before: State, after: State) -> bool:
        return any(getattr(before, name) != getattr(after, name) for name in self.watches)
