from dataclasses import replace

import numpy as np
import pytest

from spikesift_gui import recording_words as words
from spikesift_gui import transitions
from spikesift_gui.checking import check
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets
from spikesift_gui.state import ProbeDraft, RecordingDraft, State
from spikesift_gui.status import recording_status
from spikesift_gui.widgets.pill import StatusPill
from tests.gui.helpers import settle

LEFT, CONTROL, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier
CHANNELS, SAMPLES, RATE = 6, 8009, 20_000  # the number of samples is a prime: few channel counts fit


def signal(seed=0):
    """Slow waves, noise, and another offset on each channel: (samples, channels) int16."""
    rng = np.random.default_rng(seed)
    slow = np.cumsum(rng.normal(0, 4, (SAMPLES, CHANNELS)), axis=0)
    noise = rng.normal(0, 20, (SAMPLES, CHANNELS))
    return (slow - slow.mean(axis=0) + noise + 30 * np.arange(CHANNELS)).astype(np.int16)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "day3.bin"
    signal().tofile(path)
    return path


@pytest.fixture
def page(window, qtbot, context, file):
    context.run("file.open", path=file)
    settle(qtbot)
    made = window.pages["recording"]
    wait(qtbot, context)
    return made


def wait(qtbot, context):
    settle(qtbot)
    qtbot.waitUntil(lambda: not context.computer.busy)
    settle(qtbot)


