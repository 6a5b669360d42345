"""The plot in which a probe is drawn: mouse and keys become wishes; knows nothing of the state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from spikesift_core.probe_contacts import ProbeLayout, layout
from spikesift_gui.palette import Palette
from spikesift_gui.plots import make_plot, pen
from spikesift_gui.probe_edits import moved, snapped
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets, QWidget, Signal, pg
from spikesift_gui.widgets.labels import column
from spikesift_gui.widgets.probe_contacts import EditedContacts

WHEEL_ZOOM = 1.2
DRAG_FROM = 4  # px
PATH_STEP = 3.0  # px; a mouse moved fast must not jump over contacts
START = QtCore.QRectF(-60, -30, 180, 150)  # um, shown while there is nothing
THINNEST = 6.0  # a probe that would fill less of the width gets a scale of its own for each axis unless asked for
SHANK_NUMBERS = 24  # px, of their height
BUTTON, KEYS = Qt.MouseButton, Qt.KeyboardModifier


class ProbeCanvas(QWidget):
    """Shows contacts. What the mouse asked for comes as a signal; whoever is around it changes the state.

    Attributes
    ----------
    tool : "select", "add", "number" or "measure": what clicking and dragging do.
    snap : um, to which new and moved contacts snap; 0 is none.
    """

    chosen = Signal(object)  # list of contacts
    moved_by = Signal(float, float)  # the chosen contacts, um
    added = Signal(float, float)  # um
    numbered = Signal(object)  # list of contacts, in the order in which the mouse went over them
    measured = Signal(float, float)  # x, y from where the mouse was pressed, um
    pointed = Signal(float, float)  # where the mouse is, um

    def __init__(self):
        super().__init__()
        self.tool, self.snap = "select", 0.0
        self.plot = make_plot("x (µm)", "y (µm)")
        self.contacts = EditedContacts()
        self.path = pg.PlotCurveItem()
        for item in (self.contacts, self.path):
            self.plot.addItem(item, ignoreBounds=True)
        self._box = self.plot.getPlotItem().getViewBox()
        self._box.setMouseEnabled(False, False)
        self._layout, self._chosen, self._excluded = layout(np.zeros((0, 2))), (), ()
        self._palette: Palette | None = None
        self._press: QtCore.QPointF | None = None
        self._panned: QtCore.QPointF | None = None
        self._held: int | None = None
        self._offset = (0.0, 0.0)
        self._passed: list[int] = []
        self._band = QtWidgets.QRubberBand(QtWidgets.QRubberBand.Shape.Rectangle, self.plot.viewport())
        self.plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.plot.viewport().setMouseTracking(True)
        self.plot.viewport().installEventFilter(self)
        self.setLayout(column(self.plot, gap=0))

    def show_probe(
        self, contacts: ProbeLayout, chosen: Iterable[int], palette: Palette, excluded: Iterable[int] = ()
    ) -> None:
        """Show these contacts; `chosen` and `excluded` are indices."""
        self._layout, self._chosen, self._excluded = contacts, tuple(chosen), tuple(excluded)
        self._palette = palette
        self._paint(contacts)

    @property
    def _positions(self) -> np.ndarray:
        return self._layout.positions

    def fit(self, *, equal: bool | None = None) -> None:
        """Show all of the probe. `equal`: the same scale for x and y; None decides by the shape of the probe."""
        rect = self.contacts.boundingRect() if len(self._positions) else START
        height = max(1.0, self._box.height())
        if self._layout.shanks.any():  # their numbers stand below them
            rect = rect.adjusted(0, -SHANK_NUMBERS * rect.height() / height, 0, 0)
        room = self._box.width() / height
        self._box.setAspectLocked(rect.width() / rect.height() > room / THINNEST if equal is None else equal)
        self._box.setRange(rect, padding=0.02)

    def shows_chosen(self) -> bool:
        """Whether all chosen contacts are in the picture."""
        shown = self._box.viewRect()
        return all(shown.contains(QtCore.QPointF(*place)) for place in self._positions[list(self._chosen)].tolist())

    def where(self, x: float, y: float) -> QtCore.QPoint:
        """Pixel of the plot at a place of the probe (um)."""
        return self.plot.mapFromScene(self._box.mapViewToScene(QtCore.QPointF(x, y)))

    def zoom(self, factor: float) -> None:
        """Zoom around the chosen contacts, or the middle of the picture; more than 1 shows more."""
        chosen = self._positions[list(self._chosen)]
        middle = chosen.astype(float).mean(axis=0) if len(chosen) else None
        self._box.scaleBy((factor, factor), center=None if middle is None else QtCore.QPointF(*middle))

    def pan(self, x: float, y: float) -> None:
        """Move the picture by shares of what is shown."""
        shown = self._box.viewRect()
        self._box.translateBy(x=x * shown.width(), y=y * shown.height())

    def _paint(self, contacts: ProbeLayout) -> None:
        self.contacts.show_contacts(contacts, self._palette, chosen=self._chosen, excluded=self._excluded)

    # Mouse

    def eventFilter(self, watched: QtCore.QObject, event: Any) -> bool:
        """Qt hands over what happens in the plot: the wheel and the mouse are ours."""
        kinds = QtCore.QEvent.Type
        act = {
            kinds.Wheel: self._wheel,
            kinds.MouseButtonPress: self._pressed,
            kinds.MouseButtonDblClick: self._pressed,
            kinds.MouseMove: self._dragged,
            kinds.MouseButtonRelease: self._released,
        }.get(event.type())
        if act is None or self._palette is None:
            return False
        act(event)
        return True

    def _wheel(self, event: QtGui.QWheelEvent) -> None:
        factor = WHEEL_ZOOM ** (-event.angleDelta().y() / 120)
        self._box.scaleBy((factor, factor), center=self._at(event.position()))

    def _pressed(self, event: QtGui.QMouseEvent) -> None:
        self.plot.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() != BUTTON.LeftButton:
            self._panned = event.position()
            return
        self._press, self._offset = event.position(), (0.0, 0.0)
        self._held = self._hit(event.position())
        self._passed = []
        if self.tool in ("number", "measure"):
            self._follow(event.position(), event.position())
        elif self._held is None:
            return
        elif event.modifiers() & (KEYS.ShiftModifier | KEYS.ControlModifier):
            self.chosen.emit([*(set(self._chosen) ^ {self._held})])
            self._press = None
        elif self._held not in self._chosen:
            self.chosen.emit([self._held])

    def _dragged(self, event: QtGui.QMouseEvent) -> None:
        at = self._at(event.position())
        self.pointed.emit(at.x(), at.y())
        if self._panned is not None:
            before = self._at(self._panned)
            self._panned = event.position()
            self._box.translateBy(x=before.x() - at.x(), y=before.y() - at.y())
        elif self._press is not None and self.tool in ("number", "measure"):
            self._follow(self._last, event.position())
        elif self._press is not None and self._far(event.position()):
            self._move_held(at) if self._held is not None else self._stretch(event.position())

    def _released(self, event: QtGui.QMouseEvent) -> None:
        if event.button() != BUTTON.LeftButton:
            self._panned = None
            return
        if self._press is None:
            return
        press, self._press = self._press, None
        if self.tool == "number":
            self.path.setData([], [])
            if self._passed:
                self.numbered.emit(self._passed)
        elif self.tool == "measure":
            return
        elif self._band.isVisible():
            self._band.hide()
            self._choose_between(press, event.position(), event.modifiers())
        elif self._held is not None and any(self._offset):
            self.moved_by.emit(*self._offset)
        elif self._held is None:
            self._clicked_beside(self._at(press))
        elif len(self._chosen) > 1:  # one of several that were chosen, clicked and not dragged
            self.chosen.emit([self._held])

    def _follow(self, first: QtCore.QPointF, last: QtCore.QPointF) -> None:
        """The mouse went from one place to another: the contacts it passed, in order, or how far it is."""
        self._last = last
        if self.tool == "measure":
            ends = [self._end(self._press), self._end(last)]
            self.measured.emit(ends[1][0] - ends[0][0], ends[1][1] - ends[0][1])
        else:
            steps = max(1, int((last - first).manhattanLength() / PATH_STEP))
            for step in range(steps + 1):
                contact = self._hit(first + (last - first) * (step / steps))
                if contact is not None and contact not in self._passed:
                    self._passed.append(contact)
            at = self._at(last)
            ends = [*self._positions[self._passed].tolist(), [at.x(), at.y()]]
        self.path.setData(*np.array(ends, float).T, pen=pen(self._palette.accent, 2))

    def _end(self, position: QtCore.QPointF) -> tuple[float, float]:
        """A place as a measure takes it: the middle of the contact there, or the place itself."""
        contact, at = self._hit(position), self._at(position)
        return tuple(map(float, self._positions[contact])) if contact is not None else (at.x(), at.y())

    def _hit(self, position: QtCore.QPointF) -> int | None:
        return self.contacts.hit(self._at(position), self._um_per_px())

    def _clicked_beside(self, at: QtCore.QPointF) -> None:
        if self.tool == "add":
            self.added.emit(snapped(at.x(), self.snap), snapped(at.y(), self.snap))
        else:
            self.chosen.emit([])

    def _move_held(self, at: QtCore.QPointF) -> None:
        start = self._positions[self._held]
        press = self._at(self._press)
        wanted = (start[0] + at.x() - press.x(), start[1] + at.y() - press.y())
        self._offset = tuple(
            snapped(float(value), self.snap) - float(old) for value, old in zip(wanted, start, strict=True)
        )
        away = moved(self._positions, self._chosen or [self._held], self._offset)
        self._paint(replace(self._layout, positions=away))

    def _stretch(self, to: QtCore.QPointF) -> None:
        self._band.setGeometry(QtCore.QRect(self._press.toPoint(), to.toPoint()).normalized())
        self._band.show()

    def _choose_between(self, first: QtCore.QPointF, last: QtCore.QPointF, keys: KEYS) -> None:
        one, other = self._at(first), self._at(last)
        low = np.array([min(one.x(), other.x()), min(one.y(), other.y())])
        high = np.array([max(one.x(), other.x()), max(one.y(), other.y())])
        inside = np.flatnonzero(((self._positions >= low) & (self._positions <= high)).all(axis=1)).tolist()
        before = self._chosen if keys & (KEYS.ShiftModifier | KEYS.ControlModifier) else ()
        self.chosen.emit(list(dict.fromkeys([*before, *inside])))

    def _far(self, position: QtCore.QPointF) -> bool:
        return self._band.isVisible() or any(self._offset) or (position - self._press).manhattanLength() >= DRAG_FROM

    def _at(self, position: QtCore.QPointF) -> QtCore.QPointF:
        return self._box.mapSceneToView(self.plot.mapToScene(position.toPoint()))

    def _um_per_px(self) -> tuple[float, float]:
        width, height = self._box.viewPixelSize()
        return float(width), float(height)
