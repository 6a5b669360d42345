"""Home: open something new, something saved, something recent; or try a simulated recording."""

from __future__ import annotations

from spikesift_gui.icons import pixmap
from spikesift_gui.pages.base import Page
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import QtWidgets, QWidget
from spikesift_gui.state import State
from spikesift_gui.widgets import ProgressStrip, button, card, column, label, row, scrolled
from spikesift_gui.widgets.recent_list import RecentFile, RecentList, found_on_disk

TITLE = "From a raw recording to units that can be trusted"
SENTENCE = (
    "SpikeSift finds the neurons in an extracellular recording and follows each of them while the tissue drifts. "
    "Your files are only read, never changed, and nothing leaves this computer."
)
STEPS = (
    ("recording", "Recording", "Say how the file was written; see its traces at once."),
    ("probe", "Probe", "Import, build or draw where the contacts are."),
    ("sort", "Sort", "Run it in the background; units appear segment by segment."),
    ("inspect", "Inspect", "Look at each unit: waveforms, trains, correlograms."),
    ("match", "Match", "Follow units into another recording; see how sure it is."),
)
ICON = 28  # px


class HomePage(Page):
    """The first page."""

    id = "home"
    title = "Home"
    icon = "home"
    help = "Open a recording or a session, or try a simulated one."
    wide = True
    watches = ("recent", "jobs")

    def build(self) -> QWidget:
        """The sentence, three ways to begin, what was opened before."""
        self._pictures: list[tuple[QtWidgets.QLabel, str, str]] = []
        self.progress = ProgressStrip(self.context)
        self.recent = RecentList(self.context)
        self._steps = self._way()
        begin = row(self._open_card(), self._session_card(), self._try_card(), gap=2 * SPACE)
        for place in range(3):
            begin.setStretch(place, 1)
        head = column(label(TITLE, "title"), label(SENTENCE, "muted", wrap=True), gap=SPACE // 2)
        body = QWidget(self._stack)
        self._parts = column(head, begin, self._recent_card(), None, gap=2 * SPACE, margin=2 * SPACE)
        body.setLayout(self._parts)
        return body

    def _open_card(self) -> QWidget:
        words = "SpikeGLX, Open Ephys, Intan and others, or any flat binary file. Or drop it anywhere on this window."
        made = self._card("open", "accent", "Your recording", words)
        made.layout().addWidget(button(self.context, "file.open", role="primary"))
        made.setProperty("role", "drop")
        return made

    def _session_card(self) -> QWidget:
        words = "The folder of a recording that was sorted before, with its units and settings."
        made = self._card("session", "muted", "A saved session", words)
        made.layout().addWidget(button(self.context, "session.open"))
        return made

    def _try_card(self) -> QWidget:
        words = "No data at hand? One minute of 32 drifting channels with 20 known units, simulated in seconds."
        made = self._card("learn", "muted", "Try it", words)
        self.try_button = button(self.context, "example.open", text="Simulate and open")
        elsewhere = button(self.context, "example.elsewhere", text="Where…", role="quiet")
        self._tries = QWidget()
        self._tries.setLayout(row(self.try_button, elsewhere))
        self._tries.layout().setStretch(0, 1)
        made.layout().addWidget(self._tries)
        made.layout().addWidget(self.progress)
        return made

    def _card(self, icon_name: str, color: str, title: str, words: str) -> QWidget:
        picture = label()
        self._pictures.append((picture, icon_name, color))
        text = label(words, "muted", wrap=True)
        return card(column(row(picture, label(title, "section"), None), text, None, SPACE // 2, gap=SPACE))

    def _recent_card(self) -> QWidget:
        forget = button(self.context, "recent.forget", text="Forget all", role="quiet")
        self._forget = forget
        self._files = scrolled(column(self.recent, None))
        self._recent_title = label("", "section")
        return card(column(row(self._recent_title, None, forget), self._steps, self._files))

    def _way(self) -> QWidget:
        """The pages in order, for the first day."""
        way = QWidget()
        grid = QtWidgets.QGridLayout()
        grid.setContentsMargins(0, SPACE, 0, 0)
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setVerticalSpacing(SPACE)
        for number, (icon_name, title, words) in enumerate(STEPS):
            picture = label()
            self._pictures.append((picture, icon_name, "accent"))
            grid.addWidget(picture, number, 0)
            grid.addWidget(label(f"{number + 1}  {title}"), number, 1)
            grid.addWidget(label(words, "muted"), number, 2)
        grid.setColumnStretch(2, 1)
        way.setLayout(grid)
        return way

    def draw(self, before: State | None, after: State) -> None:
        """Show the recent files, latest first, and how far the simulation is."""
        job = after.job("simulate")
        self.progress.show_job(job)
        self._tries.setVisible(job is None)
        if before is None:
            for picture, icon_name, color in self._pictures:
                size = 20 if color == "accent" and icon_name != "open" else ICON
                tint = getattr(self.palette_now, color)
                picture.setPixmap(pixmap(icon_name, tint, size, self.devicePixelRatioF()))
        if before is None or before.recent != after.recent:
            self._recent_title.setText("Recent" if after.recent else "How it goes")
            self._forget.setVisible(bool(after.recent))
            self._steps.setVisible(not after.recent)
            self._files.setVisible(bool(after.recent))
            self._parts.setStretch(2, 1 if after.recent else 0)
            self._parts.setStretch(3, 0 if after.recent else 1)
            if not after.recent:
                self.recent.show_files([])
        entries = after.recent
        self.compute("recent", lambda: found_on_disk(entries), self._show_recent)

    def _show_recent(self, files: list[RecentFile]) -> None:
        if tuple(file.entry for file in files) == self.context.state.recent:
            self.recent.show_files(files)
