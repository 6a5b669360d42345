"""On the page Match two recordings become one: merged, saved, opened; and two halves of one file from the beginning."""

import numpy as np

from spikesift_core.results import SortedRecording
from spikesift_core.session import open_session
from spikesift_core.simulate import simulate
from spikesift_core.tracks import Track
from spikesift_gui import transitions as t
from spikesift_gui.match_words import merged_words
from spikesift_gui.matching import question
from spikesift_gui.pages.inspect import result_words
from spikesift_gui.qt import Qt
from spikesift_gui.selected import recording_hint
from spikesift_gui.state import Job
from tests.gui.helpers import open_session_in, result, settle
from tests.gui.match_helpers import (
    LENGTH,
    SECOND,
    answered,
    click,
    merge,
    merge_button,
    open_results,
    page_of,
    rows,
    sorted_at,
)


def test_two_in_time_order_are_merged_and_inspected_and_saved(opened, qtbot, tmp_path):
    merge(opened, qtbot)
    context = opened.context
    made = context.state.results.current
    assert context.dialogs.asked == [] and made.name == "day 3 + day 4"
    assert made.sorted_recording.segment_boundaries() == [(LENGTH * k, LENGTH * (k + 1)) for k in range(4)]
    parts = [item.sorted_recording for item in context.state.results.items[:2]]
    np.testing.assert_array_equal(made.sorted_recording.spikes(0), np.r_[parts[0].spikes(0), parts[1].spikes(1)])
    page = page_of(opened)
    words = "3 of 4 units were followed through all 4 segments (3 and 4 in each alone). Not saved yet."
    assert page.merged.words.text() == f"day 3 + day 4: {words}" and page.merged.isVisible()
    asked = question(context.state)
    assert (asked.source.result.id, asked.target.result.id) == (1, 2), "what is compared stays"
    context.dialogs.saved = tmp_path / "both"
    click(qtbot, page.merged.save)
    qtbot.waitUntil(lambda: context.state.results.get(made.id).folder is not None)
    settle(qtbot)
    folder = tmp_path / "both.spikesift"
    session = open_session(folder)
    assert session.complete and session.sorted_recording.cluster_ids() == {0, 1, 2}
    assert [part["moved_by"] for part in session.recording_description["parts"]] == [0, 0]
    assert "Saved in" in page.merged.words.text() and page.merged.save.isHidden()
    assert context.state.recent[0].path == folder
    click(qtbot, page.merged.inspect)
    assert (context.state.page, context.state.results.current_id) == ("inspect", made.id)
    context.run("result.close")
    open_session_in(qtbot, context, folder)
    again = context.state.results.current
    assert " · merged · " in result_words(again) and "day 4: Where its recording is was not kept." in context.words[-1]
    hint = recording_hint(context.state, "Waveforms")
    assert "day 3: Where its recording is was not kept. day 4: " in hint.text


def test_overlapping_ones_are_asked_about_and_the_second_is_placed_after_the_first(alone, qtbot):
    open_results(alone, qtbot, second=sorted_at(*SECOND))
    alone.context.dialogs.yes = False
    merge(alone, qtbot)
    assert alone.context.dialogs.asked == ["Place day 4 after day 3?"]
    assert len(alone.context.state.results.items) == 2, "no is taken for an answer"
    alone.context.dialogs.yes = True
    merge(alone, qtbot)
    made = alone.context.state.results.current.sorted_recording
    assert made.segment_boundaries() == [(LENGTH * k, LENGTH * (k + 1)) for k in range(4)]
    second = alone.context.state.results.get(2).sorted_recording
    assert second.start_time() == 0, "the one merged is not changed"
    np.testing.assert_array_equal(made.spikes(0)[-100:], second.spikes(1)[-100:] + 2 * LENGTH)


def test_merging_again_replaces_what_is_not_saved(opened, qtbot):
    merge(opened, qtbot)
    opened.context.run("match.set", max_drift=0)
    answered(opened, qtbot)
    merge(opened, qtbot)
    assert [item.name for item in opened.context.state.results.items] == ["day 3", "day 4", "day 3 + day 4"]
    assert opened.context.state.results.current.settings == {"max_drift": 0, "refuse_above": 0.6}


