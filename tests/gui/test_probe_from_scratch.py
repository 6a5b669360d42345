"""A whole probe as a new user makes it: two shanks of 16 contacts, by mouse and keys only, kept, written and read."""

import numpy as np
import pytest

from spikesift_core.probe import FORMATS
from spikesift_gui.commands import COMMANDS
from spikesift_gui.context import Context
from spikesift_gui.main_window import MainWindow
from spikesift_gui.preferences import Preferences
from spikesift_gui.qt import Qt, QtWidgets
from tests.gui.conftest import Answers
from tests.gui.helpers import choose, settle
from tests.gui.probe_helpers import LEFT, click, drag, key, open_page, tool

KEYS, CTRL = Qt.Key, Qt.KeyboardModifier.ControlModifier
ELECTRODES = (".imro", ".meta", ".xml")  # of Neuropixels probes only
SHANK = [[25.0 * (row % 2), 12.5 * row] for row in range(16)]
WANTED = np.array([*SHANK, *([x + 250, y] for x, y in SHANK)])


def type_in(qtbot, field, text):
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, KEYS.Key_Return)
    settle(qtbot)


def repeat(qtbot, page, columns, rows, x, y, shanks=False):
    form = page.chosen
    for field, value in ((form.columns, columns), (form.rows, rows), (form.x, x), (form.y, y)):
        type_in(qtbot, field, str(value))
    if form.new_shanks.isChecked() != shanks:
        qtbot.mouseClick(form.new_shanks, LEFT, pos=form.new_shanks.rect().center() * 0.1)
    qtbot.mouseClick(form.repeat, LEFT)
    settle(qtbot)


def draw(qtbot, page):
    """Two contacts by mouse, made into a shank and then into two."""
    type_in(qtbot, page.editor.snap, "12.5")
    tool(qtbot, page, "add")
    click(qtbot, page, 0, 0)
    click(qtbot, page, 25, 12.5)
    tool(qtbot, page, "select")
    drag(qtbot, page, (-15, -15), (45, 40))
    repeat(qtbot, page, 1, 8, 0, 25)
    key(qtbot, page, (KEYS.Key_A, CTRL))
    repeat(qtbot, page, 2, 1, 250, 0, shanks=True)


@pytest.fixture
def page(window, qtbot, context):
    made = open_page(window, qtbot)
    draw(qtbot, made)
    return made


def kept(context):
    probe = context.state.probe
    return probe.positions.tolist(), probe.shanks.tolist(), probe.layout.sizes.tolist()


def test_it_is_drawn_undone_and_done_again(page, qtbot, context):
    np.testing.assert_array_equal(context.state.probe.positions, WANTED)
    assert context.state.probe.shanks.tolist() == [0] * 16 + [1] * 16
    made, steps = kept(context), 0
    while len(context.state.probe):
        key(qtbot, page, (KEYS.Key_Z, CTRL))
        steps += 1
    assert steps == 4, "two contacts, a shank, another shank"
    for _ in range(steps):
        key(qtbot, page, (KEYS.Key_Y, CTRL))
    assert kept(context) == made


def test_its_channels_come_from_a_spreadsheet_and_its_shape_from_keys(page, qtbot, context):
    key(qtbot, page, (KEYS.Key_A, CTRL))
    choose(qtbot, page.chosen.shape, "round")
    type_in(qtbot, page.chosen.width, "12")
    assert (context.state.probe.layout.sizes == [12, 0]).all()
    channels = np.random.default_rng(0).permutation(32)
    QtWidgets.QApplication.clipboard().setText("channel\n" + "\n".join(str(channel + 1) for channel in channels))
    key(qtbot, page, (KEYS.Key_V, CTRL))
    np.testing.assert_array_equal(context.state.probe.positions[channels], WANTED)
    key(qtbot, page, (KEYS.Key_Z, CTRL))
    np.testing.assert_array_equal(context.state.probe.positions, WANTED)


@pytest.mark.parametrize("suffix", sorted({row.suffix for row in FORMATS} - {".nwb", *ELECTRODES}))
def test_it_goes_through_every_file_of_contacts(page, qtbot, context, tmp_path, suffix):
    through_a_file(page, qtbot, context, tmp_path / f"mine{suffix}", shanks=suffix != ".npy")


def test_it_goes_through_nwb(page, qtbot, context, tmp_path):
    pytest.importorskip("h5py")
    through_a_file(page, qtbot, context, tmp_path / "mine.nwb")


@pytest.mark.parametrize("suffix", ELECTRODES)
def test_a_neuropixels_probe_goes_through_every_file_of_electrodes(page, qtbot, context, tmp_path, suffix):
    pytest.importorskip("probeinterface")
    qtbot.mouseClick(page.view_buttons["catalogue"], LEFT)
    qtbot.waitUntil(lambda: not context.computer.busy)
    type_in(qtbot, page.catalogue.search, "np1000")
    assert len(context.state.probe) == 384
    through_a_file(page, qtbot, context, tmp_path / f"mine{suffix}")


def through_a_file(page, qtbot, context, path, shanks=True):
    """Save it, throw the drawing away, import the file."""
    positions, on_shanks, _ = kept(context)
    context.dialogs.saved = context.dialogs.file = path
    qtbot.mouseClick(page.save_button, LEFT)
    key(qtbot, page, (KEYS.Key_A, CTRL), KEYS.Key_Delete)
    assert len(context.state.probe) == 0
    qtbot.mouseClick(page.import_button, LEFT)
    settle(qtbot)
    np.testing.assert_allclose(context.state.probe.positions, positions, atol=0.01)
    assert not shanks or context.state.probe.shanks.tolist() == on_shanks
    assert context.state.problems == ()


def test_it_is_kept_and_found_after_a_restart(page, qtbot, context, tmp_path):
    made = kept(context)
    context.dialogs.text = "Lab two shanks"
    qtbot.mouseClick(page.keep_button, LEFT)
    again = Context(COMMANDS, Preferences(context.preferences.folder), Answers())
    said: list[str] = []
    again.said.connect(said.append)
    window = MainWindow(again)
    qtbot.addWidget(window)
    window.show()
    try:
        other = open_page(window, qtbot, "catalogue")
        qtbot.waitUntil(lambda: not again.computer.busy)
        type_in(qtbot, other.catalogue.search, "lab five")
        assert len(again.state.probe) == 0 and "Try fewer words" in said[-1]
        assert not other.catalogue.use.isEnabled() and not other.catalogue.remove.isVisible()
        type_in(qtbot, other.catalogue.search, "lab two")
        assert kept(again) == made
    finally:
        again.stop()
        window.close()
