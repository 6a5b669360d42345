import time

import pytest

from spikesift_core.progress import Progress
from spikesift_gui import transitions as t
from spikesift_gui.main_window import START_SIZE, TITLE_BAR, MainWindow
from spikesift_gui.pages import PAGES
from spikesift_gui.palette import DARK, LIGHT
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets
from spikesift_gui.views.base import View
from tests.gui.helpers import result, settle


def button(parent, text):
    found = [made for made in parent.findChildren(QtWidgets.QPushButton) if made.text().strip() == text]
    assert len(found) == 1, f"{len(found)} buttons {text!r}"
    return found[0]


def drop(window, path):
    data = QtCore.QMimeData()
    data.setUrls([QtCore.QUrl.fromLocalFile(str(path))])
    action, mouse, key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entered = QtGui.QDragEnterEvent(QtCore.QPoint(9, 9), action, data, mouse, key)
    window.dragEnterEvent(entered)
    assert entered.isAccepted()
    window.dropEvent(QtGui.QDropEvent(QtCore.QPointF(9, 9), action, data, mouse, key))


def test_every_page_can_be_reached_by_click_and_by_key(window, qtbot):
    for number, (page_id, made) in enumerate(window.navigation.buttons.items(), start=1):
        qtbot.mouseClick(made, Qt.MouseButton.LeftButton)
        settle(qtbot)
        assert window.context.state.page == page_id and window.pages[page_id].isVisible() and made.isChecked()
        qtbot.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
        assert window.context.state.page == "home"
        qtbot.keyClick(window, getattr(Qt.Key, f"Key_{number}"), Qt.KeyboardModifier.ControlModifier)
        assert window.context.state.page == page_id
    settle(qtbot)
    assert "Match" in window.windowTitle()


def test_only_one_page_is_marked_even_when_it_is_clicked_again(window, qtbot):
    home = window.navigation.buttons["home"]
    qtbot.mouseClick(home, Qt.MouseButton.LeftButton)
    settle(qtbot)
    assert [made.isChecked() for made in window.navigation.buttons.values()] == [True] + [False] * 5


@pytest.mark.parametrize("page_id", ["recording", "sort", "inspect", "match"])
def test_an_empty_page_says_what_is_missing_and_brings_the_step(window, qtbot, page_id):
    window.context.run(f"page.{page_id}")
    settle(qtbot)
    page = window.pages[page_id]
    assert page.shown_hint
    made = [m for m in page.findChildren(QtWidgets.QPushButton) if m.isVisible() and m.property("role") == "primary"]
    assert len(made) == 1, "one obvious next action"
    qtbot.mouseClick(made[0], Qt.MouseButton.LeftButton)
    assert window.context.dialogs.asked or window.context.state.page != page_id


def test_files_dropped_on_the_window_are_opened(window, qtbot, recording_file, probe_file):
    drop(window, recording_file)
    settle(qtbot)
    assert window.strip.name.text() == "rat12_day3.bin" and "rat12_day3.bin" in window.windowTitle()
    assert "say how it was written" in window.said()
    drop(window, probe_file)
    settle(qtbot)
    assert window.context.state.page == "probe"
    assert window.strip.words.text() == "4 ch · 30 kHz · 100 ms"
    assert [pill.property("kind") for pill in window.strip.pills] == ["warning", "ok", "todo"], "nobody said the rate"
    window.context.run("recording.set", sampling_frequency=30_000.0)
    settle(qtbot)
    assert [pill.property("kind") for pill in window.strip.pills] == ["ok", "ok", "todo"]


def test_something_that_is_not_a_file_cannot_be_dropped(window):
    data = QtCore.QMimeData()
    data.setText("words")
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QtGui.QDragEnterEvent(QtCore.QPoint(9, 9), Qt.DropAction.CopyAction, data, buttons, keys)
    event.ignore()
    window.dragEnterEvent(event)
    assert not event.isAccepted()


def test_the_running_job_is_shown_and_cancelled_by_click(window, qtbot):
    def job():
        while True:
            yield Progress("Sorting segments", 500, 1000, "s of recording")
            time.sleep(0.005)

    window.context.start_job("sort", "Sorting", job())
    strip = window.strip.jobs[0]
    qtbot.waitUntil(lambda: strip.isVisible() and "%" in strip.words())
    assert window.strip.pills[2].property("kind") == "busy"
    qtbot.mouseClick(strip.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.context.state.jobs)
    qtbot.waitUntil(lambda: not strip.isVisible())
    assert window.said() == "Sorting: cancelled."


def test_an_error_is_shown_in_words_copied_and_dismissed(window, qtbot, tmp_path):
    window.context.run("file.open", path=tmp_path / "gone.bin")
    settle(qtbot)
    panel = window.error_panel
    assert panel.isVisible() and "does not exist" in panel._words.text()
    qtbot.mouseClick(button(panel, "Copy"), Qt.MouseButton.LeftButton)
    assert "gone.bin does not exist" in QtWidgets.QApplication.clipboard().text()
    assert not panel._details.isVisible()
    qtbot.mouseClick(button(panel, "Details"), Qt.MouseButton.LeftButton)
    assert panel._details.isVisible() and "Traceback" in panel._details.toPlainText()
    dismiss = panel.findChild(QtWidgets.QToolButton)
    qtbot.mouseClick(dismiss, Qt.MouseButton.LeftButton)
    settle(qtbot)
    assert not panel.isVisible() and window.context.state.problems == ()


