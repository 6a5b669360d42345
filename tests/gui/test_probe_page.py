import numpy as np
import pytest

from spikesift_core.probe import read_probe
from spikesift_core.probe_contacts import layout
from spikesift_core.progress import Progress
from spikesift_gui import probe_edits
from spikesift_gui.probe_words import probe_checks, probe_files
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets
from spikesift_gui.state import ProbeDraft, RecordingDraft, State
from tests.gui.helpers import settle
from tests.gui.probe_helpers import LEFT, NONE, SHIFT, click, drag, four, key, move, open_page, positions, tool


@pytest.fixture
def page(window, qtbot):
    return open_page(window, qtbot)


def test_a_probe_is_drawn_by_mouse_moved_by_mouse_and_keys_and_undone(page, qtbot, context):
    tool(qtbot, page, "add")
    for x, y in ((0, 0), (40, 1), (0, 41), (79, 80)):
        click(qtbot, page, x, y)
    assert positions(context) == [[0, 0], [40, 0], [0, 40], [80, 80]], "snapped to 5 um"
    assert context.state.recording.channels is None, "an unfinished drawing says nothing about the recording"
    tool(qtbot, page, "select")
    drag(qtbot, page, (80, 80), (41, 39))
    assert positions(context)[3] == [40, 40]
    key(qtbot, page, Qt.Key.Key_Right, Qt.Key.Key_Up, (Qt.Key.Key_Left, SHIFT))
    assert positions(context)[3] == [-5, 45]
    qtbot.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert positions(context)[3] == [45, 45]
    for _ in range(3):
        context.run("edit.undo")
    assert positions(context)[3] == [80, 80]
    context.run("edit.redo")
    assert positions(context)[3] == [40, 40] and context.state.probe.source == "drawn"


def test_contacts_are_chosen_by_click_by_frame_and_by_key(page, qtbot, context):
    four(context, qtbot)
    click(qtbot, page, 50, 50)
    assert context.state.probe.chosen == (3,)
    click(qtbot, page, 0, 0, SHIFT)
    assert set(context.state.probe.chosen) == {0, 3}
    drag(qtbot, page, (-20, -20), (20, 70))
    assert context.state.probe.chosen == (0, 2)
    drag(qtbot, page, (30, -20), (70, 20), modifier=SHIFT)
    assert context.state.probe.chosen == (0, 2, 1)
    click(qtbot, page, 0, 50)
    assert context.state.probe.chosen == (2,), "one of several that were chosen"
    click(qtbot, page, 25, 25)
    assert context.state.probe.chosen == ()
    key(qtbot, page, (Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier))
    assert len(context.state.probe.chosen) == 4
    key(qtbot, page, Qt.Key.Key_Escape)
    assert context.state.probe.chosen == ()


def test_several_are_dragged_together_and_deleted(page, qtbot, context):
    four(context, qtbot)
    drag(qtbot, page, (-20, -20), (20, 70))
    drag(qtbot, page, (0, 50), (-22, 62))
    assert positions(context) == [[-20, 10], [50, 0], [-20, 60], [50, 50]], "the held one lands on the grid"
    key(qtbot, page, Qt.Key.Key_Delete)
    assert positions(context) == [[50, 0], [50, 50]]
    qtbot.mouseClick(next(b for b in page.findChildren(QtWidgets.QToolButton) if "Undo" in b.toolTip()), LEFT)
    assert len(positions(context)) == 4


def test_contacts_are_numbered_by_clicking_them_in_order(page, qtbot, context):
    four(context, qtbot)
    tool(qtbot, page, "number")
    for x, y in ((50, 50), (0, 50), (50, 0), (0, 0)):
        click(qtbot, page, x, y)
    assert positions(context) == [[50, 50], [0, 50], [50, 0], [0, 0]]
    assert page.editor.words.text() == "All are numbered"
    context.run("probe.order", by="columns")
    assert positions(context) == [[0, 0], [0, 50], [50, 0], [50, 50]]


def test_keys_choose_the_tool_only_in_the_picture(page, qtbot, context):
    key(qtbot, page, Qt.Key.Key_A)
    assert page.editor.option("tool") == "add"
    page.chosen.shank.setFocus()
    qtbot.keyClick(page.chosen.shank, Qt.Key.Key_V)
    assert page.editor.option("tool") == "add"
    key(qtbot, page, Qt.Key.Key_V)
    assert page.editor.option("tool") == "select"


