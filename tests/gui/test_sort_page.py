"""A recording is sorted by clicks: settings, cancel, to the end, the session on disk, opened again."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from spikesift_core.merging import shifted
from spikesift_core.progress import Progress, run_to_end
from spikesift_core.results import SortedRecording
from spikesift_core.session import open_session
from spikesift_core.simulate import simulate
from spikesift_core.sort_to_session import free_folder, session_folder, sort_to_session
from spikesift_core.sorting import SegmentSorted
from spikesift_core.tracks import Track, track_spikes
from spikesift_gui.commands.sort import not_ready
from spikesift_gui.pages.sort import checks, folder_words, found_words
from spikesift_gui.qt import Qt, QtWidgets
from spikesift_gui.sorting_job import Found, SortingJob
from spikesift_gui.state import Job
from spikesift_gui.status import sort_status
from spikesift_gui.transitions import put_result, set_sort_plan
from spikesift_gui.widgets.run_panel import progress_words
from spikesift_gui.widgets.segment_table import SegmentTable, segment_rows
from spikesift_gui.widgets.unit_paths import unit_paths
from tests.gui.helpers import open_session_in, result, settle, sorted_recording


@pytest.fixture(scope="session")
def simulated(tmp_path_factory):
    """Six seconds of eight channels with four units, each with some ten spikes or more in every half second."""
    base = tmp_path_factory.mktemp("simulated") / "sim"
    return simulate(base, channels=8, seconds=6, units=4, rate=(20, 40), seed=3)


@pytest.fixture
def files(simulated, tmp_path):
    """A copy of the recording and its probe in a folder of its own."""
    copy = tmp_path / "day1.bin"
    copy.write_bytes(simulated.binary_file.read_bytes())
    return copy, simulated.probe_file


@pytest.fixture
def ready(window, qtbot, files):
    """The window on the page Sort with everything there, cut into short segments."""
    run = window.context.run
    run("probe.import", path=files[1])
    run("recording.open", path=files[0])
    run("recording.set", channels=8, sampling_frequency=30000.0)
    run("settings.set", name="min_segment_length", value=0.5)
    run("page.sort")
    settle(qtbot)
    assert window.context.state.checked.recording is not None
    return window


def page_of(window):
    return window.pages["sort"]


def click(qtbot, widget):
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def sort_by_click(qtbot, window, button="start"):
    click(qtbot, getattr(page_of(window)._run_panel, button))
    qtbot.waitUntil(lambda: not window.context.state.jobs)
    settle(qtbot)


def test_what_is_missing_is_said_with_the_step_that_brings_it(window, qtbot, files):
    page, context = page_of(window), window.context
    context.run("page.sort")
    settle(qtbot)
    assert page.shown_hint
    context.run("recording.open", path=files[0])
    context.run("page.sort")
    settle(qtbot)
    assert not page.shown_hint
    click(qtbot, page._run_panel.start)
    assert "number of channels" in context.words[-1] and not context.state.jobs
    step = next(b for b in page.findChildren(QtWidgets.QPushButton) if b.text() == "Go to Probe")
    click(qtbot, step)
    assert context.state.page == "probe"


def test_settings_are_changed_marked_and_reset(ready, qtbot):
    page, context = page_of(ready), ready.context
    assert page._changed.text() == "1 changed"
    field = page.form.fields["detection_sensitivity"]
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "8")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    settle(qtbot)
    assert context.state.settings.given["detection_sensitivity"] == 8 and field.property("kind") == "changed"
    click(qtbot, page.reset)
    settle(qtbot)
    assert context.state.settings.given == {} and field.value() == 6.7 and not page.reset.isVisible()
    context.run("edit.undo")
    assert context.state.settings.given["detection_sensitivity"] == 8


def test_sorted_to_the_end_saved_and_opened_again(ready, qtbot, files):
    page, context = page_of(ready), ready.context
    assert page._folder.text() == str(files[0].with_suffix(".spikesift"))
    sort_by_click(qtbot, ready)
    result = context.state.results.current
    assert result.complete and context.state.problems == () and len(result.tracks) >= 3
    folder = files[0].with_suffix(".spikesift")
    assert result.folder == folder and f"Saved in {folder}" in context.state.sort_plan.ended
    assert page._table.model().rowCount() == len(result.sorted_recording.sorted_segments) > 1
    assert f"{len(result.tracks)} units" in page._found.text()
    saved = open_session(folder)
    assert saved.complete and saved.settings["min_segment_length"] == 0.5 and saved.preset == "default"
    before = {track.id: track_spikes(result.sorted_recording, track) for track in result.tracks}

    context.run("result.close")
    open_session_in(qtbot, context, folder)
    again = context.state.results.current
    assert context.state.page == "inspect" and again.recording is not None
    for track in again.tracks:
        assert np.array_equal(track_spikes(again.sorted_recording, track), before.pop(track.id))
    assert before == {}


def test_a_unit_that_comes_back_after_a_gap_is_not_new_and_no_line_leads_over_the_gap():
    one = sorted_recording()
    segments = [one.sorted_segments[0], *shifted(one, 100_000).sorted_segments[:2]]
    sizes = [len(segment) for segment in segments]
    units = [Track(0, ((0, 0), (2, 0)))]
    others = [(s, k) for s, size in enumerate(sizes) for k in range(size) if (s, k) not in units[0].members]
    units += [Track(number, (place,)) for number, place in enumerate(others, 1)]
    chain = [np.full(size, -1) for size in sizes[:-1]]
    found = SortedRecording(segments, chain, one.probe, followed=units)
    rows = segment_rows(result(sorted_recording=found), 30_000.0)
    assert [row[3] for row in rows] == ["–", "0", "1"], "known"
    assert rows[2][4] == f"{sizes[2] - 1} / {sizes[1]}", "new / lost"
    path = unit_paths(found, tuple(units), 30_000.0)[0]
    assert path.joined.tolist() == [True, False, True, True] and not path.lost


def test_the_numbers_of_a_day_of_segments_fit_into_the_table(qtbot):
    table = SegmentTable()
    qtbot.addWidget(table)
    row = ("8640", "86390.0 – 86400.0", "2500", "2400", "100 / 100")
    table.show_rows([row])
    for scale in (0.75, 1.0, 1.5):
        table.fit(scale)
        for place, words in enumerate(row):
            assert table.columnWidth(place) > table.fontMetrics().horizontalAdvance(words)


def test_the_next_step_after_sorting_is_to_inspect(ready, qtbot):
    sort_by_click(qtbot, ready)
    panel = page_of(ready)._run_panel
    assert panel.inspect.isVisible() and not panel.start.isVisible()
    mine = ready.context.state.results.current
    ready.context.model.apply(put_result, result(99, "another", sampling_frequency=30000.0))
    settle(qtbot)
    click(qtbot, panel.inspect)
    assert ready.context.state.page == "inspect" and ready.context.state.results.current is mine


def test_cancel_keeps_the_segments_that_are_finished(ready, qtbot, files, monkeypatch):
    context = ready.context
    cancel_after(monkeypatch, qtbot, context, segments=2)
    click(qtbot, page_of(ready)._run_panel.start)
    qtbot.waitUntil(lambda: not context.state.jobs)
    settle(qtbot)
    ended = context.state.sort_plan.ended
    saved = open_session(files[0].with_suffix(".spikesift"))
    result = context.state.results.current
    kept = len(result.sorted_recording.sorted_segments)
    assert ended.startswith("Sorting cancelled. The first") and "are kept" in ended
    assert saved.state == "cancelled" and saved.segments == kept >= 2 and not result.complete
    assert page_of(ready)._run_panel.again.isVisible()
    assert sort_status(context.state).kind == "warning" and "in part" in sort_status(context.state).text


def cancel_after(monkeypatch, qtbot, context, segments):
    """Ask to cancel as a person would, once so many segments are shown; the job waits for it."""
    asked = threading.Event()
    real = SortingJob.run

    def run(self):
        for event in iter_with_return(real(self)):
            yield event
            if isinstance(event, Found) and len(event.sorted_recording.sorted_segments) >= segments:
                assert asked.wait(60)

    monkeypatch.setattr(SortingJob, "run", run)
    monkeypatch.setattr("spikesift_gui.sorting_job.SHARE_FOR_PICTURES", 1e9)  # every segment is shown at once

    def follow(_before, after):
        result, job = after.results.current, after.job("sort")
        if job and not job.cancelling and result and len(result.sorted_recording.sorted_segments) >= segments:
            panel = context.dialogs.parent.pages["sort"]._run_panel
            panel.show_state(after, context.dialogs.parent.pages["sort"].palette_now)
            click(qtbot, panel.cancel)
            asked.set()

    context.model.changed.connect(follow)


def iter_with_return(generator):
    try:
        yield from generator
    finally:
        generator.close()


def test_sorting_again_asks_and_keeps_the_old_result(ready, qtbot, files):
    context = ready.context
    sort_by_click(qtbot, ready)
    old = files[0].with_suffix(".spikesift")
    written = (old / "session.json").read_bytes()
    context.dialogs.yes = False
    click(qtbot, page_of(ready)._run_panel.again)
    assert context.dialogs.asked[-1] == "Sort again?" and not context.state.jobs
    context.dialogs.yes = True
    sort_by_click(qtbot, ready, "again")
    assert [result.folder.name for result in context.state.results.items] == ["day1.spikesift", "day1-2.spikesift"]
    assert (old / "session.json").read_bytes() == written
    assert context.state.results.current.name == "day1-2"


def test_the_folder_can_be_chosen(ready, qtbot, files, tmp_path):
    context = ready.context
    context.dialogs.folder = tmp_path / "results"
    context.dialogs.folder.mkdir()
    context.run("sort.choose_folder")
    qtbot.waitUntil(lambda: page_of(ready)._folder.text() == str(tmp_path / "results" / "day1.spikesift"))
    context.dialogs.folder = tmp_path / "nowhere"
    context.run("sort.choose_folder")
    assert "Nothing can be written" in context.state.problems[-1].words
    context.run("sort.beside")
    assert folder_words(context.state) == str(files[0].with_suffix(".spikesift"))


def test_threads_are_chosen_in_the_field(ready, qtbot):
    field = page_of(ready).threads
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "3")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert ready.context.state.sort_plan.threads == 3


def test_a_failure_is_said_in_words_and_keeps_what_is_finished(ready, qtbot, files, monkeypatch):
    context = ready.context
    real = SortingJob.run

    def run(self):
        for event in iter_with_return(real(self)):
            yield event
            if isinstance(event, Found):
                raise ValueError("The disk is full.")

    monkeypatch.setattr(SortingJob, "run", run)
    sort_by_click(qtbot, ready)
    assert context.state.problems[-1].words == "The disk is full."
    assert "Sorting stopped by an error. The first segment" in context.state.sort_plan.ended
    assert open_session(files[0].with_suffix(".spikesift")).segments >= 1


def test_a_gain_is_kept_with_the_session(ready, qtbot, files):
    context = ready.context
    context.run("recording.set", gain=0.195)
    sort_by_click(qtbot, ready)
    context.run("result.close")
    open_session_in(qtbot, context, files[0].with_suffix(".spikesift"))
    assert context.state.results.current.gain == 0.195


def test_words_of_the_progress():
    measuring = Job(1, "sort", "Sorting", 0, 1, Progress("Measuring the noise", 100, 400, "ms of recording"))
    assert progress_words(measuring) == "100 of 400 ms of recording"
    sorting = Job(1, "sort", "Sorting", 0, 10, Progress("Sorting segments", 30, 120, "s of recording"))
    assert progress_words(sorting) == "30 s of 2 min of recording · 3.0 × real time · 30 s left"


def test_checks_name_the_recording(ready):
    (check,) = checks(ready.context.state)
    assert check.kind == "ok" and check.text == "day1.bin: 8 channels, 30 kHz, 6 s"


def test_options_are_chosen_in_the_form_and_kept_with_the_session(ready, qtbot, files):
    context, form = ready.context, page_of(ready).form
    assert context.state.settings.given == {"min_segment_length": 0.5}
    field = form.fields["exclude_channels"]
    field.setFocus()
    qtbot.keyClicks(field, "6")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert context.state.settings.given["exclude_channels"] == (6,)
    sort_by_click(qtbot, ready)
    saved = open_session(files[0].with_suffix(".spikesift"))
    assert saved.settings["exclude_channels"] == [6] and saved.settings["dead_channels"] == "exclude"
    assert saved.sorted_recording.excluded == {6: "excluded by hand"}
    assert "Left out: channel 6 (excluded by hand)." in page_of(ready)._found.text()
    context.run("result.close")
    open_session_in(qtbot, context, files[0].with_suffix(".spikesift"))
    assert context.state.results.current.sorted_recording.excluded == {6: "excluded by hand"}


def test_what_the_options_cannot_do_is_said_before_sorting(ready, qtbot):
    context = ready.context
    context.run("settings.set", name="common_reference", value="median")
    settle(qtbot)
    *_, check = checks(context.state)
    assert check.kind == "error" and "needs at least 16 channels, there are 8" in check.text
    assert context.run("sort.start") is False and not context.state.jobs
    context.run("settings.set", name="common_reference", value="none")
    context.run("settings.set", name="exclude_channels", value=(8,))
    assert "names 8, but the recording has 8 channels, 0 to 7" in not_ready(context.state)


# The job by itself


def test_a_segment_that_was_yielded_is_on_the_disk(simulated, tmp_path):
    folder = tmp_path / "a.spikesift"
    seen = 0
    for event in sort_to_session(simulated.recording(), folder, min_segment_length=0.5, notes={"gain": 2.0}):
        if isinstance(event, SegmentSorted):
            seen += 1
            assert open_session(folder).segments == seen
    saved = open_session(folder)
    assert seen > 1 and saved.complete and saved.notes == {"gain": 2.0}


def test_a_session_without_a_finished_segment_is_removed(simulated, tmp_path):
    job = sort_to_session(simulated.recording(), tmp_path / "a.spikesift")
    next(job)
    assert (tmp_path / "a.spikesift").exists()
    job.close()
    assert list(tmp_path.iterdir()) == []


def test_a_taken_folder_is_refused_before_anything_is_read(simulated, tmp_path):
    run_to_end(sort_to_session(simulated.recording(), tmp_path / "a.spikesift"))
    with pytest.raises(ValueError, match="holds a session already"):
        sort_to_session(simulated.recording(), tmp_path / "a.spikesift")


def test_free_names(tmp_path):
    usual = session_folder(tmp_path / "rec.bin")
    assert usual == tmp_path / "rec.spikesift" and free_folder(usual) == usual
    usual.mkdir()
    (tmp_path / "rec-2.spikesift").mkdir()
    assert free_folder(usual) == tmp_path / "rec-3.spikesift"
    assert session_folder("rec.bin", tmp_path / "b") == tmp_path / "b" / "rec.spikesift"


def test_another_recording_is_not_sorted_yet(window, qtbot, recording_file):
    window.context.model.apply(put_result, result(1, "day 1"))
    window.context.model.apply(set_sort_plan, result_id=1, ended="Sorted: 3 units.")
    window.context.run("recording.open", path=recording_file)
    window.context.run("page.sort")
    settle(qtbot)
    page = window.pages["sort"]
    page.tabs.setCurrentIndex(1)
    assert not page._live_card.isVisible() and page._nothing.isVisible() and page._run_panel.start.isVisible()
    status = sort_status(window.context.state)
    assert status.kind == "todo" and "not sorted yet" in status.text


def test_the_preview_is_shown_of_a_recording_opened_after_one_that_was_sorted(window, qtbot, recording_file):
    window.context.model.apply(put_result, result(1, "day 1"))
    window.context.model.apply(set_sort_plan, result_id=1, ended="Sorted: 3 units.")
    window.context.run("page.sort")
    page = window.pages["sort"]
    page.tabs.setCurrentIndex(1)
    settle(qtbot)
    window.context.run("recording.open", path=recording_file)
    window.context.run("page.sort")
    settle(qtbot)
    assert page.tabs.currentWidget() is page.preview


def test_how_many_units_there_are_in_words():
    one = result(sorted_recording=sorted_recording(1, 1))
    assert found_words(one) == "1 unit in one segment. Each line is a unit."
    assert found_words(replace(one, complete=False)) == "1 unit in the first segment. Each line is a unit."
    assert found_words(result()).startswith("3 units in 2 segments: 3 in all of them, 0 partly.")