def shown_checks(page):
    rows = page.checks.findChildren(QtWidgets.QFrame, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return [
        (one.property("kind"), " ".join(part.text() for part in one.findChildren(QtWidgets.QLabel)))
        for one in rows
        if one.isVisible()
    ]


def press(qtbot, parent, text):
    found = [b for b in parent.findChildren(QtWidgets.QPushButton) if b.text().strip() == text and b.isVisible()]
    assert len(found) == 1, [b.text() for b in parent.findChildren(QtWidgets.QPushButton)]
    qtbot.mouseClick(found[0], LEFT)


def type_in(qtbot, field, text):
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_a_file_is_described_by_the_clicks_that_are_offered(page, qtbot, context):
    assert page.traces.shown_hint and any("How many channels" in text for _, text in shown_checks(page))
    offered = [b.text() for b in page.counts.findChildren(QtWidgets.QPushButton)]
    assert "6" in offered and "7" not in offered
    assert [int(count) for count in offered] == sorted(int(count) for count in offered)
    press(qtbot, page.checks, "Use 6")
    wait(qtbot, context)
    assert context.state.recording.channels == 6 and context.state.checked.file_problem == ""
    assert not page.traces.shown_hint and len(page.traces.traces.window.channels) == 6
    assert "·" not in page.facts.text(), "no line can end in one"
    assert "8,009 samples" in page.facts.text() and "96.1 kB" in page.facts.text()
    assumed = "The file does not say its sampling frequency: 30000 Hz is only the usual one."
    assert any(kind == "warning" and assumed in text for kind, text in shown_checks(page))
    assert recording_status(context.state).text.startswith(assumed)
    context.run("file.open", path=context.state.recording.path)  # remembered: it was not said then either
    wait(qtbot, context)
    press(qtbot, page.checks, "It is 30000 Hz")
    wait(qtbot, context)
    assert not any("does not say its sampling" in text for _, text in shown_checks(page))
    context.run("file.open", path=context.state.recording.path)
    wait(qtbot, context)
    assert not any("does not say its sampling" in text for _, text in shown_checks(page))
    press(qtbot, page, "Continue to Probe")
    assert context.state.page == "probe"
    context.run("probe.take", entry="family:linear", values={"contacts": 6})
    context.run("page.recording")
    wait(qtbot, context)
    press(qtbot, page, "Continue to Sort")
    assert context.state.page == "sort"


def test_what_looks_odd_is_not_forgotten_when_a_probe_is_brought(page, qtbot, context):
    context.run("recording.set", channels=6)
    wait(qtbot, context)
    said = recording_status(context.state)
    context.run("page.probe")
    context.run("probe.take", entry="family:linear", values={"contacts": 6})
    wait(qtbot, context)
    assert context.state.doubts.recording is not context.state.checked.preview
    assert recording_status(context.state) == said and "does not say its sampling frequency" in said.text
    context.run("recording.set", sampling_frequency=25_000.0)
    assert recording_status(context.state).kind == "ok", "another description: nothing is known yet"


def test_every_field_changes_the_draft_and_the_traces(page, qtbot, context):
    fields = page.form.fields
    typed = {
        "channels": ("6", 6),
        "sampling_frequency": ("20000", 20_000.0),
        "gain": ("0.195", 0.195),
        "sample_offset": ("9", 9),
        "num_samples": ("4000", 4000),
        "recording_offset": ("-7", -7),
    }
    for name, (text, value) in typed.items():
        type_in(qtbot, fields[name], text)
        assert getattr(context.state.recording, name) == value, name
    assert not context.state.recording.rate_assumed
    wait(qtbot, context)
    recording = context.state.checked.preview
    assert (recording.num_samples, recording.sample_offset, recording.recording_offset) == (4000, 9, -7)
    expected = signal()[9 : 9 + 4000]
    window = page.traces.traces.window
    step = window.step
    first = (expected[:step] - np.median(expected[: window.num_samples], axis=0)).min(axis=0)
    np.testing.assert_allclose(window.low[0], first)
    assert "µV" in page.traces.row_words.text() and "µV" in page.facts.text()
    type_in(qtbot, fields["header"], "12")
    assert context.state.recording.header == 12
    type_in(qtbot, fields["num_samples"], "0")
    type_in(qtbot, fields["gain"], "0")
    assert context.state.recording.num_samples is None and context.state.recording.gain is None
    qtbot.keyClick(fields["data_type"], Qt.Key.Key_Down)
    assert context.state.recording.data_type == "uint16"


def test_nan_that_no_sample_sees_is_told_and_read_as_the_median_by_a_click(page, qtbot, context, tmp_path):
    data = np.tile(signal(), (12, 1)).astype(np.float32)
    data[43_000:43_040, 2] = np.nan  # between the pieces that are looked at closely
    data.tofile(tmp_path / "blanked.bin")
    context.run("file.open", path=tmp_path / "blanked.bin")
    context.run("recording.set", data_type="float32", channels=6, sampling_frequency=float(RATE))
    qtbot.waitUntil(lambda: not context.state.jobs)
    wait(qtbot, context)
    (odd,) = [text for kind, text in shown_checks(page) if "NaN" in text]
    assert "40 values are NaN or infinity" in odd and "--fill-nan" not in odd
    assert not any(kind == "ok" for kind, _ in shown_checks(page))
    assert recording_status(context.state).kind == "warning"
    pill = page.window().findChildren(StatusPill)[0]
    assert pill.accessibleName().startswith("recording: warning"), "it is drawn, too, and no tick"
    press(qtbot, page.checks, "Read the median there")
    wait(qtbot, context)
    recording = context.state.checked.preview
    assert np.isfinite(recording.read(43_000, 40)).all() and page.source.format.text() == "NaN read as the median"
    qtbot.waitUntil(lambda: not context.state.jobs)
    wait(qtbot, context)
    assert [kind for kind, text in shown_checks(page) if "NaN" in text] == ["info"]
    assert "NaN" not in recording_status(context.state).text
    press(qtbot, page.checks, "Take back")
    assert context.state.recording.layout is None and context.state.recording.channels == 6


def test_a_size_that_does_not_fit_says_what_would(page, qtbot, context):
    type_in(qtbot, page.form.fields["channels"], "7")
    wait(qtbot, context)
    kind, text = shown_checks(page)[0]
    assert kind == "error" and "7 channels of int16 take 14 bytes" in text
    assert not page.traces.shown_hint, "the traces show what is wrong"
    press(qtbot, page.counts, "6")
    wait(qtbot, context)
    assert context.state.recording.channels == 6 and not page.counts.isVisible()
    type_in(qtbot, page.form.fields["channels"], "7")
    wait(qtbot, context)
    press(qtbot, page.checks, "Use 6,864 samples")
    assert context.state.recording.num_samples == 6864 and context.state.checked.file_problem == ""


def test_a_probe_that_does_not_fit_is_said(page, qtbot, context):
    context.run("recording.set", channels=6)
    context.run("probe.set", positions=np.column_stack([np.zeros(3), 20 * np.arange(3)]))
    wait(qtbot, context)
    said = [text for kind, text in shown_checks(page) if kind == "error"]
    assert len(said) == 1 and "bring the probe that was used" in said[0], "the values speak for 6 channels too"
    context.run("recording.set", channels=2)
    wait(qtbot, context)
    assert any(kind == "error" and "3 contacts and the file 2 channels" in text for kind, text in shown_checks(page))
    press(qtbot, page.checks, "Use 3 channels")
    assert context.state.recording.channels == 3


def test_a_number_of_channels_that_only_the_probe_says_is_asked_about(window, qtbot, context, file):
    context.run("probe.set", positions=np.column_stack([np.zeros(6), 20 * np.arange(6)]))
    context.run("file.open", path=file)
    wait(qtbot, context)
    state = context.state
    assert state.recording.channels == 6 and state.recording.channels_assumed
    found = replace(words.look(state.recording), channels=None)  # as of values that speak for no number
    asked = [one for one in words.recording_checks(state, found) if "how many channels" in one.text]
    assert [one.action for one in asked] == ["It has 6"] and asked[0].kind == "warning"
    context.run(asked[0].command, **asked[0].arguments)
    assert not any("how many channels" in one.text for one in words.recording_checks(context.state, found))


def test_the_wrong_type_is_suspected_and_put_right_by_click(page, qtbot, context, tmp_path):
    path = tmp_path / "floats.bin"
    (signal() * 0.195).astype(np.float32).tofile(path)
    context.run("file.open", path=path)
    context.run("recording.set", channels=6)
    wait(qtbot, context)
    press(qtbot, page.checks, "Use float32")
    wait(qtbot, context)
    assert context.state.recording.data_type == "float32"
    assert "random" not in " ".join(text for _, text in shown_checks(page))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (np.zeros_like, "no signal"),
        (lambda values: np.where(np.arange(CHANNELS) == 2, 7, values), "Constant: channel 2"),
        (lambda values: values + 9000, "baseline is far from zero"),
        (lambda values: np.clip(values.astype(int) * 400, -32768, 32767), "clipped"),
        (lambda values: values.astype(np.int16).byteswap(), "other order"),
    ],
)
def test_what_looks_odd_is_said_in_words(tmp_path, change, said):
    path = tmp_path / "odd.bin"
    change(signal()).astype(np.int16).tofile(path)
    draft = RecordingDraft(path=path, channels=CHANNELS, sampling_frequency=RATE)
    found = words.look(draft)
    state = State(recording=draft, checked=check(draft, ProbeDraft()))
    checks = words.recording_checks(state, found)
    assert any(said in one.text for one in checks), [one.text for one in checks]
    assert all(one.kind != "ok" for one in checks)


