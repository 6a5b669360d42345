"""The page Probe driven by mouse and keys."""

from __future__ import annotations

from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets
from tests.gui.helpers import settle

LEFT, NONE, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


def open_page(window, qtbot, view="draw"):
    """The page Probe, turned to a view by mouse."""
    window.context.run("page.probe")
    settle(qtbot)
    made = window.pages["probe"]
    qtbot.mouseClick(made.view_buttons[view], LEFT)
    settle(qtbot)
    return made


def positions(context):
    return context.state.probe.positions.tolist()


def click(qtbot, page, x, y, modifier=NONE):
    canvas = page.editor.canvas
    qtbot.mouseClick(canvas.plot.viewport(), LEFT, modifier, canvas.where(x, y))
    settle(qtbot)


def move(port, at, modifier=NONE, button=LEFT):
    """The mouse is moved to a pixel of a widget."""
    kind = QtCore.QEvent.Type.MouseMove
    event = QtGui.QMouseEvent(kind, at.toPointF(), port.mapToGlobal(at).toPointF(), button, button, modifier)
    QtWidgets.QApplication.sendEvent(port, event)


def drag(qtbot, page, *places, modifier=NONE):
    """Press at the first place (um), go over the others, let go at the last."""
    canvas = page.editor.canvas
    port, pixels = canvas.plot.viewport(), [canvas.where(*place) for place in places]
    qtbot.mousePress(port, LEFT, modifier, pixels[0])
    settle(qtbot)
    for first, last in zip(pixels, pixels[1:], strict=False):
        for share in (0.3, 0.7, 1.0):
            move(port, first + (last - first) * share, modifier)
    qtbot.mouseRelease(port, LEFT, modifier, pixels[-1])
    settle(qtbot)


def tool(qtbot, page, name):
    qtbot.mouseClick(page.editor.tool_buttons[name], LEFT)
    settle(qtbot)


def key(qtbot, page, *keys):
    page.editor.canvas.plot.setFocus()
    for one in keys:
        one, modifier = one if isinstance(one, tuple) else (one, NONE)
        qtbot.keyClick(page.editor.canvas.plot, one, modifier)
        settle(qtbot)


def four(context, qtbot):
    context.run("probe.set", positions=[[0, 0], [50, 0], [0, 50], [50, 50]], source="four")
    settle(qtbot)
