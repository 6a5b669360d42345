"""Drawing a probe: everything beyond clicking and dragging, by mouse and by keys."""

import numpy as np
import pytest
from scipy.io import savemat

from spikesift_core.probe_adapters import adapter_channels
from spikesift_core.probe_contacts import layout
from spikesift_gui import probe_edits
from spikesift_gui.qt import Qt, QtWidgets
from spikesift_gui.views.probe_editor import distance_words, place_words
from spikesift_gui.widgets.probe_contacts import joined_numbers
from tests.gui.helpers import settle
from tests.gui.probe_helpers import LEFT, click, drag, four, key, open_page, positions, tool

KEYS, CTRL = Qt.Key, Qt.KeyboardModifier.ControlModifier
CTRL_SHIFT = CTRL | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def page(window, qtbot):
    return open_page(window, qtbot)


def probe(context):
    return context.state.probe


def choose(context, qtbot, *contacts):
    context.run("probe.choose", contacts=contacts)
    settle(qtbot)


def arrange(page, qtbot, how):
    field = page.chosen.arrange
    field.setCurrentIndex(field.findData(how))
    field.activated.emit(field.currentIndex())
    settle(qtbot)


def test_a_shank_is_drawn_by_mouse_and_repeated_three_times(page, qtbot, context):
    tool(qtbot, page, "add")
    for x, y in ((0, 0), (0, 25), (20, 12)):
        click(qtbot, page, x, y)
    tool(qtbot, page, "select")
    drag(qtbot, page, (-30, -20), (40, 60))
    assert len(probe(context).chosen) == 3
    for field, value in ((page.chosen.columns, 3), (page.chosen.x, 200)):
        field.setValue(value)
    page.chosen.new_shanks.setChecked(True)
    qtbot.mouseClick(page.chosen.repeat, LEFT)
    settle(qtbot)
    assert positions(context)[3:6] == [[200, 0], [200, 25], [220, 10]] and len(probe(context)) == 9
    assert probe(context).shanks.tolist() == [0] * 3 + [1] * 3 + [2] * 3
    assert probe(context).chosen == (3, 4, 5, 6, 7, 8), "the copies are chosen"
    assert page.editor.canvas.shows_chosen(), "and in sight"
    key(qtbot, page, (KEYS.Key_Z, CTRL))
    assert len(probe(context)) == 3 and probe(context).shanks.tolist() == [0] * 3


def test_a_path_over_the_contacts_numbers_them(page, qtbot, context):
    four(context, qtbot)
    tool(qtbot, page, "number")
    drag(qtbot, page, (50, 50), (0, 50), (0, 0))
    assert positions(context) == [[50, 50], [0, 50], [0, 0], [50, 0]]
    assert "channel 3" in page.editor.words.text()
    click(qtbot, page, 50, 0)
    assert page.editor.words.text() == "All are numbered"


def test_a_path_does_not_jump_over_contacts_when_the_mouse_is_fast(page, qtbot, context):
    context.run("probe.set", positions=[[0, 25 * row] for row in (3, 0, 5, 1, 4, 2)], source="six")
    settle(qtbot)
    tool(qtbot, page, "number")
    drag(qtbot, page, (0, 0), (0, 125))
    assert positions(context) == [[0, 25 * row] for row in range(6)]


def test_distances_are_measured_by_mouse_and_by_keys(page, qtbot, context):
    four(context, qtbot)
    tool(qtbot, page, "measure")
    drag(qtbot, page, (1, 1), (49, 51))
    assert page.editor.words.text() == "70.71 µm apart (x 50, y 50)", "from contact to contact"
    assert positions(context)[0] == [0, 0], "nothing was moved"
    key(qtbot, page, KEYS.Key_V, (KEYS.Key_Up, CTRL), (KEYS.Key_Right, CTRL_SHIFT))
    assert len(probe(context).chosen) == 2 and "50 µm apart (x 50, y 0)" in page.editor.words.text()


def test_places_and_distances_have_a_true_minus_sign():
    assert place_words(-20.0, 100.0) == "x −20, y 100"
    assert distance_words(0.0, -25.0) == "25 µm apart (x 0, y −25)"


