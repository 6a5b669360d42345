"""A widget of a page in a window of its own, and back: beside the page, on another screen, as large as it is wanted."""

from __future__ import annotations

from typing import Any

from spikesift_gui.context import Context
from spikesift_gui.menus import bind_keys
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtGui, QtWidgets, QWidget, Signal
from spikesift_gui.widgets.labels import column, label

START_SIZE = (760, 520)


class OwnWindow(QWidget):
    """Takes `widget` out of its page and leaves a note there; the keys of the program work here too.

    Attributes
    ----------
    closed : signal, a person closed the window; whoever made it calls `give_back`.
    """

    closed = Signal()

    def __init__(self, widget: QWidget, title: str, context: Context):
        super().__init__(widget.window(), Qt.WindowType.Window)
        self.setObjectName("own-window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)  # the program ends with its main window
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        name = context.state.results.current.name if context.state.results.current else context.state.recording.name
        self.setWindowTitle(" – ".join(part for part in (title, name, "SpikeSift") if part))
        self._widget = widget
        self._note = _Note(title, self.closed.emit)
        put_in_place(widget, self._note)
        self.setLayout(column(widget, margin=SPACE // 2))
        widget.show()
        bind_keys(self, context)
        self.resize(*START_SIZE)

    def give_back(self) -> None:
        """Put the widget back where it was; the window is gone then."""
        put_in_place(self._note, self._widget)
        self._note.deleteLater()
        self._widget.show()
        self.hide()
        self.deleteLater()

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:
        event.accept()
        self.closed.emit()


class _Note(QWidget):
    """In the place of the widget: where it is, and a button to bring it back."""

    def __init__(self, title: str, on_back: Any):
        super().__init__()
        self.setObjectName("view")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        words = label(f"{title} is in a window of its own.", "muted", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        back = QtWidgets.QPushButton("Put it back")
        back.clicked.connect(lambda _checked: on_back())
        layout = column(None, words, back, None, margin=SPACE)
        layout.setAlignment(back, Qt.AlignmentFlag.AlignHCenter)
        self.setLayout(layout)

    def minimumSizeHint(self) -> Any:
        return QtGui.QFontMetrics(self.font()).size(0, "0")


def put_in_place(old: QWidget, new: QWidget) -> None:
    """Put `new` where `old` is: in a dock, among tabs, in a stack, a splitter, or a layout. `old` is left without a
    place.

    Raises
    ------
    ValueError
        If `old` is in none of these.
    """
    holder = old.parentWidget()
    above = holder.parentWidget() if holder is not None else None
    if isinstance(holder, QtWidgets.QDockWidget):
        holder.setWidget(new)
    elif isinstance(above, QtWidgets.QTabWidget):
        _put_in_tabs(above, old, new)
    elif isinstance(holder, QtWidgets.QStackedWidget):
        at, shown = holder.indexOf(old), holder.currentWidget() is old
        holder.removeWidget(old)
        holder.insertWidget(at, new)
        if shown:
            holder.setCurrentWidget(new)
    elif isinstance(holder, QtWidgets.QSplitter):
        sizes = holder.sizes()
        holder.replaceWidget(holder.indexOf(old), new)
        holder.setSizes(sizes)
    elif holder is not None and holder.layout() is not None and holder.layout().replaceWidget(old, new) is not None:
        pass
    else:
        raise ValueError(f"{old.objectName()} has no place to be taken out of.")
    old.setParent(None)
    new.show()


def _put_in_tabs(tabs: QtWidgets.QTabWidget, old: QWidget, new: QWidget) -> None:
    at, shown = tabs.indexOf(old), tabs.currentWidget() is old
    words, icon = tabs.tabText(at), tabs.tabIcon(at)
    tabs.removeTab(at)
    tabs.insertTab(at, new, icon, words)
    if shown:
        tabs.setCurrentIndex(at)
