"""Recordings of acquisition systems in the window: dropped, recognised, chosen, put in order, converted."""

from __future__ import annotations

import numpy as np
import pytest

import spikesift_core as spikesift
from spikesift_gui.pages.recording import RecordingPage
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets
from tests.core.formats import files
from tests.core.formats.files import nwb
from tests.gui.helpers import settle
from tests.gui.test_recording_page import press, shown_checks, signal, type_in, wait

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(window) -> RecordingPage:
    return window.pages["recording"]


def drop(window, qtbot, *paths):
    data = QtCore.QMimeData()
    data.setUrls([QtCore.QUrl.fromLocalFile(str(path)) for path in paths])
    action, key = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    entered = QtGui.QDragEnterEvent(QtCore.QPoint(9, 9), action, data, LEFT, key)
    window.dragEnterEvent(entered)
    assert entered.isAccepted()
    window.dropEvent(QtGui.QDropEvent(QtCore.QPointF(9, 9), action, data, LEFT, key))
    wait(qtbot, window.context)


def tool(page, tip):
    (found,) = [b for row in page.source.files for b in row.findChildren(QtWidgets.QToolButton) if b.toolTip() == tip]
    return found


def test_a_dropped_run_is_recognised_with_its_probe_and_a_stream_is_chosen(window, page, qtbot, context, tmp_path):
    run = tmp_path / "run_g0"
    run.mkdir()
    _, data = files.spikeglx(run, samples=3000)
    files.spikeglx(run, name="run_g0_t0.imec0.lf", samples=250)
    drop(window, qtbot, run)
    draft = context.state.recording
    assert (context.state.page, draft.channels, draft.sampling_frequency) == ("recording", 384, 30000)
    assert draft.gain == pytest.approx(2.34375) and len(context.state.probe) == 384
    assert window.strip.name.text() == "run_g0 · imec0.ap"
    assert "Opened run_g0 · imec0.ap: recognised as SpikeGLX." in context.words
    np.testing.assert_array_equal(context.state.checked.recording.read(0, 3000), data[:, :384])
    assert page.source.format.text() == "✓ SpikeGLX" and "Left out: 1 sync" in page.source.notes.text()
    fields = page.form.fields
    assert [name for name in fields if not fields[name].isEnabled()] == [
        "data_type", "channels", "sampling_frequency", "gain", "header",
    ]  # fmt: skip
    assert page.source.streams.count() == 2 and page.source.streams.isVisible()
    page.source.streams.setFocus()
    qtbot.keyClick(page.source.streams, Qt.Key.Key_Down)
    wait(qtbot, context)
    assert (context.state.recording.stream.name, context.state.recording.sampling_frequency) == ("imec0.lf", 2500)
    assert any("LFP band" in text for _, text in shown_checks(page))


def test_a_probe_of_another_recording_is_told_and_the_channels_stay(window, page, qtbot, context, tmp_path):
    files.open_ephys(tmp_path / "recording1")
    drop(window, qtbot, tmp_path / "recording1")
    channels = context.state.recording.channels
    context.run("probe.set", positions=np.column_stack([np.zeros(20), 20.0 * np.arange(20)]))
    wait(qtbot, context)
    assert any("bring the probe that was used" in text for kind, text in shown_checks(page) if kind == "error")
    press(qtbot, page.checks, "Go to Probe")
    probe = window.pages["probe"]
    settle(qtbot)
    (said,) = [text for kind, text in shown_checks(probe) if kind == "error"]
    assert "Pick or import the probe that was used." in said and "number of channels" not in said
    press(qtbot, probe.checks, "Clear")
    assert len(context.state.probe) == 0 and context.state.recording.channels == channels


def test_the_time_range_of_a_recognised_recording_is_chosen_in_the_form(window, page, qtbot, context, tmp_path):
    path, data = files.spikeglx(tmp_path, saved=range(8))
    drop(window, qtbot, path)
    type_in(qtbot, page.form.fields["sample_offset"], "100")
    type_in(qtbot, page.form.fields["num_samples"], "2000")
    recording = context.state.checked.recording
    np.testing.assert_array_equal(recording.read(0, 2000), data[100:2100, :8])
    wait(qtbot, context)
    assert "from 0.003 s to 0.070 s of the file" in page.facts.text()
    rate = context.state.recording.sampling_frequency
    for text, samples in (("20 ms", 0.02 * rate), ("0.03s", 0.03 * rate), ("0.001 min", 0.06 * rate), ("900", 900)):
        type_in(qtbot, page.form.fields["num_samples"], text)
        assert context.state.recording.num_samples == round(samples), text


