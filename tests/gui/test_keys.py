"""The keys of the page Inspect are those of phy, as the design promises; each does what it says."""

import pytest

from spikesift_core.results import SortedRecording
from spikesift_gui import transitions as t
from spikesift_gui.commands import COMMANDS
from spikesift_gui.dialogs import Dialogs
from spikesift_gui.qt import Qt, QtWidgets
from spikesift_gui.similar import most_alike
from tests.core.test_rivers import PROBE, segment
from tests.gui.helpers import result, settle

# The table "Keys" of the design; h, undo, redo and save work on every page.
KEYS = {
    "Ctrl+Z": "edit.undo",
    "Ctrl+Y": "edit.redo",
    "Ctrl+Shift+Z": "edit.redo",
    "Ctrl+S": "session.where",
    "Down": "units.next",
    "Up": "units.previous",
    "Home": "units.first",
    "End": "units.last",
    "Space": "similar.next",
    "Shift+Space": "similar.previous",
    "Backspace": "similar.drop",
    "Esc": "units.clear_filter",
    "W": "waveforms.kind",
    "M": "waveforms.mean",
    "O": "waveforms.overlap",
    "A": "amplitudes.kind",
    "Alt+PgDown": "spike.next",
    "Alt+PgUp": "spike.previous",
    "H": "help.keys",
    "Ctrl+K": "help.actions",
}
# Their place is kept for curation, which is not there yet.
LATER = {
    "G": "merge",
    "K": "split",
    "L": "label",
    **{f"{more}Alt+{letter}": "label" for more in ("", "Ctrl+") for letter in "GMNU"},
    **{f"Ctrl+{letter}": "label" for letter in "GNU"},
}


def on_inspect():
    return {key: row.id for row in COMMANDS for key in row.keys if not row.pages or "inspect" in row.pages}


@pytest.mark.parametrize(("key", "command"), KEYS.items())
def test_every_key_of_the_design_is_there(key, command):
    assert on_inspect().get(key) == command


@pytest.mark.parametrize("key", LATER)
def test_keys_of_curation_mean_nothing_else(key):
    assert key not in on_inspect()


@pytest.fixture
def units(window, qtbot):
    """Four units on the page Inspect; 2 is most like 1, then 0, then 3."""
    found = SortedRecording([segment(0, [60, 80, 84, 200])], [], PROBE)
    window.context.model.apply(t.put_result, result(1, "day 3", sorted_recording=found))
    window.context.run("page.inspect")
    table = window.pages["inspect"].docks.view("units")
    qtbot.waitUntil(lambda: table.model.rowCount() == 4)
    settle(qtbot)
    return window


def selected(window):
    return window.context.state.selection.units


def test_units_like_the_best_one_come_one_after_the_other(units, qtbot):
    assert most_alike(units.context.state.results.current, 1) == [2, 0, 3]
    units.context.run("units.select", units=[1])
    table = units.pages["inspect"].docks.view("units").table
    for key, modifier, wanted in (
        (Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, (1, 2)),
        (Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, (1, 0)),
        (Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier, (1, 2)),
        (Qt.Key.Key_Backspace, Qt.KeyboardModifier.NoModifier, (1,)),
    ):
        qtbot.keyClick(table, key, modifier)
        settle(qtbot)
        assert selected(units) == wanted
    qtbot.keyClick(table, Qt.Key.Key_Backspace)
    assert units.said() == "Only one unit is selected."
    for _ in range(4):
        qtbot.keyClick(table, Qt.Key.Key_Space)
    assert selected(units) == (1, 3) and units.said() == "No unit is less like unit 1."


def test_arrows_go_through_the_table_from_everywhere_on_the_page(units, qtbot):
    docks = units.pages["inspect"].docks
    units.context.run("units.select", units=[0])
    for holder in (docks.view("raster").plot, docks.view("units").table, units):
        for key, wanted in ((Qt.Key.Key_Down, 1), (Qt.Key.Key_End, 3), (Qt.Key.Key_Up, 2), (Qt.Key.Key_Home, 0)):
            qtbot.keyClick(holder, key)
            settle(qtbot)
            assert selected(units) == (wanted,), (holder, key)


def test_a_widget_that_has_a_use_for_an_arrow_keeps_it(units, qtbot):
    units.context.run("units.select", units=[0])
    field = units.pages["inspect"].docks.view("units").filter
    field.setFocus()
    qtbot.keyClicks(field, "id > 0 ")
    qtbot.keyClick(field, Qt.Key.Key_Home)
    qtbot.keyClick(field, Qt.Key.Key_End)
    qtbot.keyClick(field, Qt.Key.Key_Backspace)
    settle(qtbot)
    assert field.text() == "id > 0" and selected(units) == (0,)


def test_arrows_mean_nothing_on_other_pages(units, qtbot):
    units.context.run("units.select", units=[1])
    units.context.run("page.home")
    qtbot.keyClick(units, Qt.Key.Key_Down)
    assert selected(units) == (1,)


def test_help_lists_every_key(window, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_H)
    title, words = window.context.dialogs.told[-1]
    assert title == "Keys" and all(key in words for key in KEYS)


def test_the_list_of_keys_fits_on_a_small_screen(window, qtbot, preferences):
    qtbot.keyClick(window, Qt.Key.Key_H)
    Dialogs(preferences, window).tell(*window.context.dialogs.told[-1])
    box = next(one.window() for one in window.findChildren(QtWidgets.QPlainTextEdit) if one.window() is not window)
    qtbot.waitUntil(box.isVisible)
    assert box.height() < 700
    box.close()


def test_asked_for_once_more_the_keys_are_in_one_window(window, qtbot, preferences):
    window.context.dialogs = Dialogs(preferences, window)
    for _ in range(2):
        qtbot.keyClick(window, Qt.Key.Key_H)
    open_now = [one for one in window.findChildren(QtWidgets.QDialog) if one.isVisible()]
    assert [one.windowTitle() for one in open_now] == ["Keys"]
    open_now[0].close()


def test_keys_work_in_a_window_of_its_own_too(units, qtbot):
    view = units.pages["inspect"].docks.view("raster")
    units.context.run("units.select", units=[0])
    view.pop_out()
    settle(qtbot)
    view.own_window.activateWindow()
    qtbot.keyClick(view.plot, Qt.Key.Key_Down)
    assert selected(units) == (1,)
    qtbot.keyClick(view.own_window, Qt.Key.Key_W)
    assert units.context.state.view.options["waveforms.kind"] == "raw"
    view.put_back()