def test_an_empty_file_is_said_to_be_empty_before_anything_is_asked(tmp_path):
    path = tmp_path / "empty.bin"
    path.touch()
    draft = RecordingDraft(path=path)
    (said,) = words.recording_checks(State(recording=draft, checked=check(draft, ProbeDraft())), words.look(draft))
    assert said.kind == "error" and said.text.startswith("empty.bin is empty: it has no samples. Copy it again")


def test_a_good_description_says_so_and_an_unusual_rate_is_asked_about(tmp_path):
    path = tmp_path / "good.bin"
    np.tile(signal() - (30 * np.arange(CHANNELS)).astype(np.int16), (4, 1)).tofile(path)
    draft = RecordingDraft(path=path, channels=CHANNELS, sampling_frequency=RATE)
    found = words.look(draft)
    good = words.recording_checks(State(recording=draft, checked=check(draft, ProbeDraft())), found)
    assert [one.kind for one in good] == ["info", "ok"] and "too rare to be found" in good[0].text
    assert "That the sampling frequency is right cannot be seen" in good[1].text
    slow = RecordingDraft(path=path, channels=CHANNELS, sampling_frequency=1000.0)
    asked = words.recording_checks(State(recording=slow, checked=check(slow, ProbeDraft())), words.look(slow))
    assert any("1000 Hz is unusual" in one.text for one in asked)


def test_a_file_that_is_gone_is_said_not_raised(page, qtbot, context, file):
    context.run("recording.set", channels=6)
    wait(qtbot, context)
    file.unlink()
    context.run("recording.set", header=2)
    wait(qtbot, context)
    assert any(kind == "error" and "cannot be read" in text for kind, text in shown_checks(page))
    assert words.look(RecordingDraft(path=file, channels=2)).size is None


