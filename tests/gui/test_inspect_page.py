"""The page Inspect in the window: views linked by one selection, results to choose from, where things are saved."""

import numpy as np
import pytest

from spikesift_core.recording import Recording
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.session import create_session
from spikesift_core.sorting import SegmentSorted
from spikesift_gui import transitions as t
from spikesift_gui.layouts import FIRST, LAYOUTS
from spikesift_gui.pages.inspect import result_words
from spikesift_gui.qt import Qt, QtWidgets
from spikesift_gui.views import VIEWS
from tests.gui.helpers import GEOMETRY, drawn, open_session_in, result, settle, sorted_recording

RATE = 30_000.0


@pytest.fixture
def session(tmp_path):
    """The session of a sorted recording of two seconds, and its file beside it."""
    file = tmp_path / "night.bin"
    np.random.default_rng(2).normal(0, 40, (60_000, 4)).astype(np.int16).tofile(file)
    recording = Recording(binary_file=file, data_type="int16", probe_geometry=GEOMETRY, sampling_frequency=RATE)
    found = sorted_recording()
    writer = create_session(tmp_path / "night.spikesift", recording, {"max_drift": 30.0}, preset="published")
    for index, segment in enumerate(found.sorted_segments):
        writer.add(SegmentSorted(index, segment, found.assignment_chain[index - 1] if index else None))
    writer.finish(found)
    return writer.folder, file


def docks(window):
    return window.pages["inspect"].docks


def opened(window, qtbot, folder):
    open_session_in(qtbot, window.context, folder)
    qtbot.waitUntil(lambda: docks(window).view("units").model.rowCount() == 3)
    settle(qtbot)


def test_every_view_of_units_has_its_place():
    placed = FIRST.views
    before = {"recording-traces", "recording-channels", "sort-preview", "probe-editor"}
    match = {"match_pair", "match_pairs", "match_curve", "match_table", "match_river", "match_recordings"}
    elsewhere = {*before, *match, "probe-catalogue", "probe-wiring"}
    assert len(placed) == len(set(placed)) and set(placed) | elsewhere == {view.id for view in VIEWS}