def test_the_log_is_opened_or_the_reason_said(window, context):
    assert not context.run("log.open") and "There is no log" in window.said()
    (context.preferences.log_folder / "spikesift.log").write_text("x", encoding="utf-8")
    assert context.run("log.open")
    assert context.dialogs.opened[0].name == "spikesift.log"


def test_themes_change_at_once_and_are_remembered(window, qtbot, qapp, preferences):
    assert qapp.palette().window().color().name() == LIGHT.window
    window.entries["appearance.dark"].trigger()
    assert qapp.palette().window().color().name() == DARK.window and preferences.get("theme") == "dark"
    window.entries["appearance.light"].trigger()
    assert qapp.palette().window().color().name() == LIGHT.window
    qtbot.keyClick(window, Qt.Key.Key_Equal, Qt.KeyboardModifier.ControlModifier)
    assert preferences.get("scale") == 1.1 and "110 %" in window.said()
    window.context.run("appearance.normal")


def test_a_window_opens_in_the_theme_remembered(qtbot, qapp, context):
    context.preferences.set("theme", "dark")
    window = MainWindow(context)
    qtbot.addWidget(window)
    assert qapp.palette().window().color().name() == DARK.window and context.state.appearance.dark


def test_geometry_is_remembered_and_reset(window, qtbot, context):
    window.resize(1111, 666)  # the screen of the offscreen platform is 800 px wide, so only the height tells
    window.close()
    again = MainWindow(context)
    qtbot.addWidget(again)
    again.show()
    settle(qtbot)
    assert again.height() == 666
    context.run("layout.reset")
    room = again.screen().availableGeometry().height()
    assert again.height() == min(START_SIZE[1], room - TITLE_BAR), "with its title bar it has room on the screen"


def test_keys_stay_with_the_page_when_what_had_them_is_hidden(window, qtbot, context):
    context.run("page.probe")
    context.run("probe.show", view="draw")
    settle(qtbot)
    page = window.pages["probe"]
    page.import_first.setFocus()
    assert QtWidgets.QApplication.focusWidget() is page.import_first
    context.run("probe.set", positions=[[0.0, 0.0], [0.0, 20.0]])
    settle(qtbot)
    assert not page.import_first.isVisible()
    assert not window.navigation.isAncestorOf(QtWidgets.QApplication.focusWidget())


def test_closing_asks_while_it_sorts(window, qtbot, context):
    def job():
        while True:
            yield Progress("Sorting", 0, 1)

    context.start_job("sort", "Sorting", job())
    context.dialogs.yes = False
    assert not window.close() and context.state.jobs and context.dialogs.asked == ["Stop sorting?"]
    context.dialogs.yes = True
    assert window.close()


def test_quit_by_key_closes_the_window(window, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert not window.isVisible()


def test_undo_by_key(window, qtbot, context):
    context.run("probe.set", positions=[[0, 0]], source="one")
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(context.state.probe) == 0 and window.said() == "Undone: Change probe."
    shift = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Qt.Key.Key_Z, shift)
    assert len(context.state.probe) == 1
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert len(context.state.probe) == 1


def test_every_menu_entry_can_be_chosen_with_nothing_open(window, qtbot, context):
    for command_id, entry in window.entries.items():
        if command_id != "app.quit":
            entry.trigger()
            settle(qtbot)
    assert context.state.problems == ()


def test_recent_files_are_opened_by_click(window, qtbot, context, recording_file):
    context.run("file.open", path=recording_file)
    context.run("recording.close")
    context.run("page.home")
    settle(qtbot)
    home = window.pages["home"]
    qtbot.waitUntil(lambda: len(home.recent.findChildren(QtWidgets.QPushButton)) > 0)
    rows = [b for b in home.recent.findChildren(QtWidgets.QPushButton) if "rat12_day3.bin" in b.accessibleName()]
    qtbot.mouseClick(rows[-1], Qt.MouseButton.LeftButton)
    assert context.state.recording.path == recording_file


def test_the_page_inspect_leaves_its_hint_when_there_is_a_result(window, qtbot, context):
    context.run("page.inspect")
    settle(qtbot)
    assert window.pages["inspect"].shown_hint
    context.model.apply(t.put_result, result())
    settle(qtbot)
    assert not window.pages["inspect"].shown_hint
    context.run("result.close")
    settle(qtbot)
    assert window.pages["inspect"].shown_hint


@pytest.mark.parametrize("scale", [1.0, 1.3])
def test_nothing_needs_more_room_than_a_small_screen_has(window, qtbot, context, scale):
    context.model.apply(t.set_appearance, scale=scale)
    for page_id in window.pages:
        context.run(f"page.{page_id}")
        settle(qtbot)
        assert window.minimumSizeHint().width() <= 1280 and window.minimumSizeHint().height() <= 720, page_id


def test_pages_are_made_ahead_one_view_at_a_time(window, qtbot, monkeypatch):
    made, real = [], View.__init__
    monkeypatch.setattr(View, "__init__", lambda self, context: (made.append(type(self)), real(self, context))[1])
    counts = []
    while len(window.pages) < len(PAGES):
        before = len(made)
        window.make_pages_ahead()
        counts.append(len(made) - before)
    assert max(counts) == 1 and not window.context.ahead
    views = {part for page in PAGES for part in page.parts if isinstance(part, type) and issubclass(part, View)}
    assert len(made) == len(set(made)) and views <= set(made)
