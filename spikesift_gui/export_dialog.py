"""The question which units are written in which form, before the file is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from spikesift_core.export import CLOCKS, EXPORTERS, UNIT_CHOICES
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import QtGui, QtWidgets, QWidget
from spikesift_gui.widgets import column, label, row, scrolled

INDENT = 3 * SPACE  # px, of the sentence below a choice
WIDTH = 680  # px
LETTERS = 92  # in a line, where text is larger
HIGHEST = 0.92  # of the screen
UNIT_WORDS = {"followed": "Followed throughout", "kept": "Kept", "all": "All"}
CLOCK_WORDS = {"recorded": "Recorded samples", "acquisition": "The acquisition system's clock"}


@dataclass(frozen=True)
class ExportChoice:
    """What a person chose: rows of `EXPORTERS`, `UNIT_CHOICES` and `CLOCKS`."""

    format: str
    units: str
    clock: str


class ExportDialog(QtWidgets.QDialog):
    """Asks for an `ExportChoice`.

    Parameters
    ----------
    name : of the sorted recording.
    counts : row of `UNIT_CHOICES` to how many units it is.
    first : what is chosen already.
    no_clock : why times cannot be on the clock of the acquisition system, or "".
    """

    def __init__(
        self, parent: QWidget | None, name: str, counts: Mapping[str, int], first: ExportChoice, no_clock: str
    ):
        super().__init__(parent)
        self.setWindowTitle("Export units")
        formats = ((one.id, f"{one.name} ({one.suffix})", one.help) for one in EXPORTERS)
        units = ((one, f"{UNIT_WORDS[one]}: {counts[one]}", words) for one, words in UNIT_CHOICES.items())
        clocks = [(one, CLOCK_WORDS[one], words) for one, words in CLOCKS.items()]
        self._format, one = _choices(formats, first.format)
        self._units, other = _choices(units, first.units)
        self._clock, last = _choices(clocks, first.clock)
        if no_clock:
            button, words = last["acquisition"]
            button.setEnabled(False)
            words.setText(no_clock)
        go, cancel = QtWidgets.QPushButton("Choose file…"), QtWidgets.QPushButton("Cancel")
        go.setProperty("role", "primary")
        go.setDefault(True)
        go.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        parts = []
        for title, found in (("What is written", one), ("Which units", other), ("Times count", last)):
            parts += [SPACE // 2, label(title, "section")]
            for button, words in found.values():
                below = row(INDENT, words)
                below.setStretch(1, 1)
                parts += [button, below]
        self._choices = column(*parts, None, gap=SPACE // 2)
        self._head, self._buttons = label(f"Export units of {name}", "title"), row(None, cancel, go)
        self.setLayout(column(self._head, scrolled(self._choices), self._buttons, gap=SPACE, margin=2 * SPACE))
        self.layout().setStretch(1, 1)

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        """Qt shows it: now the letters are as large as they will be, and it can be as high as all its words need."""
        super().showEvent(event)
        width = max(WIDTH, LETTERS * self.fontMetrics().averageCharWidth())
        rest = self._head.sizeHint().height() + self._buttons.sizeHint().height() + 7 * SPACE
        wanted = self._choices.totalHeightForWidth(width - 6 * SPACE) + rest
        self.resize(width, min(wanted, round(HIGHEST * self.screen().availableGeometry().height())))

    def choice(self) -> ExportChoice:
        """What is chosen now."""
        return ExportChoice(*(group.checkedButton().objectName() for group in (self._format, self._units, self._clock)))


def _choices(rows: Iterable[tuple[str, str, str]], chosen: str) -> tuple[QtWidgets.QButtonGroup, dict]:
    """Of which one is chosen, and for each id the button and the sentence below it."""
    group, made = QtWidgets.QButtonGroup(), {}
    for name, words, help_text in rows:
        button = QtWidgets.QRadioButton(words)
        button.setObjectName(name)
        button.setChecked(name == chosen)
        group.addButton(button)
        made[name] = button, label(f"{help_text[0].upper()}{help_text[1:]}.", "caption", wrap=True)
    return group, made