def test_what_cannot_be_merged_says_why(opened, qtbot):
    context = opened.context
    context.run("match.set", target_id=1)
    click(qtbot, merge_button(opened))
    assert "choose another recording to merge" in opened.said()
    context.run("match.set", target_id=2)
    slow = result(2, "day 4", sorted_recording=sorted_at(*SECOND), sampling_frequency=20000.0)
    context.model.apply(t.put_result, slow)
    click(qtbot, merge_button(opened))
    assert "day 4 was recorded at 20000 Hz, day 3 at 30000 Hz" in opened.said()
    assert "Compare them instead" in opened.said()
    context.model.apply(t.put_result, result(2, "day 4", sorted_recording=sorted_at(*SECOND), sampling_frequency=None))
    click(qtbot, merge_button(opened))
    assert "The sampling frequency of day 4 is not known" in opened.said()
    context.model.apply(t.start_job, Job(99, "sort", "Sorting", 0, 0))
    context.model.apply(t.set_sort_plan, result_id=1)
    click(qtbot, merge_button(opened))
    assert "day 3 is still being sorted" in opened.said()
    context.model.apply(t.end_job, 99)
    assert len(context.state.results.items) == 2


def test_saving_is_for_merged_ones_and_never_on_top_of_something(opened, qtbot, tmp_path):
    context = opened.context
    assert not context.run("match.save") and "cannot be saved" in opened.said()
    merge(opened, qtbot)
    (tmp_path / "taken.spikesift").mkdir()
    context.dialogs.saved = tmp_path / "taken.spikesift"
    assert not context.run("match.save") and "choose another name" in opened.said()
    context.dialogs.saved = None
    assert context.run("match.save") and context.state.results.current.folder is None


# ---------------------------------------------------------------- two halves of one file, from beginning to end


def type_into(qtbot, field, number):
    field.selectAll()
    qtbot.keyClicks(field, str(number))
    qtbot.keyClick(field, Qt.Key.Key_Return)
    settle(qtbot)


def sort_here(window, qtbot):
    window.context.run("page.sort")
    settle(qtbot)
    click(qtbot, window.pages["sort"]._run_panel.start)
    qtbot.waitUntil(lambda: window.context.state.job("sort") is None)
    settle(qtbot)


def test_the_two_halves_of_one_file_are_sorted_as_two_and_matched(window, qtbot, tmp_path):
    made = simulate(tmp_path / "day1", channels=8, seconds=8, units=5, seed=1)
    half = 120_000
    context = window.context
    context.run("probe.import", path=made.probe_file)
    context.run("recording.open", path=made.binary_file)
    context.run("recording.set", channels=8)
    context.run("settings.set", name="min_segment_length", value=2)
    settle(qtbot)
    fields = window.pages["recording"].form.fields
    type_into(qtbot, fields["num_samples"], half)
    sort_here(window, qtbot)
    context.run("page.recording")
    settle(qtbot)
    for name, number in (("sample_offset", half), ("recording_offset", half), ("num_samples", 0)):
        type_into(qtbot, fields[name], number)
    assert context.state.checked.recording.num_samples == half
    sort_here(window, qtbot)
    first, second = (item.sorted_recording for item in context.state.results.items)
    assert (first.start_time(), first.end_time(), second.start_time(), second.end_time()) == (0, half, half, 2 * half)
    context.run("page.match")
    answered(window, qtbot)
    page = page_of(window)
    assert [field.currentText() for field in (page.source, page.target)] == ["day1", "day1-2"]
    assert sum(row[4] == "clear" for row in rows(window)) >= 2
    merge(window, qtbot)
    joined = context.state.results.current
    assert context.dialogs.asked == ["Sort again?"] and len(joined.sorted_recording) >= 2
    assert joined.sorted_recording.segment_boundaries()[-1][1] == 2 * half


def test_the_words_of_a_merge_count_units_that_were_followed_over_gaps(context):
    """As the list of recordings and the terminal do; their chains alone are broken everywhere."""
    broken = sorted_at(*SECOND)
    chain = [np.full(len(links), -1) for links in broken.assignment_chain]
    units = [Track(unit, ((0, unit), (1, unit))) for unit in range(len(broken.sorted_segments[0]))]
    followed = SortedRecording(broken.sorted_segments, chain, broken.probe, followed=units)
    assert len(followed) == 0
    for number in (1, 2):
        context.model.apply(t.put_result, result(number, f"day {number}", sorted_recording=followed))
    made = result(3, "both", sorted_recording=followed, joined_from=(1, 2), merged=True)
    words = "4 of 4 units were followed through all 2 segments (4 and 4 in each alone)."
    assert merged_words(context.state, made) == words