def test_a_probe_is_drawn_by_keys_alone(page, qtbot, context):
    key(qtbot, page, KEYS.Key_Insert, KEYS.Key_Insert, KEYS.Key_Insert)
    assert positions(context) == [[0, 0], [0, 5], [0, 10]]
    key(qtbot, page, (KEYS.Key_A, CTRL), (KEYS.Key_D, CTRL))
    assert positions(context)[3:] == [[5, 0], [5, 5], [5, 10]] and probe(context).chosen == (3, 4, 5)
    key(qtbot, page, KEYS.Key_Right, KEYS.Key_Escape, (KEYS.Key_Up, CTRL), (KEYS.Key_Up, CTRL), (KEYS.Key_Right, CTRL))
    assert positions(context)[3:] == [[10, 0], [10, 5], [10, 10]] and probe(context).chosen == (4,)
    key(qtbot, page, KEYS.Key_N, KEYS.Key_Return)
    assert positions(context)[0] == [10, 5] and "channel 1" in page.editor.words.text()
    key(qtbot, page, KEYS.Key_V, KEYS.Key_Delete)
    assert len(probe(context)) == 5


def test_keys_zoom_and_move_the_picture(page, qtbot, context):
    four(context, qtbot)
    box = page.editor.canvas._box
    wide = box.viewRect()
    key(qtbot, page, KEYS.Key_Plus)
    assert box.viewRect().width() == pytest.approx(wide.width() / 1.2, rel=0.05)
    key(qtbot, page, KEYS.Key_Minus, (KEYS.Key_Right, Qt.KeyboardModifier.AltModifier))
    assert box.viewRect().center().x() == pytest.approx(wide.center().x() + 0.1 * wide.width(), rel=0.05)
    assert positions(context)[0] == [0, 0]


def test_the_chosen_contacts_stay_in_the_picture_when_keys_zoom_in(page, qtbot, context):
    context.run("probe.set", positions=[[0, 25 * row] for row in range(64)], source="long")
    choose(context, qtbot, 2)
    for _ in range(8):
        key(qtbot, page, KEYS.Key_Plus)
    assert page.editor.canvas._box.viewRect().contains(0, 50)


def test_the_number_of_each_shank_is_below_it_in_the_picture(page, qtbot, context):
    context.run("probe.take", entry="family:linear", values={"contacts": 40, "shanks": 3})
    key(qtbot, page, KEYS.Key_F)
    canvas = page.editor.canvas
    lowest = canvas.where(0, 0).y() + canvas.contacts._side(tuple(1 / px for px in canvas._um_per_px())) + 16
    assert lowest < canvas.plot.mapFromScene(canvas._box.sceneBoundingRect()).boundingRect().bottom()


def test_contacts_at_one_place_have_their_numbers_side_by_side():
    assert joined_numbers([(0, 3), (5, 7), (3, 9)]) == {0: "0, 3, 9", 3: "", 9: "", 5: "5, 7", 7: ""}


