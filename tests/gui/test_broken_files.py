"""Files that cannot be used, opened in the window: each with what a person reads there, and nothing else changes."""

import pytest

from spikesift_core.formats import SAYS_WHAT_TO_DO, read_streams
from spikesift_gui.qt import Qt
from spikesift_gui.widgets.error_panel import ErrorPanel
from spikesift_gui.window_words import window_words
from tests.core.formats.test_broken_files import BROKEN
from tests.gui.helpers import settle

SAY_WHY = ("nothing there", "empty folder")  # there is nothing more to do than they say


def opened(qtbot, context, path):
    context.run("file.open", path=path)
    qtbot.waitUntil(lambda: not context.state.job("open"))
    settle(qtbot)


def test_every_broken_file_is_told_in_the_window_with_what_to_do(window, qtbot, context, tmp_path):
    panel = window.findChild(ErrorPanel)
    assert len(BROKEN) >= 30
    for number, (case, (make, words)) in enumerate(BROKEN.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = make(folder)
        with pytest.raises(ValueError, match=words) as told:
            read_streams(path)
        opened(qtbot, context, path)
        assert len(context.state.problems) == 1, case
        shown = panel._words.text()
        assert panel.isVisible() and shown == context.state.problems[0].words, case
        assert shown == window_words(str(told.value)) and "Traceback" not in shown, case
        assert case in SAY_WHY or SAYS_WHAT_TO_DO.search(shown), "a person has to know what to do"
        assert context.state.recording.path is None, "what was open before stays open"
        qtbot.mouseClick(panel.findChildren(type(panel._toggle))[1], Qt.MouseButton.LeftButton)  # Copy
        context.run("problem.dismiss")
        settle(qtbot)
        assert not panel.isVisible()


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "empty.bin is empty: it has no samples."), (b"123", "How many channels are in the")]
)
def test_plain_files_that_hold_nothing_are_told_among_the_checks(window, qtbot, context, tmp_path, content, words):
    (tmp_path / "empty.bin").write_bytes(content)
    opened(qtbot, context, tmp_path / "empty.bin")
    page = window.pages["recording"]
    qtbot.waitUntil(lambda: not context.computer.busy)
    settle(qtbot)
    texts = [part.text() for part in page.checks.findChildren(type(page.facts)) if part.isVisible()]
    assert any(words in text for text in texts), texts