def test_the_wheel_zooms_and_f_shows_all_again(page, qtbot, context):
    four(context, qtbot)
    canvas = page.editor.canvas
    port = canvas.plot.viewport()
    wide = canvas._box.viewRect().width()
    at = QtCore.QPointF(canvas.where(25, 25))
    none = Qt.MouseButton.NoButton
    no_phase = Qt.ScrollPhase.NoScrollPhase
    up = QtGui.QWheelEvent(
        at, port.mapToGlobal(at), QtCore.QPoint(), QtCore.QPoint(0, 240), none, NONE, no_phase, False
    )
    QtWidgets.QApplication.sendEvent(port, up)
    assert canvas._box.viewRect().width() == pytest.approx(wide / 1.44, rel=0.01)
    key(qtbot, page, Qt.Key.Key_F)
    assert canvas._box.viewRect().width() == pytest.approx(wide, rel=0.01)


def test_the_right_button_moves_the_picture_and_nothing_else(page, qtbot, context):
    four(context, qtbot)
    canvas = page.editor.canvas
    port, before = canvas.plot.viewport(), canvas._box.viewRect().center()
    start, end = canvas.where(0, 0), canvas.where(20, 10)
    right = Qt.MouseButton.RightButton
    qtbot.mousePress(port, right, NONE, start)
    move(port, end, button=right)
    qtbot.mouseRelease(port, right, NONE, end)
    after = canvas._box.viewRect().center()
    assert (before.x() - after.x(), before.y() - after.y()) == pytest.approx((20, 10), abs=1.5)
    assert positions(context)[0] == [0, 0] and context.state.probe.chosen == ()


def test_a_click_on_a_tool_leaves_the_keys_in_the_picture(page, qtbot, context):
    four(context, qtbot)
    click(qtbot, page, 0, 0)
    tool(qtbot, page, "measure")
    assert page.window().focusWidget() is page.editor.canvas.plot
    qtbot.keyClick(page.window().focusWidget(), Qt.Key.Key_Right)
    assert positions(context)[0] == [5, 0]


def test_a_cell_of_the_table_is_typed_in(page, qtbot, context):
    four(context, qtbot)
    page.table.setFocus()
    page.table.setCurrentIndex(page.table.model().index(1, 2))
    page.table.edit(page.table.currentIndex())
    field = page.table.findChild(QtWidgets.QLineEdit)
    field.selectAll()
    qtbot.keyClicks(field, "33,5")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    settle(qtbot)
    assert positions(context)[1] == [50, 33.5]


def test_the_table_chooses_and_takes_coordinates_and_channels(page, qtbot, context):
    four(context, qtbot)
    page.table.selectRow(2)
    assert context.state.probe.chosen == (2,)
    model = page.table.model()
    assert model.setData(model.index(2, 1), "12,5")
    assert positions(context)[2] == [12.5, 50]
    assert model.setData(model.index(3, 0), "0")
    assert positions(context) == [[50, 50], [0, 0], [50, 0], [12.5, 50]]
    assert context.state.probe.chosen == (3,), "the same contact"
    assert not model.setData(model.index(0, 0), "9") and "0 to 3" in context.words[-1]
    assert not model.setData(model.index(0, 1), "far") and "not a number" in context.words[-1]
    context.run("probe.choose", contacts=[1])
    settle(qtbot)
    assert [index.row() for index in page.table.selectionModel().selectedRows()] == [1]


def test_clashes_are_said_and_chosen_by_click(page, qtbot, context):
    context.run("probe.set", positions=[[0, 0], [0, 20], [0.4, 20]])
    settle(qtbot)
    assert page.editor.canvas.contacts._clashing == {1, 2}
    assert page.status(context.state).kind == "warning"
    choose = next(b for b in page.checks.findChildren(QtWidgets.QPushButton) if b.text() == "Choose them")
    qtbot.mouseClick(choose, LEFT)
    assert context.state.probe.chosen == (1, 2)


@pytest.mark.parametrize("suffix", [".csv", ".json", ".npy", ".prb", ".mat"])
def test_a_probe_is_saved_and_read_back(page, qtbot, context, tmp_path, suffix):
    four(context, qtbot)
    context.dialogs.saved = tmp_path / f"mine{suffix}"
    qtbot.mouseClick(page.save_button, LEFT)
    np.testing.assert_allclose(read_probe(context.dialogs.saved), context.state.probe.positions)
    assert context.state.probe.source == f"mine{suffix}"


