from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spikesift_core.parameters import DEFAULT_PRESET, PRESETS
from spikesift_core.probe_contacts import layout
from spikesift_core.progress import Progress
from spikesift_core.recording import Recording
from spikesift_gui import transitions as t
from spikesift_gui.state import Job, Problem, RecordingDraft, State
from tests.gui.helpers import result


def test_a_result_brings_its_probe_with_shanks_and_sizes(tmp_path):
    path, probe = tmp_path / "a.bin", layout([[0, 0], [200, 0]], [0, 1], [[12, 0], [12, 0]], "NP2013")
    np.zeros((10, 2), np.int16).tofile(path)
    recording = Recording(binary_file=path, data_type="int16", probe_geometry=probe, sampling_frequency=30_000.0)
    state = t.take_recording(State(), replace(result(), recording=recording))
    taken = state.probe.layout
    assert state.recording.num_samples is None, "all of the file, also when another part is skipped"
    assert (taken.shanks.tolist(), taken.sizes.tolist(), taken.part) == ([0, 1], [[12, 0], [12, 0]], "NP2013")


def test_channels_left_out_are_those_of_one_file():
    first, second = RecordingDraft(path=Path("a.bin")), RecordingDraft(path=Path("b.bin"))
    drawn = t.set_parameter(State(), "exclude_channels", (3, 5))
    opened = t.new_recording(drawn, first)
    assert opened.settings.given == {"exclude_channels": (3, 5)} == t.new_recording(opened, first).settings.given
    assert t.new_recording(opened, second).settings.given == {}


def job(job_id=1, kind="sort"):
    return Job(job_id, kind, "Sorting", started=10.0, now=10.0)


def test_a_transition_leaves_the_state_before_as_it_was():
    before = State()
    after = t.set_recording(before, channels=4)
    assert before.recording.channels is None and after.recording.channels == 4
    assert after.probe is before.probe


def test_probe_positions_are_fixed_and_contacts_inside():
    state = t.set_probe(State(), [[0, 0], [0, 20]], source="two", chosen=(1, 1, 7))
    assert state.probe.positions.dtype == np.float32 and not state.probe.positions.flags.writeable
    assert state.probe.chosen == (1,) and state.probe.source == "two"
    assert t.choose_contacts(state, [5, 0, 0]).probe.chosen == (0,)


def test_channels_not_known_yet_follow_the_probe_and_known_ones_stay():
    assert t.set_probe(State(), [[0, 0], [0, 20]]).recording.channels == 2
    assert t.set_probe(t.set_recording(State(), channels=8), [[0, 0]]).recording.channels == 8


def test_a_parameter_equal_to_the_preset_is_not_given():
    state = t.set_parameter(State(), "detection_sensitivity", 6)
    assert state.settings.given == {"detection_sensitivity": 6.0}
    usual = PRESETS[DEFAULT_PRESET]["detection_sensitivity"]
    assert t.set_parameter(state, "detection_sensitivity", usual).settings.given == {}
    assert t.set_preset(state, "published").settings.given == {}


def test_a_parameter_that_is_not_allowed_is_refused_in_words():
    with pytest.raises(ValueError, match="merging_threshold must be between 0 and 1"):
        t.set_parameter(State(), "merging_threshold", 2)
    with pytest.raises(ValueError, match="preset must be one of"):
        t.set_preset(State(), "magic")


def test_jobs_come_report_and_go():
    state = t.start_job(t.start_job(State(), job(1)), job(2, "warm-up"))
    state = t.progress_job(state, 1, Progress("Sorting", 1, 4), now=12.0)
    state = t.cancelling_job(state, 2)
    assert state.job("sort").progress.fraction == 0.25 and state.job("sort").now == 12.0
    assert state.job("warm-up").cancelling and not state.job("sort").cancelling
    assert t.end_job(state, 1).jobs == (state.job("warm-up"),)


def test_a_result_keeps_its_id_while_segments_arrive():
    state = t.put_result(State(), result(1))
    state = t.put_result(state, result(1, name="grown"))
    assert [item.name for item in state.results.items] == ["grown"] and state.results.next_id == 2
    assert t.close_result(state, 1).results.next_id == 2, "ids are never used twice"


def test_selection_belongs_to_the_result_and_to_units_that_exist():
    state = t.select_units(t.put_result(State(), result(1)), [2, 0, 2, 99])
    assert state.selection.units == (2, 0)
    assert t.show_result(state, 1).selection.units == (2, 0), "the same result keeps it"
    assert t.put_result(state, result(2)).selection.units == ()
    assert t.put_result(state, result(2), show=False).selection.units == (2, 0)


def test_closing_a_result_shows_another_and_forgets_its_match():
    state = t.put_result(t.put_result(State(), result(1)), result(2))
    state = t.set_match(state, source_id=1, target_id=2, max_drift=40)
    state = t.close_result(state, 2)
    assert state.results.current_id == 1
    assert (state.match.source_id, state.match.target_id, state.match.max_drift) == (None, None, 40)
    state = t.close_result(state, 1)
    assert state.results.current is None and state.results.items == ()


def test_a_new_question_clears_the_old_match():
    state = t.set_match(State(), tried="answer", pair=3, problem="")
    assert state.match.tried == "answer"
    assert t.set_match(state, pair=4).match.tried == "answer"
    asked = t.set_match(state, max_drift=10).match
    assert asked.tried is None and asked.pair is None


def test_undo_and_redo_put_back_only_their_parts():
    before = State()
    drawn = t.remember(t.set_probe(before, [[0, 0]]), "Draw", before, ("probe",))
    moved_on = t.go_to_page(drawn, "sort")
    undone = t.undo(moved_on)
    assert len(undone.probe) == 0 and undone.page == "sort"
    again = t.redo(undone)
    assert again.probe is drawn.probe and again.history.done == drawn.history.done
    assert t.redo(again) is again and t.undo(before) is before


def test_a_new_step_ends_what_could_be_done_again_and_no_change_is_no_step():
    before = State()
    first = t.remember(t.set_preset(before, "published"), "Preset", before, ("probe",))
    assert first.history.done == ()
    drawn = t.undo(t.remember(t.set_probe(before, [[0, 0]]), "Draw", before, ("probe",)))
    assert drawn.history.undone
    drawn_again = t.remember(t.set_probe(drawn, [[1, 1]]), "Draw", drawn, ("probe",))
    assert drawn_again.history.undone == () and len(drawn_again.history.done) == 1


def test_undo_of_a_part_that_does_not_exist_is_a_programming_error():
    before = State()
    with pytest.raises(AttributeError):
        t.remember(t.go_to_page(before, "sort"), "x", before, ("nonsense",))


def test_recent_files_latest_first_each_once():
    state = State()
    for number in [*range(20), 15]:
        state = t.add_recent(state, "recording", Path(f"{number}.bin"))
    names = [entry.path.name for entry in state.recent]
    assert names[:3] == ["15.bin", "19.bin", "18.bin"] and len(names) == len(set(names)) == t.MOST_RECENT


def test_options_scale_and_problems():
    state = t.set_option(t.set_option(State(), "isi", "bin_ms", 1), "raster", "sort", "depth")
    assert state.view.options == {"isi.bin_ms": 1, "raster.sort": "depth"}
    assert t.set_appearance(State(), scale=9).appearance.scale == t.LARGEST_SCALE
    for number in range(60):
        state = t.add_problem(state, Problem(str(number), ""))
    assert len(state.problems) == t.MOST_PROBLEMS and state.problems[-1].title == "59"
    assert t.dismiss_problem(state).problems[-1].title == "58"
