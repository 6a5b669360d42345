"""Look at the units: which are real, which are one, which are two."""

from __future__ import annotations

from itertools import pairwise

from spikesift_core.parameters import changed_from_preset, value_words
from spikesift_core.recording_files import named
from spikesift_gui.context import Context
from spikesift_gui.pages.base import Page
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import QtWidgets, QWidget
from spikesift_gui.state import Result, State
from spikesift_gui.views import VIEWS
from spikesift_gui.widgets import Hint, column, label, row
from spikesift_gui.widgets.dock_area import DockArea
from spikesift_gui.widgets.local_keys import LocalKeys

# Rows from the top, each of groups from left to right; the views of a group share one place, as tabs. The numbers are
# shares of the width of a row.
ROWS = (
    ((("units",), 36), (("waveforms", "vectors", "similarity"), 32), (("correlograms", "isi"), 32)),
    ((("traces", "quality"), 60), (("raster", "amplitudes", "drift", "segments"), 40)),
)
AREAS = ("top", "bottom")
HEIGHTS = {"units": 54, "traces": 46}


class InspectPage(Page):
    """The page Inspect."""

    id = "inspect"
    title = "Inspect"
    icon = "inspect"
    help = "Look at the units: which are real, which are one, which are two."
    wide = True
    watches = ("results",)

    def build(self) -> QWidget:
        """Which result, what it came from, and the views."""
        self.which = QtWidgets.QComboBox()
        self.which.setAccessibleName("Sorted recording")
        self.which.setToolTip("The sorted recording that is looked at")
        self.which.setMinimumWidth(220)
        self.which.activated.connect(lambda at: self.context.run("result.show", result_id=self.which.itemData(at)))
        self._words = label("", "muted")
        self._words.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Preferred)
        self.docks = _dock_area(self.context)
        body = QWidget()
        body.setLayout(column(row(self.which, self._words), self.docks, gap=SPACE))
        body.layout().setStretch(1, 1)
        body.layout().itemAt(0).layout().setStretch(1, 1)
        table = self.docks.view("units")
        keys = {"Down": table.next, "Up": table.previous, "Home": table.first, "End": table.last}
        LocalKeys(body, keys)  # for keys that the view with the focus has no use for
        return body

    def hint(self, state: State) -> Hint | None:
        """What is missing first."""
        if state.results.current is None:
            words = "The units of a sorted recording will appear here, in linked views."
            return Hint("Nothing sorted yet", words, "page.sort", "Go to Sort", "inspect")
        return None

    def draw(self, before: State | None, after: State) -> None:
        """Show which result it is; the views draw themselves."""
        self.which.clear()
        for result in after.results.items:
            self.which.addItem(result.name, result.id)
        self.which.setCurrentIndex(self.which.findData(after.results.current_id))
        words = result_words(after.results.current)
        self._words.setText(words)
        self._words.setToolTip(words.replace(" · ", "\n"))

    def take_focus(self) -> None:
        """Up and Down go from unit to unit at once."""
        self.docks.view("units").table.setFocus()

    def save_layout(self) -> None:
        """The window closes."""
        self.docks.save_layout()

    def restore_layout(self) -> None:
        """The window opens."""
        self.docks.restore_layout()

    def reset_layout(self) -> None:
        """As it was at first."""
        self.docks.reset_layout()


def _dock_area(context: Context) -> DockArea:
    classes = {view.id: view for view in VIEWS}
    places, tabs = [], []
    for row_, area in zip(ROWS, AREAS, strict=True):
        firsts = [group[0] for group, _share in row_]
        places.append((classes[firsts[0]], area, ""))
        places += [(classes[view], "right of", beside) for beside, view in pairwise(firsts)]
        # Tabs come last: Qt cannot split a place that has tabs.
        tabs += [(classes[view], "tab", beside) for group, _share in row_ for beside, view in pairwise(group)]
    docks = DockArea("inspect", context, [*places, *tabs])
    for row_ in ROWS:
        docks.share({group[0]: share for group, share in row_})
    docks.share(HEIGHTS, vertical=True)
    return docks


def result_words(result: Result) -> str:
    """Where a result came from: settings, version, file, folder."""
    words = ["complete" if result.complete else "not complete"]
    if result.preset:
        words.append(f"preset {result.preset}{_changed_words(result)}")
    if result.version:
        words.append(f"version {result.version}")
    missing = "merged" if result.merged else "recording not there"
    words.append(named(result.recording.binary_files) if result.recording else missing)
    words.append(f"saved in {result.folder}" if result.folder else "not saved")
    return " · ".join(words)


def _changed_words(result: Result) -> str:
    changed = changed_from_preset(result.settings, result.preset)
    words = [f"{name.replace('_', ' ')} {value_words(value)}" for name, (_, value) in changed.items()]
    return f" but {', '.join(words)}" if words else ""
