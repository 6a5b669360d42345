"""An area in which views can be dragged, resized, floated and closed, and whose layout is remembered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from spikesift_gui.context import Context
from spikesift_gui.layouts import Arrangement
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets, QWidget
from spikesift_gui.views.base import View

AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "top": Qt.DockWidgetArea.TopDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}
LAYOUT_VERSION = 1


class DockArea(QtWidgets.QMainWindow):
    """Views in docks.

    Parameters
    ----------
    name : of the area; the layout is remembered under it.
    context : the Context.
    places : (view class, place, beside): place is "left", "right", "top" or "bottom" for a view of its own, or
        "right of", "below" or "tab" with `beside` the id of a view placed before.
    """

    def __init__(self, name: str, context: Context, places: Iterable[tuple[type[View], str, str]]):
        super().__init__()
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setObjectName(name)
        self.setDockNestingEnabled(True)
        self.setAnimated(False)  # views glide to their places else, and are painted dozens of times on the way
        self._context = context
        self._docks: dict[str, QtWidgets.QDockWidget] = {}
        self._views: dict[str, View] = {}
        self._places = [(self._dock(view_class), place, beside) for view_class, place, beside in places]
        _check_places(place for _, place, _ in self._places)
        self._shares: list[tuple[dict[str, int], bool]] = []
        self._first_layout: QtCore.QByteArray | None = None  # None until it was shown
        self._wanted: dict[str, Any] = {}
        self._first: QWidget | None = None  # that gets the keys
        self._later: Arrangement | None = None
        self._soon = QtCore.QTimer(self, singleShot=True)
        self._soon.timeout.connect(self._begin)
        self._placing = QtCore.QTimer(self, singleShot=True)
        self._placing.timeout.connect(self._place_next)
        self._arranged: Arrangement | None = None
        self._then = QtCore.QTimer(self, singleShot=True)
        self._then.timeout.connect(self._share_room)
        self._arranging, self._asleep = False, list[View]()
        self._waking = QtCore.QTimer(self, singleShot=True)
        self._waking.timeout.connect(self._wake)

    def view(self, view_id: str) -> View:
        """The view with this id."""
        return self._views[view_id]

    @property
    def views(self) -> tuple[View, ...]:
        """All of them."""
        return tuple(self._views.values())

    def dock(self, view_id: str) -> QtWidgets.QDockWidget:
        """The dock around a view."""
        return self._docks[view_id]

    def give_focus(self, widget: QWidget) -> None:
        """The keys go to a widget in a view, as soon as it has its place."""
        self._first = widget
        if self._first_layout is not None:
            widget.setFocus()

    def share(self, sizes: dict[str, int], *, vertical: bool = False) -> None:
        """Share the width (or height) between views beside each other, in proportion; the new start layout."""
        self._shares.append((sizes, vertical))
        if self._first_layout is not None:
            self._resize(sizes, vertical)
            self._first_layout = self.saveState(LAYOUT_VERSION)

    def save_layout(self, name: str = "") -> None:
        """Remember the layout in the preferences, under a name if one is given; one never shown was never changed.

        Views in windows of their own are remembered with it.
        """
        if self._first_layout is None:
            return
        out = {key: _text(view.own_window.saveGeometry()) for key, view in self._views.items() if view.own_window}
        self._context.preferences.set(self._key(name), {"docks": _text(self.saveState(LAYOUT_VERSION)), "out": out})

    def restore_layout(self, name: str = "") -> bool:
        """As it was remembered; as it was made when nothing is, or when it does not fit any more. True if it was."""
        kept = self._context.preferences.get(self._key(name))
        self._wanted = kept if isinstance(kept, dict) else {}
        if self._first_layout is not None and self._wanted:
            self._put_all_back()
            self._restore()
        return bool(self._wanted)

    def reset_layout(self) -> None:
        """As it was made."""
        self._context.preferences.forget(self._key())
        self._wanted = {}
        self._put_all_back()
        if self._first_layout is not None:
            self.restoreState(self._first_layout, LAYOUT_VERSION)

    def arrange(self, wanted: Arrangement) -> None:
        """Show these views in these places, and no others; when the area is first shown, if it was not yet."""
        if self._first_layout is None:
            self._later = wanted
            return
        self._put_all_back()
        self._put_to_sleep()
        for dock in self._docks.values():
            dock.setFloating(False)
            self.removeDockWidget(dock)
        for view_id, place, beside in wanted.places():
            self._place(self._docks[view_id], place, beside)
            self._docks[view_id].show()
        for view_id in self._docks.keys() - set(wanted.views):  # behind the last one, if a person asks for them
            self.tabifyDockWidget(self._docks[wanted.rows[-1][-1][0][0]], self._docks[view_id])
            self._docks[view_id].hide()
        for row in wanted.rows:
            for group, _share in row:
                self._docks[group[0]].raise_()
        self._arranged = wanted
        self._context.turn.put_off(self._then)  # Qt knows how much room there is when it has laid the docks out

    def _share_room(self) -> None:
        for sizes, vertical in self._arranged.shares():
            self._resize(sizes, vertical)
        self._begin_to_wake()

    def _begin_to_wake(self) -> None:
        self.layout().activate()
        self._arranging, self._asleep = False, list(self._views.values())
        self._context.turn.put_off(self._waking)  # what the layout still has to do comes first

    def _put_to_sleep(self) -> None:
        """Views are not painted until they have their sizes."""
        self._arranging = True
        for view in self._views.values():
            view.setUpdatesEnabled(False)

    def _wake(self) -> None:
        """Let the views be painted again, those in sight one after the other: all at once would take too long."""
        while self._asleep:
            view = self._asleep.pop()
            in_sight = view.seen
            if in_sight:
                view.draw_now()
                view.prepare()
            view.setUpdatesEnabled(True)
            if in_sight:
                self._context.turn.put_off(self._waking)
                return

    def _put_all_back(self) -> None:
        for view in self._views.values():
            view.put_back()

    def _key(self, name: str = "") -> str:
        return ".".join(part for part in ("layout", self.objectName(), name) if part)

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        super().showEvent(event)
        # Qt leaves stray tab bars behind when docks are arranged before they are shown, and sizes them by their content
        # while it does so; the sizes we want come right after.
        if self._places:
            self._put_to_sleep()
            self._context.turn.put_off(self._placing)

    def _place_next(self) -> None:
        """One dock after the other, each in a turn of the window's loop of its own."""
        if self._places:
            self._place(*self._places.pop(0))
            self._context.turn.put_off(self._placing)
        else:  # where a click shows the page, layouts come a turn later
            self._context.turn.put_off(self._soon)

    def _begin(self) -> None:
        for sizes, vertical in self._shares:
            self._resize(sizes, vertical)
        self._first_layout = self.saveState(LAYOUT_VERSION)
        self._restore()
        if self._first is not None and self.isAncestorOf(self._first):
            self._first.setFocus()
        if self._later is not None:
            self.arrange(self._later)
        else:
            self._begin_to_wake()

    def _restore(self) -> None:
        if not self._wanted:
            return
        self.restoreState(_bytes(self._wanted["docks"]), LAYOUT_VERSION)
        for view_id, geometry in self._wanted["out"].items():
            if view_id in self._views:
                self._views[view_id].pop_out()
                self._views[view_id].own_window.restoreGeometry(_bytes(geometry))

    def _resize(self, sizes: dict[str, int], vertical: bool) -> None:
        orientation = Qt.Orientation.Vertical if vertical else Qt.Orientation.Horizontal
        room = (self.height() if vertical else self.width()) / sum(sizes.values())
        docks = [self._docks[view_id] for view_id in sizes]
        self.resizeDocks(docks, [round(room * size) for size in sizes.values()], orientation)

    def _dock(self, view_class: type[View]) -> QtWidgets.QDockWidget:
        dock = QtWidgets.QDockWidget(view_class.title)
        dock.setObjectName(f"dock-{view_class.id}")
        dock.setTitleBarWidget(_DragBar())
        view = self._context.made(view_class)
        dock.setWidget(view)
        dock.visibilityChanged.connect(lambda seen: self._draw(view) if seen else None)
        self._docks[view_class.id], self._views[view_class.id] = dock, view
        return dock

    def _draw(self, view: View) -> None:
        if view.isVisible() and not self._arranging:
            view.draw_now()

    def _place(self, dock: QtWidgets.QDockWidget, place: str, beside: str) -> None:
        if place in AREAS:
            self.addDockWidget(AREAS[place], dock)
        elif place == "tab":
            self.tabifyDockWidget(self._docks[beside], dock)
        else:
            orientation = Qt.Orientation.Vertical if place == "below" else Qt.Orientation.Horizontal
            self.splitDockWidget(self._docks[beside], dock, orientation)


def _text(state: QtCore.QByteArray) -> str:
    return bytes(state.toBase64()).decode("ascii")


def _bytes(text: str) -> QtCore.QByteArray:
    return QtCore.QByteArray.fromBase64(text.encode("ascii"))


def _check_places(places: Iterable[str]) -> None:
    for place in places:
        if place not in (*AREAS, "right of", "below", "tab"):
            raise ValueError(f"place must be one of {', '.join(AREAS)}, right of, below, tab; not {place!r}.")


class _DragBar(QWidget):
    """The part of a dock that is dragged: a thin strip, since the view below has a title of its own."""

    def __init__(self):
        super().__init__()
        self.setFixedHeight(6)
        self.setCursor(Qt.CursorShape.SizeAllCursor)
        self.setToolTip("Drag to move this view; double-click to let it float")
