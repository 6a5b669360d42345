"""A merged recording in Inspect: every view reads each part of it from the files of the recording it came from."""

import numpy as np
import pytest

from spikesift_core.session import open_session
from spikesift_core.traces import read_window
from spikesift_gui.pages.inspect import result_words
from spikesift_gui.qt import Qt
from spikesift_gui.unit_figures import quality_now
from tests.core.test_merged_signal import LENGTH, RATE, written
from tests.gui.helpers import choose, drawn, open_session_in
from tests.gui.match_helpers import answered, click, click_row, merge


@pytest.fixture
def days(tmp_path):
    return [written(tmp_path, number, merging_threshold=0.4) for number in range(2)]


@pytest.fixture
def merged(window, qtbot, days):
    """Two sessions merged on the page Match, the second after the first; Inspect is in front."""
    for day in days:
        open_session_in(qtbot, window.context, day)
    window.context.run("page.match")
    answered(window, qtbot)
    merge(window, qtbot)
    click(qtbot, window.pages["match"].merged.inspect)
    drawn(qtbot, window.context)
    return window


def of(window, qtbot, name):
    """A view in front."""
    docks = window.pages["inspect"].docks
    docks.dock(name).raise_()
    drawn(qtbot, window.context)
    return docks.view(name)


def pair_of(window, qtbot, place):
    """The two units of a row of the table on Match, in front."""
    docks = window.pages["match"].docks
    docks.dock("match_pair").raise_()
    click_row(qtbot, window, place)
    drawn(qtbot, window.context)
    return docks.view("match_pair")


def go_to(window, qtbot, time):
    window.context.run("time.go", time=time)
    drawn(qtbot, window.context)


def test_traces_are_those_of_each_recording(merged, qtbot, days):
    context, view = merged.context, of(merged, qtbot, "traces")
    assert context.state.results.current.recording_problem == "" and view.hint(context.state) is None
    for number, day in enumerate(days):
        go_to(merged, qtbot, number * LENGTH / RATE + 1.0)
        window, mine = view.traces.window, open_session(day).recording
        start = window.start - number * LENGTH
        own = read_window(mine, start, window.num_samples, columns=view.traces.plot.width(), channels=window.channels)
        assert view._silent.isHidden()
        np.testing.assert_array_equal(window.low, own.low)
    choose(qtbot, view.kind, "Residual")
    drawn(qtbot, context)
    assert view.strip.words.text().startswith("All 2 units that fire here are taken off: ")
    click(qtbot, view.levels)
    drawn(qtbot, context)
    second = view._thresholds[1]
    go_to(merged, qtbot, 1.0)
    assert (np.abs(view._thresholds[1]) < 0.9 * np.abs(second)).all(), "each recording has its own"


def test_waveforms_spikes_and_figures_are_there(merged, qtbot):
    context = merged.context
    context.run("units.select", units=(0,))
    waveforms = of(merged, qtbot, "waveforms")
    assert waveforms._caption.text() == "0: mean of 200 of 400 spikes, 100 drawn"
    choose(qtbot, waveforms._behind, "Density")
    drawn(qtbot, context)
    assert waveforms._cuts[0].density is not None
    assert of(merged, qtbot, "drift")._caption.text() == "2 units   all 800 spikes"
    amplitudes = of(merged, qtbot, "amplitudes")
    assert amplitudes._caption.text() == "0: 400 of 400 spikes"
    assert np.isfinite(amplitudes._known[0].amplitudes).all()
    quality = quality_now(context.state)
    assert quality.complete and not quality.unknown
    assert " · merged · " in result_words(context.state.results.current)
    assert of(merged, qtbot, "segments").ask.isHidden(), "what cut a recording is computed of one at a time"


def test_a_missing_file_is_said_where_it_is_missing_and_the_rest_works(merged, qtbot, days, tmp_path):
    context = merged.context
    context.dialogs.saved = tmp_path / "both"
    context.run("match.save")
    qtbot.waitUntil(lambda: context.state.results.current.folder is not None)
    for _ in range(3):
        context.run("result.close")
    drawn(qtbot, context)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "day1.bin").rename(tmp_path / "elsewhere" / "day1.bin")
    open_session_in(qtbot, context, tmp_path / "both.spikesift")
    assert "day1: The recording was not found" in context.words[-1]
    traces = of(merged, qtbot, "traces")
    go_to(merged, qtbot, 1.0)
    assert np.isfinite(traces.traces.window.low).all() and not traces._silent.isVisible()
    go_to(merged, qtbot, LENGTH / RATE)
    heard = np.isfinite(traces.traces.window.low).all(axis=1)
    assert heard[: len(heard) // 2 - 2].all() and not heard[len(heard) // 2 + 2 :].any()
    assert traces._silent.isVisible() and traces.silence.text().startswith("day1: The recording was not found")
    context.run("units.select", units=(0,))
    missing = "Without day1: its recording is not there."
    context.run("segment.show", segment=1)
    nothing = "0: mean of 0 of 200 spikes of segment 2"
    assert of(merged, qtbot, "waveforms")._caption.text() == f"{nothing}   {missing}"
    context.run("segment.show", segment=None)
    assert of(merged, qtbot, "waveforms")._caption.text() == f"0: mean of 200 of 400 spikes, 100 drawn   {missing}"
    assert of(merged, qtbot, "drift")._caption.text() == f"2 units   all 800 spikes   {missing}"
    assert quality_now(context.state).unknown["snr"].startswith("day1: The recording was not found")
    context.run("page.match")
    answered(merged, qtbot)
    two = pair_of(merged, qtbot, 0)
    assert two.waveforms.isVisibleTo(two) and [one is None for one in two._pictures.waveforms] == [False, True]
    context.run("page.inspect")
    of(merged, qtbot, "traces")
    context.dialogs.file = tmp_path / "elsewhere" / "day1.bin"
    click(qtbot, traces.find)
    drawn(qtbot, context)
    assert not traces._silent.isVisible() and np.isfinite(traces.traces.window.low).all()
    assert not quality_now(context.state).unknown


def test_the_pause_between_two_recordings_is_empty_and_says_so(window, qtbot, days):
    for day in days:
        open_session_in(qtbot, window.context, day)
    for result_id, began in ((1, "2024-05-06 09:30:00"), (2, "2024-05-06 09:30:10")):
        window.context.run("recordings.began", result_id=result_id, words=began)
    window.context.run("page.match")
    answered(window, qtbot)
    merge(window, qtbot)
    click(qtbot, window.pages["match"].merged.inspect)
    view = of(window, qtbot, "traces")
    go_to(window, qtbot, 3.0)
    assert view.silence.text() == "Between day0 and day1 nothing was recorded (3.000 to 10.000 s)."
    window.context.run("units.select", units=(1,))
    for _ in range(20):  # spikes of the second recording
        qtbot.keyClick(window, Qt.Key.Key_PageDown, Qt.KeyboardModifier.AltModifier)
    drawn(qtbot, window.context)
    assert view._silent.isHidden() and window.context.state.view.time_start > 10
    assert np.isfinite(view.traces.window.low).all()