def wheel(page, delta, modifiers=NONE):
    plot = page.traces.traces.plot
    at = QtCore.QPointF(plot.width() / 2, plot.height() / 2)
    event = QtGui.QWheelEvent(
        at,
        plot.viewport().mapToGlobal(at),
        QtCore.QPoint(),
        QtCore.QPoint(0, delta),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QtWidgets.QApplication.sendEvent(plot.viewport(), event)


def test_traces_move_and_zoom_by_wheel_and_keys(page, qtbot, context):
    context.run("recording.set", channels=6, sampling_frequency=20_000.0)
    wait(qtbot, context)
    wheel(page, 360)
    assert context.state.view.time_span == pytest.approx(0.2 / 1.25**3)
    wheel(page, -120, SHIFT)
    start = context.state.view.time_start
    assert start > 0
    wheel(page, 120, CONTROL)
    assert page.traces.option("scale") == pytest.approx(1.25)
    plot = page.traces.traces.plot
    plot.setFocus()
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert context.state.view.time_start == pytest.approx(start + 0.5 * context.state.view.time_span)
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    assert context.state.view.time_start == 0
    qtbot.keyClick(plot, Qt.Key.Key_End)
    last = context.state.view.time_start
    assert last == pytest.approx(8009 / 20_000 - context.state.view.time_span)
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert context.state.view.time_start == pytest.approx(last), "no farther than the end"
    qtbot.keyClick(plot, Qt.Key.Key_Up)
    assert page.traces.option("scale") == pytest.approx(1.25 * 1.5)
    wait(qtbot, context)
    window = page.traces.traces.window
    assert window.start + window.num_samples == pytest.approx(8009, abs=2)


def test_raw_and_filtered_and_fewer_channels(page, qtbot, context):
    context.run("recording.set", channels=6, sampling_frequency=20_000.0)
    wait(qtbot, context)
    raw = page.traces.traces.window.noise
    qtbot.mouseClick(page.traces.filtered, LEFT)
    wait(qtbot, context)
    assert (page.traces.traces.window.noise < raw).all(), "the filter takes the slow waves away"
    page.traces.set_option("rows", 4)
    wait(qtbot, context)
    assert page.traces.traces.window.channels.tolist() == [0, 1, 2, 3]
    down = next(b for b in page.traces.findChildren(QtWidgets.QToolButton) if "after these" in b.toolTip())
    qtbot.mouseClick(down, LEFT)
    wait(qtbot, context)
    assert page.traces.traces.window.channels.tolist() == [2, 3, 4, 5]


def test_only_what_is_shown_is_read(page, qtbot, context, tmp_path):
    path = tmp_path / "hour.bin"
    with path.open("wb") as file:
        file.truncate(384 * 2 * 30_000 * 600)  # ten minutes of 384 channels; takes no room on the disk
    context.run("file.open", path=path)
    context.run("recording.set", channels=384, sampling_frequency=30_000.0)
    context.model.apply(transitions.set_view, time_span=600.0)
    wait(qtbot, context)
    window = page.traces.traces.window
    assert window.num_samples == 600 * 30_000 and window.looked_at < window.step
    assert window.looked_at * len(window.low) * 384 <= 12_001_000, "of a long stretch only a part is read"
    assert len(window.low) <= max(200, page.traces.traces.plot.width())
    assert f"the first {window.looked_at} of them looked at" in page.traces.row_words.text(), "and that is said"
    page.traces.set_option("rows", None)
    wait(qtbot, context)
    shown = page.traces.traces.window.channels
    assert len(shown) <= page.traces.traces.plot.height() + 1 and shown[-1] > 370
    assert f"1 of {shown[1]} channels" in page.traces.row_words.text(), "what is left out is said"
    press(qtbot, page, "Heat map")
    wait(qtbot, context)
    assert page.traces.traces.window.channels.tolist() == list(range(384)), "colours need less room than lines"


def test_the_right_number_is_offered_for_a_file_that_was_cut_off(tmp_path):
    path = tmp_path / "cut.bin"
    eight = np.hstack([signal(), signal(1)])[:, :8]
    path.write_bytes(eight.tobytes()[:-6])
    draft = RecordingDraft(path=path, channels=7, sampling_frequency=RATE)
    found = words.look(draft)
    assert 8 not in found.counts and found.channels == 8
    assert 8 not in words.offered_counts(draft, found), "those offered as fitting do fit"
    state = State(recording=draft, checked=check(draft, ProbeDraft()))
    offered = [one for one in words.recording_checks(state, found) if one.action == "Use 8"]
    assert offered and "diagonal stripes" in offered[0].text
    good = RecordingDraft(path=path, channels=8, sampling_frequency=RATE)
    state = State(recording=good, checked=check(good, ProbeDraft()))
    assert not any("diagonal" in one.text for one in words.recording_checks(state, words.look(good)))


def test_the_gain_changes_nothing_that_is_measured(page, context):
    context.run("recording.set", channels=6)
    before = context.state.checked
    context.run("recording.set", gain=0.5)
    assert context.state.checked is before and context.state.recording.gain == 0.5


def test_sizes_in_words():
    assert words.size_words(999) == "999 bytes" and words.size_words(3_452_384) == "3.45 MB"
    assert words.size_words(2e11) == "200 GB" and words.size_words(5e15).endswith("TB")


@pytest.mark.parametrize(("header", "said"), [(0, "is empty"), (10**6, "leave nothing of the file")])
def test_a_file_of_which_nothing_is_left(context, recording_file, header, said):
    if not header:
        recording_file.write_bytes(b"")
    context.run("recording.open", path=recording_file)
    context.run("recording.set", channels=4, header=header)
    assert said in context.state.checked.file_problem and context.state.checked.preview is None
