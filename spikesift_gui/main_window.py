"""The window: pages, navigation, strip, menus, status bar, error panel; built from the tables, no logic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spikesift_gui import transitions
from spikesift_gui.context import Context
from spikesift_gui.menus import bind_keys, fill_menus
from spikesift_gui.pages import PAGES, Page
from spikesift_gui.qt import Qt, QtCore, QtWidgets, QWidget
from spikesift_gui.shown import shown
from spikesift_gui.state import State
from spikesift_gui.theme import apply_theme, system_is_dark
from spikesift_gui.widgets.action_list import ActionList, actions
from spikesift_gui.widgets.dropping import TakesFiles
from spikesift_gui.widgets.error_panel import ErrorPanel
from spikesift_gui.widgets.labels import column, label, row
from spikesift_gui.widgets.navigation import Navigation
from spikesift_gui.widgets.own_window import OwnWindow
from spikesift_gui.widgets.top_strip import TopStrip

START_SIZE = (1280, 800)
SMALLEST_SIZE = (960, 600)
SAY_FOR = 12_000  # ms
BETWEEN_PAGES = 20  # ms, and their views
TITLE_BAR = 40  # px that desktops put around a window, at most


class Pages(dict[str, Page]):
    """The pages of a window by id, each made when it is first asked for: most of the start would be spent on them."""

    def __init__(self, context: Context, stack: QtWidgets.QStackedWidget):
        super().__init__()
        self._context, self._stack = context, stack

    def __missing__(self, page_id: str) -> Page:
        page = next(page for page in PAGES if page.id == page_id)(self._context, self._stack)
        self._stack.addWidget(page)
        page.restore_layout()
        self[page_id] = page
        return page


class MainWindow(TakesFiles, QtWidgets.QMainWindow):
    """One window on one Context. Attributes: context, pages (see `Pages`), navigation, strip, error_panel, entries."""

    def __init__(self, context: Context):
        super().__init__()
        self.context = context
        context.dialogs.parent = self
        self.setObjectName("window")
        self.setAcceptDrops(True)
        self.setMinimumSize(*SMALLEST_SIZE)
        self._restore_appearance()
        self._stack = QtWidgets.QStackedWidget()
        self.pages = Pages(context, self._stack)
        self.navigation = Navigation(context, PAGES)
        self.strip = TopStrip(context)
        self.error_panel = ErrorPanel(context)
        self.setCentralWidget(self._central())
        self.entries = fill_menus(self.menuBar(), context)
        bind_keys(self, context)
        self._said = label("", "muted")
        self.statusBar().addWidget(self._said, 1)
        self.statusBar().setSizeGripEnabled(False)
        self._quiet = QtCore.QTimer(self, singleShot=True, interval=SAY_FOR)
        self._quiet.timeout.connect(self._said.clear)
        context.said.connect(self.say)
        context.wished.connect(self._grant)
        context.model.changed.connect(self._follow)
        QtWidgets.QApplication.styleHints().colorSchemeChanged.connect(self._follow_desktop)
        QtWidgets.QApplication.instance().focusChanged.connect(self._keep_focus)
        self._restore_layout()
        self._show_page(context.state)
        self._stack.setFocus()

    def say(self, words: str) -> None:
        """Words in the status bar, for a while."""
        self._said.setText(" ".join(words.split()))
        self._said.setToolTip(words)
        self._quiet.start()

    def said(self) -> str:
        """The words in the status bar."""
        return self._said.text()

    def make_pages_ahead(self) -> None:
        """Make the pages that were not shown yet, one view at a time, so that turning to one is quick."""
        page = next((page for page in PAGES if page.id not in self.pages), None)
        if page is None or not self.isVisible():
            return
        part = next((part for part in page.parts if part not in self.context.ahead), None)
        if part is None:
            self.pages[page.id]
        else:
            self.context.ahead[part] = part(self.context)
        QtCore.QTimer.singleShot(BETWEEN_PAGES, self.make_pages_ahead)

    def _central(self) -> QWidget:
        self._stack.setObjectName("pages")
        self._stack.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        right = column(self.strip, self.error_panel, gap=0)
        right.addWidget(self._stack, 1)
        central = QWidget()
        central.setLayout(row(self.navigation, gap=0))
        central.layout().addLayout(right, 1)
        return central

    # Following the state

    def _follow(self, before: State, after: State) -> None:
        if any(getattr(before, part) != getattr(after, part) for part in ("page", "recording", "results", "match")):
            self._show_page(after)
        if before.page != after.page:
            self.pages[after.page].take_focus()
        if before.appearance != after.appearance:
            self._dress(after)

    def _show_page(self, state: State) -> None:
        page = self.pages[state.page]
        self._stack.setCurrentWidget(page)
        name, _words, files = shown(state)
        self.setWindowTitle(" – ".join(part for part in (name if files else "", page.title, "SpikeSift") if part))

    def _dress(self, state: State) -> None:
        appearance = state.appearance
        dark = {"dark": True, "light": False}.get(appearance.choice, system_is_dark(QtWidgets.QApplication.instance()))
        if dark != appearance.dark:
            self.context.model.apply(transitions.set_appearance, dark=dark)
            return  # the change of `dark` brings us here again
        apply_theme(QtWidgets.QApplication.instance(), appearance)
        self.context.preferences.set("theme", appearance.choice)
        self.context.preferences.set("scale", appearance.scale)

    def _follow_desktop(self) -> None:
        self._dress(self.context.state)

    def _keep_focus(self, before: QWidget | None, now: QWidget | None) -> None:
        """What had the keys was hidden, and Qt passes them on to the navigation: they stay with the page."""
        if before is None or now is None or before.isVisible():
            return
        if self._stack.isAncestorOf(before) and self.navigation.isAncestorOf(now):
            self._stack.setFocus()

    # What only a window can do

    def _grant(self, wish: str) -> None:
        own = {"quit": self.close, "reset layout": self._reset_layout, "actions": self._find_action}
        if wish in own:  # the others are for a page
            own[wish]()

    def _find_action(self) -> None:
        ActionList(self, actions(self.context, self.pages[self.context.state.page])).open_in_middle()

    def _restore_appearance(self) -> None:
        preferences = self.context.preferences
        choice, scale = preferences.get("theme", "system"), preferences.get("scale", 1.0)
        self.context.model.apply(transitions.set_appearance, choice=choice, scale=scale)
        self._dress(self.context.state)
        self._dress(self.context.state)  # `dark` may have changed, and nobody is listening yet

    def _restore_layout(self) -> None:
        text = self.context.preferences.get("layout.window", "")
        if not (text and self.restoreGeometry(QtCore.QByteArray.fromBase64(text.encode("ascii")))):
            self._first_size()

    def _reset_layout(self) -> None:
        self.showNormal()
        self._first_size()
        for page in PAGES:  # one that was not shown yet may have a layout of last time
            self.pages[page.id].reset_layout()
        self.say("The layout is as it was at first.")

    def _first_size(self) -> None:
        room = self.screen().availableGeometry()
        self.resize(min(START_SIZE[0], room.width()), min(START_SIZE[1], room.height() - TITLE_BAR))

    # Events

    def take_files(self, paths: list[Path]) -> None:
        """What was dropped is opened, several files as one recording."""
        self.context.run("file.open", path=paths)

    def closeEvent(self, event: Any) -> None:
        """Qt asks whether the window may close: a running sort is asked about first."""
        job = self.context.state.job("sort")
        words = "Sorting is still running. What is finished is kept in the session."
        if job and not self.context.dialogs.confirm("Stop sorting?", words, "Stop and quit"):
            event.ignore()
            return
        geometry = bytes(self.saveGeometry().toBase64()).decode("ascii")
        self.context.preferences.set("layout.window", geometry)
        for page in self.pages.values():
            page.save_layout()
        for view in self.findChildren(OwnWindow):
            view.hide()
        self.context.stop()
        event.accept()