def test_neuropixels_contacts_are_saved_as_a_table_of_electrodes_others_are_refused(page, qtbot, context, tmp_path):
    pytest.importorskip("probeinterface")
    context.run("probe.take", entry="neuropixels:NP1000", values={"bank": 1})
    before = positions(context)
    context.dialogs.saved = tmp_path / "mine.imro"
    qtbot.mouseClick(page.save_button, LEFT)
    assert read_probe(tmp_path / "mine.imro").tolist() == before
    four(context, qtbot)
    context.dialogs.saved = tmp_path / "other.imro"
    qtbot.mouseClick(page.save_button, LEFT)
    assert "not at places where Neuropixels probes have electrodes" in context.state.problems[-1].words
    assert not (tmp_path / "other.imro").exists()


def test_notes_of_an_import_stay_to_be_read(page, qtbot, context, tmp_path):
    path = tmp_path / "map.csv"
    path.write_text("channel,x,y\n1,0,0\n2,0,20\n", encoding="utf-8")
    context.dialogs.file = path
    qtbot.mouseClick(page.import_first, LEFT)
    settle(qtbot)
    assert len(context.state.probe) == 2 and any("1-based" in note for note in context.state.probe.notes)
    shown = " ".join(part.text() for part in page.checks.findChildren(QtWidgets.QLabel))
    assert "1-based" in shown and not page.import_first.isVisible()


def test_the_probe_of_a_simulated_recording_lies_beside_it(tmp_path):
    recording = tmp_path / "sim.bin"
    for name in ("sim.bin", "sim_probe.csv", "sim_truth.npz", "other_probe.json", "spikes.csv"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in probe_files(recording)] == ["sim_probe.csv", "other_probe.json"]
    assert probe_files(tmp_path / "gone" / "a.bin") == () == probe_files(None)


def state_with(contacts, channels, path="a.bin"):
    return State(recording=RecordingDraft(path=path, channels=channels), probe=ProbeDraft(layout(contacts)))


def column_of(count, pitch=20.0):
    return np.column_stack([np.zeros(count), pitch * np.arange(count)])


@pytest.mark.parametrize(
    ("contacts", "channels", "kind", "said", "command"),
    [
        (np.zeros((0, 2)), 4, "warning", "tetrode", "probe.take"),
        (np.zeros((0, 2)), 32, "warning", "one column of 32", "probe.take"),
        (np.zeros((0, 2)), None, "info", "No contacts yet", ""),
        (column_of(5), 4, "error", "Delete 1 contact", "recording.set"),
        (column_of(3), 4, "error", "Add 1 contact", "recording.set"),
        (column_of(4), 4, "ok", "4 contacts for 4 channels", ""),
        (column_of(4), None, "warning", "not known yet", "recording.set"),
        (column_of(4, 0.02), 4, "error", "cannot be at one place", "probe.choose"),
        (column_of(4, 1.5), 4, "warning", "mm", "probe.scale"),
        (column_of(4, 20_000), 4, "warning", "another unit", ""),
    ],
)
def test_what_is_said_about_a_probe(contacts, channels, kind, said, command):
    first = probe_checks(state_with(contacts, channels))[0]
    assert first.kind == kind and said in f"{first.text} {first.action}" and first.command == command


@pytest.mark.parametrize(
    ("by", "wanted"),
    [("up", [2, 0, 3, 1]), ("down", [3, 1, 2, 0]), ("columns", [2, 3, 0, 1]), ("shanks", [0, 3, 2, 1])],
)
def test_orders(by, wanted):
    contacts = layout([[20, 0.2], [20, 20], [0, 0], [0, 20.1]], [0, 1, 1, 0])
    assert probe_edits.reading_order(contacts, by).tolist() == wanted


def test_nothing_is_changed_while_it_sorts(page, qtbot, context):
    def job():
        while True:
            yield Progress("Sorting", 0, 1)

    four(context, qtbot)
    context.start_job("sort", "Sorting", job())
    before = positions(context)
    drag(qtbot, page, (50, 50), (70, 80))
    assert positions(context) == before and "cancel sorting first" in context.words[-1]
    assert page.editor.canvas.contacts.positions.tolist() == before, "and the picture shows it"
    context.cancel_job("sort")
    qtbot.waitUntil(lambda: not context.state.jobs)
