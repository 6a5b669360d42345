"""What became of a merge: how many units were followed through it, and whether it is saved."""

from __future__ import annotations

from spikesift_core.deciding import decisions_of_merged
from spikesift_gui.by_hand import decisions_among
from spikesift_gui.context import Context
from spikesift_gui.match_words import merged_words
from spikesift_gui.matching import Question, is_merge_of
from spikesift_gui.qt import QtWidgets
from spikesift_gui.state import Result, State
from spikesift_gui.widgets.labels import label, row


def _changed(state: State, merged: Result) -> str:
    """That it does not hold what was decided by hand since it was merged."""
    parts = [state.results.get(part) for part in merged.joined_from]
    if merged.joined is None or None in parts:
        return ""
    made = merged.joined.sorted_recording
    found = decisions_of_merged(
        made.undecided, [part.sorted_recording for part in parts], decisions_among(state, parts)
    )
    same = found == made.decisions
    return "" if same else " Links were decided by hand since: merge again to use that."


def _to_tell(state: State, asked: Question) -> Result | None:
    """What was merged from the two that are compared; or the merged recording that is looked at, if it is new."""
    pair = asked.source.result, asked.target.result
    found = next((item for item in reversed(state.results.items) if is_merge_of(item, *pair)), None)
    current = state.results.current
    return current if current is not None and current.joined_from else found


class MergedNote(QtWidgets.QFrame):
    """One line with two buttons; hidden while there is no merge to tell of."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._result_id = 0
        self.setProperty("role", "check")
        self.words = label("", wrap=True, selectable=True)
        self.inspect = self._button("Inspect", "Look at the units of the merged recording", "match.inspect")
        self.save = self._button("Save as a session…", "Keep the merged recording on the disk", "match.save")
        layout = row(self.words, self.inspect, self.save)
        layout.setStretch(0, 1)
        layout.setContentsMargins(8, 6, 8, 6)
        self.setLayout(layout)
        self.hide()

    def show_merge(self, state: State, asked: Question) -> None:
        """Show what was merged; called from the draw of the page."""
        merged = _to_tell(state, asked)
        self.setVisible(merged is not None)
        if merged is None:
            return
        self._result_id = merged.id
        kept = f"Saved in {merged.folder}." if merged.folder else "Not saved yet."
        self.words.setText(f"{merged.name}: {merged_words(state, merged)} {kept}{_changed(state, merged)}")
        self.save.setVisible(merged.folder is None)

    def _button(self, words: str, tip: str, command: str) -> QtWidgets.QPushButton:
        made = QtWidgets.QPushButton(words)
        made.setToolTip(tip)
        made.clicked.connect(lambda: self._context.run(command, result_id=self._result_id))
        return made
