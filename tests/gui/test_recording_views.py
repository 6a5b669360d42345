"""The views of the page Recording: heat map, depth order, reference, the strip, channels on the probe, by mouse."""

import numpy as np
import pytest

from spikesift_gui import transitions
from spikesift_gui.asked import excluded
from spikesift_gui.palette import LIGHT
from spikesift_gui.qt import Qt, QtCore, QtWidgets
from spikesift_gui.recording_words import Look, value_words
from spikesift_gui.widgets.shortened import ShortenedLabel
from spikesift_gui.widgets.trace_image import FULL, heat, heat_colors, painted, painted_colors
from spikesift_gui.widgets.trace_plot import row_labels
from tests.gui.helpers import settle
from tests.gui.test_recording_page import press, shown_checks, wait

LEFT = Qt.MouseButton.LeftButton
CHANNELS, RATE, SAMPLES = 16, 20_000, 60_000
POSITIONS = np.column_stack([np.zeros(CHANNELS), 20.0 * np.arange(CHANNELS)])


def signal(seed=0):
    """Noise that neighbours share; a dead, a noisy channel; some spikes on channel 9."""
    rng = np.random.default_rng(seed)
    own = rng.normal(0, 60, (SAMPLES, CHANNELS + 1))
    data = own[:, 1:] + own[:, :-1]
    shape = -900 * np.exp(-(np.arange(-15, 16) ** 2) / 18)
    for sample in range(500, SAMPLES - 500, 1000):
        data[sample - 15 : sample + 16, 9] += shape
    data[:, 4] *= 0.02
    data[:, 12] *= 10
    return np.rint(data).astype(np.int16)


@pytest.fixture
def page(window, qtbot, context, tmp_path):
    path = tmp_path / "day4.bin"
    signal().tofile(path)
    context.run("probe.set", positions=POSITIONS)
    context.run("file.open", path=path)
    context.run("recording.set", channels=CHANNELS, sampling_frequency=RATE)
    window.resize(1280, 900)
    made = window.pages["recording"]
    wait(qtbot, context)
    qtbot.waitUntil(lambda: not context.state.jobs)
    wait(qtbot, context)
    return made


def test_channels_are_shown_by_depth_or_as_in_the_file(page, qtbot, context):
    shown = page.traces.traces
    assert shown.window.channels.tolist() == list(range(CHANNELS))[::-1], "the top of the probe first"
    press(qtbot, page.traces, "By depth")
    wait(qtbot, context)
    assert shown.window.channels.tolist() == list(range(CHANNELS))
    press(qtbot, page.traces, "By depth")
    context.run("probe.clear")
    wait(qtbot, context)
    assert (np.diff(context.state.checked.preview.probe_geometry[:, 1]) < 0).all(), "the strip as the traces"
    assert shown.window.channels.tolist() == list(range(CHANNELS)), "without a probe channel 0 is the top"


def test_the_heat_map_shows_every_channel_as_a_row_of_colours(page, qtbot, context):
    press(qtbot, page.traces, "Filtered")
    press(qtbot, page.traces, "Heat map")
    wait(qtbot, context)
    shown = page.traces.traces
    assert shown._image.image.shape == (CHANNELS, len(shown.window.low))
    noisy = shown._image.image[::-1][shown.window.channels.tolist().index(12)].astype(float)
    dead = shown._image.image[::-1][shown.window.channels.tolist().index(4)].astype(float)
    assert noisy.std() > 20 * max(dead.std(), 0.1) and "full colour = " in page.traces.row_words.text()
    press(qtbot, page.traces, "Heat map")
    wait(qtbot, context)
    assert shown._image.image is None and len(shown._traces.getData()[0])


