"""Look at the units: which are real, which are one, which are two."""

from __future__ import annotations

from spikesift_gui.pages.base import Page
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import QtWidgets, QWidget
from spikesift_gui.state import Result, State
from spikesift_gui.views import VIEWS
from spikesift_gui.widgets import Hint, column, label, row
from spikesift_gui.widgets.dock_area import DockArea

# (view, place, beside): as in DockArea, from left to right and from the top.
PLACES = (
    ("units", "left", ""),
    ("waveforms", "right", ""),
    ("amplitude-vectors", "right of", "waveforms"),
    ("raster", "below", "waveforms"),
    ("correlograms", "below", "amplitude-vectors"),
    ("traces", "below", "raster"),
    ("isi", "tab", "correlograms"),
    ("amplitude-over-time", "tab", "raster"),
    ("drift-map", "tab", "raster"),
)
WIDTHS = {"units": 34, "waveforms": 36, "amplitude-vectors": 30}
HEIGHTS = {"waveforms": 30, "raster": 26, "traces": 44}


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
        classes = {view.id: view for view in VIEWS}
        self.docks = DockArea("inspect", self.context, _places(classes))
        self._share(WIDTHS, vertical=False)
        self._share(HEIGHTS, vertical=True)
        body = QWidget()
        body.setLayout(column(row(self.which, self._words), self.docks, gap=SPACE))
        body.layout().setStretch(1, 1)
        body.layout().itemAt(0).layout().setStretch(1, 1)
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

    def save_layout(self) -> None:
        """The window closes."""
        self.docks.save_layout()

    def restore_layout(self) -> None:
        """The window opens."""
        self.docks.restore_layout()

    def reset_layout(self) -> None:
        """As it was at first."""
        self.docks.reset_layout()

    def _share(self, sizes: dict[str, int], *, vertical: bool) -> None:
        there = {view.id for view in VIEWS}
        self.docks.share({view: size for view, size in sizes.items() if view in there}, vertical=vertical)


def _places(classes: dict) -> list[tuple]:
    there = [row for row in PLACES if row[0] in classes]
    known = {view for view, _, _ in there}
    return [
        (classes[view], place, beside) if beside in known or not beside else (classes[view], "bottom", "")
        for view, place, beside in there
    ]


def result_words(result: Result) -> str:
    """Where a result came from: settings, version, file, folder."""
    words = ["complete" if result.complete else "not complete"]
    if result.preset:
        words.append(f"preset {result.preset}")
    if result.version:
        words.append(f"version {result.version}")
    words.append(result.recording.binary_file.name if result.recording else "recording not there")
    words.append(f"saved in {result.folder}" if result.folder else "not saved")
    return " · ".join(words)