def test_views_are_linked_by_one_selection(window, qtbot, session):
    opened(window, qtbot, session[0])
    table, raster = docks(window).view("units"), docks(window).view("raster")
    qtbot.waitUntil(lambda: raster.rows == (0, 1, 2))
    at = table.table.visualRect(table.model.index(1, 0)).center()
    qtbot.mouseClick(table.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    settle(qtbot)
    assert window.context.state.selection.units == (1,)
    assert raster._selected.opts["y0"].tolist() == [raster.rows.index(1) - 0.5]
    qtbot.keyClick(window, Qt.Key.Key_PageDown, Qt.KeyboardModifier.AltModifier)
    assert window.context.state.view.options["traces.spike"] == 3010
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert window.said() == f"All of it is saved already, in {session[0]}."


def test_a_file_of_a_session_opens_the_session(window, qtbot, session):
    window.context.run("file.open", path=session[0] / "session.json")
    qtbot.waitUntil(lambda: window.context.state.results.current is not None)
    assert window.context.state.results.current.folder == session[0] and not window.context.state.problems


def test_no_tab_bar_is_left_over(window, qtbot, session):
    opened(window, qtbot, session[0])
    bars = [bar for bar in docks(window).findChildren(QtWidgets.QTabBar) if bar.isVisible()]
    tabs = [bar.tabText(place) for bar in bars for place in range(bar.count())]
    assert sorted(tabs) == sorted(view.title for view in VIEWS if _is_tab(view.id))
    assert in_sight(window, "waveforms") and not in_sight(window, "vectors")


def in_sight(window, view):
    return not docks(window).view(view).visibleRegion().isEmpty()


def test_a_view_behind_another_tab_draws_when_its_tab_is_chosen(window, qtbot, session):
    opened(window, qtbot, session[0])
    behind = docks(window).view("vectors")
    window.context.run("units.select", units=[1])
    settle(qtbot)
    assert behind._drawn is None or behind._drawn.selection.units != (1,)
    docks(window).dock("vectors").raise_()
    qtbot.waitUntil(lambda: in_sight(window, "vectors"))
    settle(qtbot)
    assert behind._drawn.selection.units == (1,)


def _is_tab(view):
    return any(view in group and len(group) > 1 for row in FIRST.rows for group, _share in row)


def test_a_result_without_its_file_shows_the_rest_and_the_file_is_found_by_click(window, qtbot, session, tmp_path):
    folder, file = session
    away = tmp_path / "elsewhere" / "night.bin"
    away.parent.mkdir()
    file.rename(away)
    opened(window, qtbot, folder)
    traces, raster = docks(window).view("traces"), docks(window).view("raster")
    assert traces.shown_hint and not raster.shown_hint and not docks(window).view("units").shown_hint
    window.context.dialogs.file = away
    qtbot.mouseClick(traces._hint._button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not traces.shown_hint)
    assert window.context.state.results.current.recording.binary_file == away
    window.context.dialogs.file = folder / "session.json"
    window.context.run("session.find_recording")
    qtbot.waitUntil(lambda: window.context.state.problems != ())
    assert "not the file that was sorted" in window.context.state.problems[-1].words


def test_the_result_looked_at_is_chosen_in_the_list(window, qtbot):
    context = window.context
    for number, name in ((1, "day 3"), (2, "day 4")):
        context.model.apply(t.put_result, result(number, name, sampling_frequency=RATE))
    context.run("page.inspect")
    settle(qtbot)
    which = window.pages["inspect"].which
    assert [which.itemText(place) for place in range(which.count())] == ["day 3", "day 4"]
    which.setCurrentIndex(0)
    which.activated.emit(0)
    settle(qtbot)
    assert context.state.results.current.name == "day 3" and which.currentText() == "day 3"


def test_where_a_result_came_from_is_said(session):
    words = result_words(result(complete=False, preset="published", version="0.1.0", folder=session[0]))
    assert words.startswith("not complete · preset published · version 0.1.0 · recording not there · saved in ")
    changed = {"min_segment_length": 5.0, "max_drift": 30.0, "exclude_channels": [1, 2, 3]}
    words = result_words(result(preset="default", settings=changed))
    assert "preset default but min segment length 5, exclude channels 1-3 · " in words


def test_a_unit_is_selected_at_once_and_keys_go_on_from_it(window, qtbot, session):
    opened(window, qtbot, session[0])
    assert window.focusWidget() is docks(window).view("units").table
    assert window.context.state.selection.units == (0,)
    for key, wanted in (("Down", 1), ("End", 2), ("Down", 2), ("Up", 1), ("Home", 0)):
        qtbot.keyClick(window.pages["inspect"].body, getattr(Qt.Key, f"Key_{key}"))
        assert window.context.state.selection.units == (wanted,), key


def test_a_session_brings_its_recording_and_probe_if_none_is_open(window, qtbot, session, recording_file):
    opened(window, qtbot, session[0])
    state = window.context.state
    assert state.recording.path == session[1] and state.recording.sampling_frequency == RATE
    assert state.checked.recording is not None and np.array_equal(state.probe.positions, GEOMETRY)
    window.context.run("recording.open", path=recording_file)
    open_session_in(qtbot, window.context, session[0])
    assert window.context.state.recording.path == recording_file, "what is being described stays"


def test_where_a_bar_is_too_narrow_three_buttons_go_to_its_menu(qtbot, context):
    view = {one.id: one for one in VIEWS}["waveforms"](context)
    qtbot.addWidget(view)
    view.show()
    for width, gone in ((700, False), (220, True), (700, False)):
        view.resize(width, 300)
        assert [one.isHidden() for one in view.bar.spare] == [gone] * 3, width
    bar = view.findChild(QtWidgets.QWidget, "view-bar")
    assert [action.text() for action in bar.actions()][:2] == ["Copy as a picture", "Save as PNG or SVG"]


def test_of_a_damaged_session_what_is_intact_is_opened_if_the_person_wants_it(window, qtbot, session):
    folder, _file = session
    context, last = window.context, folder / "segments" / "000001.npy"
    last.write_bytes(last.read_bytes()[:100])
    before = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    context.dialogs.yes = False
    context.run("session.open", path=folder)
    qtbot.waitUntil(lambda: "The session is damaged" in context.dialogs.asked)
    qtbot.waitUntil(lambda: context.words[-1] == "Not opened.")
    assert context.state.results.items == () and context.state.problems == ()
    context.dialogs.yes = True
    context.run("session.open", path=folder)
    qtbot.waitUntil(lambda: len(context.state.results.items) == 1)
    result = context.state.results.current
    assert len(result.sorted_recording.sorted_segments) == 1 and not result.complete
    assert "000001.npy is damaged" in context.words[-1] and context.state.page == "inspect"
    drawn(qtbot, context)
    assert before.items() <= {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}.items()


def test_a_session_in_which_no_unit_was_found(window, qtbot, session):
    file = session[1]
    recording = Recording(binary_file=file, data_type="int16", probe_geometry=GEOMETRY, sampling_frequency=RATE)
    writer = create_session(file.with_name("quiet.spikesift"), recording, {"max_drift": 30.0}, preset="published")
    nothing = SortedSegment(0, 60_000, [], np.zeros((0, 4), np.float32))
    writer.add(SegmentSorted(0, nothing, None))
    writer.finish(SortedRecording([nothing], [], GEOMETRY))
    open_session_in(qtbot, window.context, writer.folder)
    for row in LAYOUTS:  # every view of units is in one of them
        window.context.run(f"layout.{row.id}")
        drawn(qtbot, window.context)
    hint = docks(window).view("waveforms").hint(window.context.state)
    assert hint.title == "No unit was found" and "lower detection threshold" in hint.text