def test_the_reference_is_seen_at_once_and_is_a_setting_of_sorting(page, qtbot, context):
    before = page.traces.traces.window.low.copy()
    press(qtbot, page.traces, "Reference")
    wait(qtbot, context)
    assert context.state.settings.given["common_reference"] == "median"
    after = page.traces.traces.window
    reference = np.partition(signal()[: after.num_samples], (CHANNELS - 1) // 2, axis=1)[:, (CHANNELS - 1) // 2]
    row = after.channels.tolist().index(9)
    expected = signal()[: after.num_samples, 9] - reference.astype(float)
    expected -= np.median(expected)
    np.testing.assert_allclose(after.low[0, row], expected[: after.step].min(), atol=1)
    assert not np.array_equal(before, after.low)
    press(qtbot, page.traces, "Reference")
    assert "common_reference" not in context.state.settings.given


def test_a_reference_of_too_few_channels_is_refused_in_words(page, qtbot, context):
    context.run("recording.set", channels=8)
    wait(qtbot, context)
    press(qtbot, page.traces, "Reference")
    assert not page.traces.reference.isChecked() and "at least 16 channels" in context.words[-1]
    assert context.words[-1].endswith("takes it away."), "it is none already: nothing is to be set"
    assert "common_reference" not in context.state.settings.given


def test_words_that_are_cut_do_not_end_between_two_facts(qtbot):
    words = ShortenedLabel("Time in s · one row = 92.4 µV · each pixel spans 7 samples", at_end=True)
    qtbot.addWidget(words)
    seen = set()
    for width in range(80, 500):
        words.resize(width, 20)
        seen.add(words.seen())
    assert words.text() in seen and len(seen) > 20
    assert {"Time in s…", "Time in s · one row = 92.4 µV…"} <= seen and not any(
        "·…" in one or "· …" in one for one in seen
    )


def test_the_recording_is_looked_over_and_the_strip_seeks(page, qtbot, context):
    seen = context.state.seen
    assert seen.recording is context.state.checked.preview and seen.overview.done
    strip = page.traces.strip
    assert strip.overview is seen.overview and "Line: noise" in strip.toolTip()
    plot = strip.plot
    box = plot.getPlotItem().getViewBox().sceneBoundingRect()
    middle = QtCore.QPoint(round(box.left() + 0.75 * box.width()), round(box.center().y()))
    qtbot.mouseClick(plot.viewport(), LEFT, pos=middle)
    span = context.state.view.time_span
    assert context.state.view.time_start + span / 2 == pytest.approx(0.75 * SAMPLES / RATE, abs=0.02)
    context.run("recording.set", sample_offset=5)
    wait(qtbot, context)
    qtbot.waitUntil(lambda: not context.state.jobs)
    assert context.state.seen.recording is context.state.checked.preview, "another description is looked over anew"
    assert context.state.problems == ()


def test_while_it_is_read_the_latest_place_is_not_forgotten(page, qtbot, context):
    for step in range(20):
        context.model.apply(transitions.set_view, time_start=0.1 * step)
        QtWidgets.QApplication.processEvents()
    wait(qtbot, context)
    assert page.traces.traces.window.start == round(1.9 * RATE)


def open_channels(page, qtbot, context):
    page.tabs.setCurrentIndex(1)
    wait(qtbot, context)
    return page.channels


def click_contact(view, qtbot, channel, double=False):
    plot = view.probe.plot
    at = plot.getPlotItem().getViewBox().mapViewToScene(QtCore.QPointF(*POSITIONS[channel]))
    click = qtbot.mouseDClick if double else qtbot.mouseClick
    click(plot.viewport(), LEFT, pos=plot.mapFromScene(at))


def test_channels_are_painted_by_the_figure_that_is_chosen(page, qtbot, context):
    view = open_channels(page, qtbot, context)
    assert view._figures.noise[12] > 5 * view._figures.noise[9]
    colors = [brush.color().name() for brush in view.probe.contacts._brushes]
    assert colors[12] != colors[9]
    view.figure.setCurrentIndex(view.figure.findData("rate"))
    view.figure.activated.emit(view.figure.currentIndex())
    wait(qtbot, context)
    other = [brush.color().name() for brush in view.probe.contacts._brushes]
    assert other != colors and "Spikes per second" in view.words.text()


def test_a_click_on_a_contact_shows_the_channel_and_its_spectrum(page, qtbot, context):
    view = open_channels(page, qtbot, context)
    click_contact(view, qtbot, 9)
    wait(qtbot, context)
    assert view.option("channel") == 9 and "Channel 9: noise" in view.words.text()
    frequencies, amplitude = view._one.getOriginalDataset()
    np.testing.assert_allclose(amplitude, np.maximum(view._figures.spectrum[9], 1e-12))
    axis = view.spectrum.getPlotItem().getAxis("left")
    assert axis.labelText == "steps/√Hz"
    context.run("recording.set", gain=0.5)
    wait(qtbot, context)
    np.testing.assert_allclose(view._one.getOriginalDataset()[1], 0.5 * amplitude, rtol=1e-6)
    assert axis.labelText == "µV/√Hz"
    assert len(frequencies) == len(view._figures.frequencies) and view.leave_out.isVisible()


def test_a_channel_that_is_left_out_is_marked_where_few_rows_have_a_number():
    labels = row_labels(list(range(32)), 3, (8, 21))
    assert {(-8, "× 8"), (-21, "× 21")} <= set(labels)
    rows = sorted(-row for row, _ in labels)
    assert min(np.diff(rows)) >= 3 and max(np.diff(rows)) <= 5
    assert row_labels([5, 7, 9, 11], 2, ()) == [(0, "5"), (-2, "9")]


def test_proposed_channels_are_left_out_by_a_click_with_the_reason(page, qtbot, context):
    view = open_channels(page, qtbot, context)
    assert view.propose.text() == "Leave 2 out"
    assert "Channel 4: dead" in view.propose.toolTip() and "Channel 12: noisy" in view.propose.toolTip()
    qtbot.mouseClick(view.propose, LEFT)
    assert excluded(context.state) == (4, 12)
    wait(qtbot, context)
    ticks = dict(page.traces.traces.plot.getAxis("left")._tickLevels[0])
    assert ticks[-page.traces.traces.window.channels.tolist().index(9)] == "9"
    assert sorted(words for words in ticks.values() if words.startswith("×")) == ["× 12", "× 4"]
    assert not view.propose.isVisible() and "Left out: 4, 12." in view.words.text()
    context.run("channels.choose", channel=4)
    wait(qtbot, context)
    qtbot.mouseClick(view.leave_out, LEFT)
    assert excluded(context.state) == (12,)
    context.run("edit.undo")
    assert excluded(context.state) == (4, 12)


def test_checks_offer_what_can_be_done_and_say_when_it_is_done(page, qtbot, context):
    assert any("noisier" in text and kind == "warning" for kind, text in shown_checks(page))
    press(qtbot, page.checks, "Leave it out")
    wait(qtbot, context)
    assert excluded(context.state) == (12,)
    assert any("noisier" in text and kind == "info" for kind, text in shown_checks(page))
    dead = [kind for kind, text in shown_checks(page) if "Dead" in text]
    assert dead == ["info"], "the default preset leaves it out"


def test_all_channels_cannot_be_left_out(context, page):
    context.run("channels.leave_out", channels=range(CHANNELS))
    assert excluded(context.state) == () and "At least one" in context.words[-1]


def test_a_wrong_wiring_is_put_right_by_a_click_and_undone(window, qtbot, context, tmp_path):
    rng = np.random.default_rng(1)
    own = rng.normal(0, 60, (SAMPLES, CHANNELS + 2))
    data = own[:, 2:] + own[:, 1:-1] + own[:, :-2]
    order = np.arange(CHANNELS)
    order[[2, 13]] = 13, 2
    np.rint(data[:, order]).astype(np.int16).tofile(tmp_path / "wired.bin")
    context.run("probe.set", positions=POSITIONS)
    context.run("file.open", path=tmp_path / "wired.bin")
    context.run("recording.set", channels=CHANNELS, sampling_frequency=RATE)
    wait(qtbot, context)
    page = window.pages["recording"]
    assert any("less alike" in text for _, text in shown_checks(page))
    press(qtbot, page.checks, "Try this wiring")
    wait(qtbot, context)
    assert np.array_equal(context.state.probe.positions, POSITIONS[order].astype(np.float32))
    assert not any("less alike" in text for _, text in shown_checks(page))
    context.run("edit.undo")
    assert np.array_equal(context.state.probe.positions, POSITIONS.astype(np.float32))


def test_contacts_at_one_place_are_said_on_the_page(page, qtbot, context):
    positions = POSITIONS.copy()
    positions[3] = positions[2]
    context.run("probe.set", positions=positions)
    wait(qtbot, context)
    assert any("Channels 2 and 3 are at one place" in text for _, text in shown_checks(page))


# Pixels


def test_painted_pixels_are_those_a_line_crosses():
    low = np.array([[0.0, 0.0], [0.0, 0.0], [-1.0, 0.0]])
    high = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    shown = painted(low, high, 2.0, 40, 0.5) > 0  # 20 px for each row; one unit is 10 px
    assert shown.shape == (40, 3)
    first = [np.flatnonzero(shown[:20, column]) for column in range(3)]
    assert first[0].tolist() == [10], "a flat line is one pixel"
    assert first[1][0] == 0 and first[1][-1] == 10 and len(first[1]) == 11, "up"
    assert first[2][0] <= 10 and first[2][-1] == 19, "down, joined with the column before"
    assert np.flatnonzero(shown[21:, 0]).tolist() == [9] and shown[:, 0].sum() == 2


def test_what_is_not_finite_or_far_away_stays_in_the_picture():
    low = np.array([[np.nan, -np.inf], [1e30, -1e30]])
    shown = painted(low, low, 1.0, 20, 0.75)
    assert shown.shape == (20, 2) and shown.max() <= FULL
    assert heat(low, low, 1.0).shape == (2, 2)


def test_colours_go_from_below_zero_over_nothing_to_above():
    low, high = np.array([[-9.0], [-0.0], [-1.0]]), np.array([[1.0], [0.0], [9.0]])
    shown = heat(low, high, 10.0)
    assert shown.tolist() == [[0, 127, 255]]
    table = heat_colors(LIGHT)
    assert table.shape == (256, 4) and tuple(table[127][:3]) >= (250, 250, 250)
    opacity = painted_colors(LIGHT)[:, 3]
    assert opacity[0] == 0 and opacity[-1] == 255 and (np.diff(opacity.astype(int)) >= 0).all()


def test_what_was_found_for_another_description_is_not_said_of_this_one(page, qtbot, context):
    context.run("page.sort")
    settle(qtbot)
    context.run("recording.set", data_type="int32", channels=CHANNELS // 2)  # as the checks of other pages offer it
    page._show_look(Look(1_920_000, (8, 16), None, 2 * CHANNELS))  # what was still looked for comes late
    assert not any("look like" in said for said in context.state.doubts.words)
    context.run("page.recording")
    wait(qtbot, context)
    assert page._found.channels != 2 * CHANNELS


@pytest.mark.parametrize("value, words", [(-12.5, "−12.5 steps"), (-2058.0, "−2,058 steps"), (7.0, "7 steps")])
def test_values_of_the_file_have_a_true_minus_sign(value, words):
    assert value_words(value, None) == words