def test_a_format_that_takes_long_to_read_is_opened_in_the_background(window, qtbot, context, tmp_path):
    h5py = pytest.importorskip("h5py")
    nwb(h5py, tmp_path / "a.nwb", signal())
    drop(window, qtbot, tmp_path / "a.nwb")
    qtbot.waitUntil(lambda: context.state.recording.stream is not None)
    assert context.state.recording.stream.format == "NWB" and context.state.checked.recording is not None


def test_a_library_that_is_missing_is_named_in_the_window(window, qtbot, context, tmp_path, monkeypatch):
    def gone(wanted):
        raise ImportError(f"No module named {wanted!r}")

    monkeypatch.setattr("spikesift_core.formats.extras.import_module", gone)
    (tmp_path / "a.pl2").write_bytes(bytes(100))
    drop(window, qtbot, tmp_path / "a.pl2")
    qtbot.waitUntil(lambda: bool(context.state.problems))
    assert 'pip install "spikesift-gui[formats]"' in context.state.problems[-1].words


def test_several_dropped_files_are_one_recording_in_an_order_to_be_changed(window, page, qtbot, context, tmp_path):
    parts = {}
    for name in ("rec_10", "rec_2", "rec_1"):
        parts[name] = files.intan(tmp_path / f"{name}.rhd", samples=1280, seed=len(name) + len(parts))
    drop(window, qtbot, *(tmp_path / f"{name}.rhd" for name in parts))
    assert [path.stem for path in context.state.recording.opened] == ["rec_1", "rec_2", "rec_10"]
    assert len(page.source.files) == 3 and not page.source.streams.isVisible()
    qtbot.mouseClick(tool(page, "Later: rec_1.rhd"), LEFT)
    wait(qtbot, context)
    assert [path.stem for path in context.state.recording.opened] == ["rec_2", "rec_1", "rec_10"]
    found = context.state.checked.preview.read(0, 3840)
    np.testing.assert_array_equal(found, np.vstack([parts["rec_2"], parts["rec_1"], parts["rec_10"]]))
    assert any("not in the order of time" in text for _, text in shown_checks(page))
    qtbot.mouseClick(tool(page, "Take rec_1.rhd out"), LEFT)
    wait(qtbot, context)
    assert context.state.checked.preview.num_samples == 2560
    context.dialogs.files = (tmp_path / "rec_1.rhd",)
    press(qtbot, page.source, "Add files…")
    wait(qtbot, context)
    assert [path.stem for path in context.state.recording.opened] == ["rec_2", "rec_10", "rec_1"]


def test_plain_files_follow_each_other_too(window, page, qtbot, context, tmp_path):
    data = signal()
    for number, piece in enumerate(np.split(data[:8000], 2)):
        piece.tofile(tmp_path / f"part{number}.bin")
    drop(window, qtbot, tmp_path / "part0.bin")
    context.dialogs.files = (tmp_path / "part1.bin",)
    press(qtbot, page.source, "Add files…")
    context.run("recording.set", channels=6)
    wait(qtbot, context)
    np.testing.assert_array_equal(context.state.checked.preview.read(0, 8000), data[:8000])
    assert "96 kB" in page.facts.text()
    qtbot.mouseClick(tool(page, "Earlier: part1.bin"), LEFT)
    wait(qtbot, context)
    np.testing.assert_array_equal(context.state.checked.preview.read(0, 4000), data[4000:8000])


def test_a_plain_file_is_described_by_one_of_the_pictures_offered(window, page, qtbot, context, tmp_path):
    path = tmp_path / "floats.raw"
    (signal() * 0.195).astype(np.float32).tofile(path)
    drop(window, qtbot, path)
    offered = [made.text() for made in page.guesses.buttons]
    assert page.guesses.isVisible() and offered[0] == "float32 · 6 ch"
    assert context.state.recording.channels is None, "nothing is decided by the program"
    image = page.guesses.buttons[0].icon().pixmap(page.guesses.buttons[0].iconSize()).toImage()
    ink = sum(image.pixelColor(x, y).alpha() > 60 for x in range(0, 144, 2) for y in range(64))
    assert ink > 300
    qtbot.mouseClick(page.guesses.buttons[0], LEFT)
    wait(qtbot, context)
    assert (context.state.recording.data_type, context.state.recording.channels) == ("float32", 6)
    assert not page.guesses.isVisible()