def test_a_clash_does_not_take_the_numbers_away(page, qtbot, context):
    positions = [[50 * (row % 2), 50 * (row // 2)] for row in range(8)]
    for wrong in ([], [[0, 0.5]]):
        context.run("probe.set", positions=[*positions, *wrong], source="eight")
        settle(qtbot)
        contacts = page.editor.canvas.contacts
        to_pixels = contacts.sceneTransform() * page.editor.canvas.plot.viewportTransform()
        assert contacts._room_beside(to_pixels, (30.0, 12.0))
        assert len(contacts._clashing) == 2 * len(wrong)


@pytest.mark.parametrize(
    ("how", "wanted"),
    [
        ("mirror-x", [[40, 0], [30, 12], [0, 30]]),
        ("mirror-y", [[0, 30], [10, 18], [40, 0]]),
        ("turn", [[35, -5], [23, 5], [5, 35]]),
        ("left", [[0, 0], [0, 12], [0, 30]]),
        ("centre", [[20, 0], [20, 12], [20, 30]]),
        ("right", [[40, 0], [40, 12], [40, 30]]),
        ("bottom", [[0, 0], [10, 0], [40, 0]]),
        ("middle", [[0, 15], [10, 15], [40, 15]]),
        ("top", [[0, 30], [10, 30], [40, 30]]),
        ("spread-x", [[0, 0], [20, 12], [40, 30]]),
        ("spread-y", [[0, 0], [10, 15], [40, 30]]),
        ("snap", [[0, 0], [10, 10], [40, 30]]),
    ],
)
def test_arrangements(how, wanted):
    before = np.array([[0, 0], [10, 12], [40, 30], [99, 99]], np.float32)
    after = probe_edits.arranged(before, [0, 1, 2], how, 5.0)
    np.testing.assert_allclose(after, [*wanted, [99, 99]], atol=1e-4)


def test_every_arrangement_is_tested():
    (mark,) = test_arrangements.pytestmark
    assert {row[0] for row in mark.args[1]} == set(probe_edits.ARRANGEMENTS)


def test_chosen_contacts_are_arranged_and_put_back(page, qtbot, context):
    context.run("probe.set", positions=[[0, 0], [11, 12], [40, 30], [99, 99]], source="some")
    choose(context, qtbot, 0, 1, 2)
    arrange(page, qtbot, "snap")
    arrange(page, qtbot, "mirror-x")
    assert positions(context) == [[40, 0], [30, 10], [0, 30], [99, 99]] and probe(context).chosen == (0, 1, 2)
    context.run("edit.undo")
    context.run("edit.undo")
    assert positions(context)[1] == [11, 12]


def test_shank_and_shape_are_typed_in(page, qtbot, context):
    four(context, qtbot)
    choose(context, qtbot, 2, 3)
    page.chosen.shank.setValue(1)
    field = page.chosen.shape
    field.setCurrentIndex(field.findData("rectangle"))
    field.activated.emit(field.currentIndex())
    settle(qtbot)
    page.chosen.height.setValue(20)
    settle(qtbot)
    assert probe(context).shanks.tolist() == [0, 0, 1, 1]
    assert probe(context).layout.sizes.tolist() == [[0, 0], [0, 0], [15, 20], [15, 20]]
    choose(context, qtbot, 0)
    assert page.chosen.shank.value() == 0 and page.chosen.shape.currentData() == "unknown"
    context.run("probe.order", by="columns")
    assert probe(context).shanks.tolist() == [0, 1, 0, 1], "they go with their contacts"
    context.run("probe.choose", contacts=[0])
    context.run("probe.remove")
    assert probe(context).shanks.tolist() == [1, 0, 1] and probe(context).layout.sizes[0].tolist() == [15, 20]


def test_contacts_are_left_out_and_taken_in_again(page, qtbot, context):
    def excluded():
        return context.state.settings.given.get("exclude_channels", ())

    four(context, qtbot)
    choose(context, qtbot, 1, 3)
    key(qtbot, page, KEYS.Key_X)
    assert excluded() == (1, 3) and page.editor.canvas.contacts._excluded == {1, 3}
    assert any("channels 1, 3" in part.text() for part in page.checks.findChildren(QtWidgets.QLabel))
    choose(context, qtbot, 3)
    qtbot.mouseClick(page.chosen.exclude, LEFT)
    assert excluded() == (1,)
    key(qtbot, page, (KEYS.Key_Z, CTRL))
    assert excluded() == (1, 3)
    again = next(b for b in page.checks.findChildren(QtWidgets.QPushButton) if b.text() == "Sort them too")
    qtbot.mouseClick(again, LEFT)
    assert excluded() == ()


def test_a_gap_is_red_and_said_and_chosen(page, qtbot, context):
    context.run("probe.set", positions=[[0, 25 * row] for row in (0, 1, 2, 4, 5, 6)], source="gap")
    settle(qtbot)
    assert page.editor.canvas.contacts._gaps == [(2, 3, 1)]
    said = [part.text() for part in page.checks.findChildren(QtWidgets.QLabel)]
    assert any("channels 2 and 3 are 50 µm apart in their column, where the others step by 25 µm" in t for t in said)
    button = next(b for b in page.checks.findChildren(QtWidgets.QPushButton) if b.text() == "Choose them")
    qtbot.mouseClick(button, LEFT)
    assert probe(context).chosen == (2, 3)


# The table and the spreadsheet


def test_the_table_goes_to_a_spreadsheet_and_comes_back(page, qtbot, context):
    four(context, qtbot)
    context.run("probe.choose", contacts=[3])
    context.run("probe.shank", shank=1)
    page.table.setFocus()
    qtbot.keyClick(page.table, KEYS.Key_C, CTRL)
    text = QtWidgets.QApplication.clipboard().text()
    assert text.splitlines()[:2] == ["x\ty\tshank", "0\t0\t0"]
    QtWidgets.QApplication.clipboard().setText(text.replace("50\t50\t1", "50,5\t60\t1"))
    qtbot.keyClick(page.table, KEYS.Key_V, CTRL)
    settle(qtbot)
    assert positions(context)[3] == [50.5, 60] and probe(context).shanks.tolist() == [0, 0, 0, 1]
    assert probe(context).source == "pasted"


@pytest.mark.parametrize("text", ["2\n0\n3\n1\n", "channel\r\n3\r\n1\r\n4\r\n2\r\n"])
def test_one_column_maps_the_channels(qtbot, context, text):
    four(context, qtbot)
    context.run("probe.paste_table", text=text)
    assert positions(context) == [[50, 0], [50, 50], [0, 0], [0, 50]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0\n1\n1\n2", "Channel 1 is there twice"),
        ("0\n1\n2\n7", "No contact is on channel 3"),
        ("0\n1\n2", "3 channel numbers were pasted for 4 contacts"),
        ("0\n1\n2\nx", "whole numbers, not 'x'"),
        ("x\ty\n1\tfar\n", "line 2: y should be a number"),
        ("a\tb\tc\n1\t2\t3\n", "the columns a, b, c"),
    ],
)
def test_what_cannot_be_pasted_is_said_and_changes_nothing(qtbot, context, text, words):
    four(context, qtbot)
    before = positions(context)
    assert not context.run("probe.paste_table", text=text)
    assert words in context.state.problems[-1].words and positions(context) == before


def test_an_empty_clipboard_and_too_many_copies_are_refused(qtbot, context):
    four(context, qtbot)
    assert not context.run("probe.paste_table", text="  ") and "holds no text" in context.words[-1]
    context.run("probe.choose_all")
    assert not context.run("probe.repeat", columns=200, rows=200) and "more than 5000" in context.words[-1]
    assert not context.run("probe.repeat", columns=1, rows=1) and "at least 2" in context.words[-1]


def test_undo_and_redo_go_back_to_the_first_step(context):
    for step in range(120):
        context.run("probe.add", x=0.0, y=20.0 * step)
    for _ in range(120):
        assert context.run("edit.undo")
    assert positions(context) == []
    for _ in range(120):
        assert context.run("edit.redo")
    assert len(positions(context)) == 120


def test_edits_as_functions():
    made = layout([[0, 0], [0, 20], [30, 10]], [0, 0, 1], [[10, 0], [10, 0], [8, 12]])
    more = probe_edits.added(made, 31, 12)
    assert more.shanks[-1] == 1 and more.sizes[-1].tolist() == [8, 12], "as the contact nearest to it"
    copies = probe_edits.repeated(made, [0, 2], 2, 2, (100, 50), new_shanks=True)
    assert copies.positions[3:].tolist() == [[100, 0], [130, 10], [0, 50], [30, 60], [100, 50], [130, 60]]
    assert copies.shanks[3:].tolist() == [2, 3, 0, 1, 2, 3]
    assert probe_edits.renumbered(5, [4, 2], 1).tolist() == [0, 4, 2, 1, 3]
    assert probe_edits.neighbour(made.positions, 0, (0, 1)) == 1
    assert probe_edits.neighbour(made.positions, 0, (-1, 0)) == 0, "there is none to the left"


def test_an_adapter_wires_the_sites(page, qtbot, context):
    context.run("probe.take", entry="layout:neuronexus-a4x8-100-200")
    settle(qtbot)
    offered = [page.editor.order.itemText(k) for k in range(page.editor.order.count())]
    place = offered.index("as wired by H32>RHD2132")
    assert not any("ASSY-77" in words for words in offered), "that one has 64"
    before = positions(context)
    page.editor.order.activated.emit(place)
    channels = adapter_channels("H32>RHD2132").tolist()
    assert [positions(context)[channel] for channel in channels] == before
    assert probe(context).shanks.tolist()[channels[31]] == 3
    context.run("probe.clear")
    assert not context.run("probe.wire", adapter="H32>RHD2132") and "for 32 contacts" in context.words[-1]


def test_contacts_that_the_file_marks_as_not_connected_are_left_out_by_a_click(page, qtbot, context, tmp_path):
    path = tmp_path / "chanMap.mat"
    column = np.arange(4.0)[:, None]
    savemat(path, {"xcoords": 0 * column, "ycoords": 25 * column, "chanMap": column + 1, "connected": column != 2})
    context.run("probe.import", path=path)
    settle(qtbot)
    button = next(b for b in page.checks.findChildren(QtWidgets.QPushButton) if b.text() == "Leave out")
    qtbot.mouseClick(button, LEFT)
    settle(qtbot)
    assert context.state.settings.given["exclude_channels"] == (2,)
    said = [part.text() for part in page.checks.findChildren(QtWidgets.QLabel) if part.isVisible()]
    assert any("crossed out" in words for words in said) and not any("not connected" in words for words in said)
