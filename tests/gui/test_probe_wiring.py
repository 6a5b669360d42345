"""The wiring on the page Probe: the signal painted on the contacts, the mouse on one side marks the other."""

from types import SimpleNamespace

import numpy as np
import pytest

from spikesift_gui.qt import Qt, QtCore
from spikesift_gui.views.probe_wiring import deflection, depth_order, noise
from tests.gui.helpers import settle
from tests.gui.probe_helpers import LEFT, move, open_page

CHANNELS = 40
NO_BUTTON = Qt.MouseButton.NoButton


@pytest.fixture
def recording(tmp_path):
    """0.6 s of 40 channels of noise; channel 7 fires every 30 ms, channel 21 is flat."""
    rng = np.random.default_rng(0)
    data = rng.normal(0, 20, (18_000, CHANNELS))
    data[450::900, 7] -= 900
    data[:, 21] = 0
    path = tmp_path / "wired.bin"
    data.round().astype(np.int16).tofile(path)
    return path


@pytest.fixture
def page(window, qtbot, context, recording):
    context.run("recording.open", path=recording)
    context.run("recording.set", channels=CHANNELS, sampling_frequency=30_000.0)
    context.run("probe.take", entry="family:linear", values={"contacts": CHANNELS})
    made = open_page(window, qtbot, "wiring")
    qtbot.waitUntil(lambda: made.wiring._window is not None)
    ready(qtbot, context)
    return made


def ready(qtbot, context):
    settle(qtbot)
    qtbot.waitUntil(lambda: not context.computer.busy)
    settle(qtbot)


def hover_contact(page, channel):
    plot, item = page.wiring.probe.plot, page.wiring.probe.contacts
    x, y = item._positions[channel]
    pixel = plot.mapFromScene(item.mapToScene(QtCore.QPointF(x, y)))
    move(plot.viewport(), pixel, button=NO_BUTTON)


def hover_row(page, row):
    plot = page.wiring.traces.plot
    box = plot.getPlotItem().getViewBox()
    x = box.viewRect().center().x()
    move(plot.viewport(), plot.mapFromScene(box.mapViewToScene(QtCore.QPointF(x, -row))), button=NO_BUTTON)


def painted(page, channel):
    return page.wiring.probe.contacts._brushes[channel].color().name()


def test_a_spiking_channel_lights_up_and_a_dead_one_stays_grey(page, qtbot, context):
    assert painted(page, 7) not in (painted(page, 6), painted(page, 21))
    assert painted(page, 21) == page.wiring.palette_now.hover
    page.wiring.set_option("painted", "noise")
    ready(qtbot, context)
    assert painted(page, 21) == page.wiring.palette_now.hover != painted(page, 3)


def test_the_mouse_on_a_contact_shows_its_trace(page, qtbot, context):
    wiring = page.wiring
    far = next(channel for channel in range(CHANNELS) if channel not in wiring._rows)
    hover_contact(page, far)
    settle(qtbot)
    assert far in wiring._rows and wiring.words.text().startswith(f"Channel {far}:")
    assert wiring.probe.contacts._highlight == {far}
    marked = wiring.traces._pieces[0].yData
    row = int(np.flatnonzero(wiring._rows == far)[0])
    assert abs(np.median(marked) + row) < 1, "the trace in colour is that of the contact"


def test_the_mouse_on_a_trace_shows_its_contact_and_a_click_stays(page, qtbot, context):
    wiring = page.wiring
    hover_row(page, 3)
    settle(qtbot)
    channel = int(wiring._rows[3])
    assert wiring.probe.contacts._highlight == {channel}
    plot = wiring.traces.plot
    box = plot.getPlotItem().getViewBox()
    pixel = plot.mapFromScene(box.mapViewToScene(QtCore.QPointF(box.viewRect().center().x(), -3)))
    qtbot.mouseClick(plot.viewport(), LEFT, pos=pixel)
    assert context.state.probe.chosen == (channel,)


def test_keys_go_on_from_where_the_mouse_was(page, qtbot, context):
    wiring = page.wiring
    hover_contact(page, 30)
    settle(qtbot)
    wiring.probe.plot.setFocus()
    for wanted in (0, 1):
        qtbot.keyClick(wiring.probe.plot, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
        ready(qtbot, context)
        assert context.state.probe.chosen == (wanted,) and wiring.probe.contacts._highlight == {wanted}


def test_it_plays_to_the_end_and_begins_again(page, qtbot, context):
    wiring = page.wiring
    wiring.traces.plot.setFocus()
    qtbot.keyClick(wiring.traces.plot, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: context.state.view.time_start > 0.3)
    qtbot.waitUntil(lambda: context.state.view.time_start < 0.1)
    qtbot.keyClick(wiring.traces.plot, Qt.Key.Key_Space)
    stopped = context.state.view.time_start
    qtbot.wait(250)
    assert context.state.view.time_start == stopped
    qtbot.keyClick(wiring.traces.plot, Qt.Key.Key_Right)
    assert context.state.view.time_start > stopped


def test_playing_stops_when_another_view_is_shown(page, qtbot, context):
    qtbot.mouseClick(page.wiring.play, LEFT)
    qtbot.mouseClick(page.view_buttons["draw"], LEFT)
    qtbot.waitUntil(lambda: not page.wiring.play.isChecked())


def test_it_says_what_is_missing(window, qtbot, context, recording):
    page = open_page(window, qtbot, "wiring")
    assert page.wiring.shown_hint and "No contacts yet" in page.wiring.hint(context.state).title
    context.run("probe.take", entry="family:linear", values={"contacts": 4})
    context.run("probe.show", view="wiring")
    assert page.wiring.hint(context.state).title == "No signal yet"
    context.run("recording.open", path=recording)
    context.run("recording.set", channels=CHANNELS)
    hint = page.wiring.hint(context.state)
    assert hint.title == "The probe does not fit the recording" and "4 contacts" in hint.text


def test_values_on_the_contacts():
    low = np.array([[0, -30.0, 5], [-1, 0, 5]], np.float32)
    window = SimpleNamespace(low=low, noise=np.array([2.0, 3.0, 0.0]))
    np.testing.assert_allclose(deflection(window), [0.5, 10, np.nan])
    np.testing.assert_allclose(noise(window), [2 / 2.5, 3 / 2.5, np.nan])
    order = depth_order(np.array([[0, 0], [0, 50], [9, 50], [300, 10]]), np.array([0, 0, 0, 1]))
    assert order.tolist() == [1, 2, 0, 3]