def test_bytes_in_the_other_order_are_read_as_they_are(window, page, qtbot, context, tmp_path):
    path = tmp_path / "swapped.bin"
    (signal() * 20).byteswap().tofile(path)
    context.run("file.open", path=path)
    context.run("recording.set", channels=6)
    wait(qtbot, context)
    press(qtbot, page.checks, "Swap bytes")
    wait(qtbot, context)
    np.testing.assert_array_equal(context.state.checked.preview.read(0, 100), signal()[:100] * 20)
    assert page.source.format.text() == "Bytes in the other order"
    assert page.form.fields["sampling_frequency"].isEnabled() and not page.form.fields["channels"].isEnabled()
    press(qtbot, page.source, "Describe by hand")
    wait(qtbot, context)
    assert context.state.recording.layout is None and page.form.fields["channels"].isEnabled()


def test_what_a_recording_tells_can_be_left_aside(window, page, qtbot, context, tmp_path):
    path, _ = files.spikeglx(tmp_path, saved=range(8))
    drop(window, qtbot, path)
    press(qtbot, page.source, "Describe by hand")
    wait(qtbot, context)
    draft = context.state.recording
    assert (draft.told, draft.channels, draft.path) == (False, 9, path)
    assert page.form.fields["channels"].isEnabled()


def test_what_cannot_be_read_in_place_is_converted_by_a_click(window, page, qtbot, context, tmp_path):
    np.save(tmp_path / "turned.npy", np.ascontiguousarray(signal().T))
    drop(window, qtbot, tmp_path / "turned.npy")
    (said,) = [text for kind, text in shown_checks(page) if kind == "error"]
    assert "cannot be read in place. Convert it, which writes a copy." in said and "spikesift convert" not in said
    assert not page.source.by_hand.isVisible(), "what has to be converted is no plain binary file"
    assert [path.name for path in tmp_path.iterdir() if path.name != "preferences"] == ["turned.npy"]
    type_in(qtbot, page.form.fields["sampling_frequency"], "20000")
    context.dialogs.saved = tmp_path / "copy"
    press(qtbot, page.checks, "Convert…")
    qtbot.waitUntil(lambda: context.state.recording.name == "copy")
    wait(qtbot, context)
    np.testing.assert_array_equal(context.state.checked.preview.read(0, 8009), signal())
    assert context.state.recording.sampling_frequency == 20000


def test_a_broken_recording_is_told_and_the_one_before_stays(window, qtbot, context, tmp_path, recording_file):
    drop(window, qtbot, recording_file)
    path, _ = files.spikeglx(tmp_path, saved=range(8))
    path.unlink()
    drop(window, qtbot, path.with_suffix(".meta"))
    assert "which is not beside it" in context.state.problems[-1].words
    assert context.state.recording.path == recording_file
    drop(window, qtbot, tmp_path / "preferences")
    assert "no recording was recognised" in context.state.problems[-1].words


def test_a_recognised_recording_is_sorted_beside_its_folder_and_opened_again(window, qtbot, context, tmp_path):
    run = tmp_path / "day1"
    files.open_ephys(run, samples=30000, names=("CH1", "CH2", "CH3", "CH4", "ADC1"))
    drop(window, qtbot, run)
    context.run("probe.set", positions=files.column(4))
    context.run("sort.start")
    qtbot.waitUntil(lambda: context.state.job("sort") is None)
    settle(qtbot)
    folder = tmp_path / "day1.spikesift"
    session = spikesift_session(folder)
    assert session.recording.layout.channels == 5 and session.notes["gain"] == pytest.approx(0.195)
    context.run("recording.close")
    context.run("probe.set", positions=np.zeros((0, 2)))
    drop(window, qtbot, folder)
    draft = context.state.recording
    assert (draft.channels, draft.layout.channels, draft.told) == (4, 5, True)
    assert context.state.checked.recording is not None


def spikesift_session(folder):
    from spikesift_core.session import open_session

    return open_session(folder)


def test_recent_recordings_open_again(window, qtbot, context, tmp_path):
    path, _ = files.spikeglx(tmp_path, saved=range(8))
    drop(window, qtbot, path.with_suffix(".meta"))
    assert context.state.recent[0].path == path.with_suffix(".meta")
    context.run("recording.close")
    context.run("file.open", path=context.state.recent[0].path)
    assert context.state.recording.stream.format == spikesift.read_streams(path)[0].format == "SpikeGLX"
