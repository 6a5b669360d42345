"""An area in which views can be dragged, resized, floated and closed, and whose layout is remembered."""

from __future__ import annotations

from collections.abc import Iterable

from spikesift_gui.context import Context
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
        self._context = context
        self._docks: dict[str, QtWidgets.QDockWidget] = {}
        self._places = [(self._dock(view_class), place, beside) for view_class, place, beside in places]
        _check_places(place for _, place, _ in self._places)
        self._shares: list[tuple[dict[str, int], bool]] = []
        self._first_layout: QtCore.QByteArray | None = None  # None until it was shown
        self._wanted = ""
        self._soon = QtCore.QTimer(self, singleShot=True)
        self._soon.timeout.connect(self._begin)

    def view(self, view_id: str) -> View:
        """The view with this id."""
        return self._docks[view_id].findChild(View)

    def dock(self, view_id: str) -> QtWidgets.QDockWidget:
        """The dock around a view."""
        return self._docks[view_id]

    def share(self, sizes: dict[str, int], *, vertical: bool = False) -> None:
        """Share the width (or height) between views beside each other, in proportion; the new start layout."""
        self._shares.append((sizes, vertical))
        if self._first_layout is not None:
            self._resize(sizes, vertical)
            self._first_layout = self.saveState(LAYOUT_VERSION)

    def save_layout(self) -> None:
        """Remember the layout in the preferences; one that was never shown was never changed."""
        if self._first_layout is None:
            return
        text = bytes(self.saveState(LAYOUT_VERSION).toBase64()).decode("ascii")
        self._context.preferences.set(f"layout.{self.objectName()}", text)

    def restore_layout(self) -> None:
        """As it was remembered; as it was made when nothing is, or when it does not fit any more."""
        self._wanted = self._context.preferences.get(f"layout.{self.objectName()}", "")
        if self._first_layout is not None:
            self._restore()

    def reset_layout(self) -> None:
        """As it was made."""
        self._context.preferences.forget(f"layout.{self.objectName()}")
        self._wanted = ""
        if self._first_layout is not None:
            self.restoreState(self._first_layout, LAYOUT_VERSION)

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        super().showEvent(event)
        # Qt leaves stray tab bars behind when docks are arranged before they are shown, and sizes them by their content
        # while it does so; the sizes we want come right after.
        for dock, place, beside in self._places:
            self._place(dock, place, beside)
        if self._places:
            self._places = []
            self._soon.start(0)

    def _begin(self) -> None:
        for sizes, vertical in self._shares:
            self._resize(sizes, vertical)
        self._first_layout = self.saveState(LAYOUT_VERSION)
        self._restore()

    def _restore(self) -> None:
        if self._wanted:
            self.restoreState(QtCore.QByteArray.fromBase64(self._wanted.encode("ascii")), LAYOUT_VERSION)

    def _resize(self, sizes: dict[str, int], vertical: bool) -> None:
        orientation = Qt.Orientation.Vertical if vertical else Qt.Orientation.Horizontal
        room = (self.height() if vertical else self.width()) / sum(sizes.values())
        docks = [self._docks[view_id] for view_id in sizes]
        self.resizeDocks(docks, [round(room * size) for size in sizes.values()], orientation)

    def _dock(self, view_class: type[View]) -> QtWidgets.QDockWidget:
        dock = QtWidgets.QDockWidget(view_class.title)
        dock.setObjectName(f"dock-{view_class.id}")
        dock.setTitleBarWidget(_DragBar())
        view = view_class(self._context)
        dock.setWidget(view)
        dock.visibilityChanged.connect(lambda seen: view.draw_now() if seen and view.isVisible() else None)
        self._docks[view_class.id] = dock
        return dock

    def _place(self, dock: QtWidgets.QDockWidget, place: str, beside: str) -> None:
        if place in AREAS:
            self.addDockWidget(AREAS[place], dock)
        elif place == "tab":
            self.tabifyDockWidget(self._docks[beside], dock)
        else:
            orientation = Qt.Orientation.Vertical if place == "below" else Qt.Orientation.Horizontal
            self.splitDockWidget(self._docks[beside], dock, orientation)


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
