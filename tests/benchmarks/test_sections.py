"""The helpers of the benchmarks: figures, the page, scores, changes of the engine, timers; no recording is sorted."""

import importlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import ablation
import accuracy
import changes
import numpy as np
import pytest
import recordings
import stage_times
from bench import SECTIONS, chosen_sections
from page import NotMeasured, Options, Section, arrow, merged, ratios, spread, table
from recordings import Case, read_through, repeated, true_trains
from runs import Program, RunFailed, one_run
from scores import Found, score_units

from spikesift_core import warmup
from spikesift_core.stages import unit_joining, units

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"


# ---------------------------------------------------------------- the page


def test_every_file_with_a_section_is_in_the_table():
    files = [path for path in BENCHMARKS.glob("*.py") if "\nSECTION = Section(" in path.read_text(encoding="utf-8")]
    assert {importlib.import_module(path.stem).SECTION for path in files} == set(SECTIONS)
    assert len({section.key for section in SECTIONS}) == len({section.title for section in SECTIONS}) == len(SECTIONS)


def test_sections_are_chosen_by_name_and_an_unknown_one_is_named():
    assert chosen_sections(None) == SECTIONS
    assert [section.key for section in chosen_sections("length, speed")] == ["speed", "length"]
    with pytest.raises(ValueError, match="no section 'sped'; there are: speed, "):
        chosen_sections("sped")


def test_a_section_measured_anew_replaces_its_own_figures_only():
    first, second, third = (Section(key, f"Title {key}", lambda options: "") for key in "abc")
    page = merged("", (first, second), {"Title b": "## Title b\n\n*Monday*\n\nold b\n"})
    page = merged(page, (first, second, third), {"Title a": "## Title a\n\n*Tuesday*\n\n### more\n\nnew a\n"})
    parts = page.split("\n## ")[1:]
    assert [part.strip() for part in parts] == [
        "Title a\n\n*Tuesday*\n\n### more\n\nnew a",
        "Title b\n\n*Monday*\n\nold b",
    ]
    assert merged(page, (second,), {}).count("\n## ") == 1
    assert merged(page, (first, second, third), {}) == page


def test_figures_and_tables():
    assert ratios([2.0, 4.0], [1.0, 8.0]) == [0.5, 2.0]
    assert spread([3.0, 1.0, 2.5]) == "2.50 (1.00 to 3.00)"
    assert spread([1.234], "{:.1f}") == "1.2"
    assert arrow([0.5, 0.75], "{:.2f}") == "0.50 → 0.75"
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"
    with pytest.raises(ValueError, match="3 cells for 2 columns"):
        table(("a", "b"), [("1", "2", "3")])


def test_options_choose_recordings():
    full, quick = (Case(32, 1, 1), Case(128, 1, 1)), (Case(4, 1, 1),)
    assert Options(False, 5).chosen(full, quick) == full
    assert Options(False, 5, 128).chosen(full, quick) == full[1:]
    assert Options(True, 2).chosen(full, quick) == quick
    with pytest.raises(NotMeasured, match="none of its recordings has 64 channels"):
        Options(True, 2, 64).chosen(full, quick)


def test_what_was_aimed_at():
    assert accuracy.Group("", (), 0.75).wanted(0.6) == 0.75
    assert accuracy.Group("", (), 0.10, more=True).wanted(0.6) == pytest.approx(0.7)
    assert accuracy.Group("", ()).wanted(0.6) is None
    recordings = [one for group in accuracy.GROUPS for one in group.recordings]
    assert len({one.name for one in recordings}) == len(recordings)


def test_rows_of_the_accuracy_table_leave_out_false_units_where_the_truth_is_partial():
    known, partial = Case(4, 1, 2), accuracy.Stored("x", 4, 30_000.0, partial=True)
    better, worse = (Found(np.array([a, 0.5]), int(a > 0.8), 1, 0, 3) for a in (1.0, 0.5))
    ones = [accuracy.Compared(one, (worse, better), (2.0, 1.0)) for one in (known, partial)]
    assert accuracy.row(ones[0])[1:] == ("0.50 → 0.75", "0 → 1 of 2", "1 → 1", "0 → 0", "3 → 3", "0.50")
    assert accuracy.row(ones[1])[3:6] == ("–", "0 → 0", "–")
    row = accuracy.group_row("both", ones, accuracy.Group("", (), 0.74))
    assert row[1:5] == ("2", "0.50 → 0.75", "0.74: reached", "0 → 2 of 4")
    assert row[8:] == ("0 of 2", "0.50")


def test_an_ablation_that_changes_nothing_is_told_from_one_that_does():
    one = Found(np.array([0.9, 0.5]), 1, 0, 0, 2)
    other = Found(np.array([0.8, 0.5]), 1, 1, 0, 3)
    assert ablation.row("same", [one, one], [one, one])[2:4] == ("changes nothing", "0 / 0")
    assert ablation.row("worse", [one, other], [one, one])[2:] == ("-0.025", "1 / 0", "2", "1", "0")
    more_false = Found(one.accuracy, 1, 1, 0, 3)
    assert ablation.row("false", [more_false], [one])[2] == "+0.000"


# ---------------------------------------------------------------- recordings and scores


def test_names_of_files_differ_where_recordings_do():
    cases = [Case(4, 60, 6), Case(4, 60, 6, probe="tetrode"), Case(4, 60, 6, {"seed": 2}), Case(4, 61, 6)]
    assert len({case.file for case in cases}) == len(cases)


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.setattr(recordings, "WORK", tmp_path)
    return Case(4, 0.5, 2, {"drift": 0.0, "drift_kind": "none", "rate": (40.0, 50.0)}, probe="tetrode")


def test_a_repeated_recording_is_the_short_one_over_and_over_and_is_removed(small):
    short = recordings.binary_file(small.prepared()).read_bytes()
    with repeated(small, 3) as description:
        file = recordings.binary_file(description)
        assert file.read_bytes() == 3 * short
        read_through(description)
    assert not file.exists()
    assert not description.exists()


def test_the_same_recording_as_float32_is_in_uv(small):
    integers = np.fromfile(recordings.binary_file(small.prepared()), np.int16)
    description = replace(small, floats=True).prepared()
    content = json.loads(description.read_text(encoding="utf-8"))["recording"]
    assert content["data_type"] == "float32" and content["probe_geometry"]
    np.testing.assert_allclose(np.fromfile(content["binary_file"], np.float32), integers * 0.195, rtol=1e-6)
    assert [len(train) for train in true_trains(description)[0]] == [
        len(train) for train in true_trains(small.prepared())[0]
    ]


def test_truth_lies_beside_the_recording_or_where_the_description_says(small, tmp_path):
    description = small.prepared()
    trains, frequency = true_trains(description)
    assert (len(trains), frequency) == (2, 30_000.0)
    np.savez(tmp_path / "other.npz", times=np.array([5, 3, 4]), labels=np.array([7, 7, 9]))
    content = json.loads(description.read_text(encoding="utf-8")) | {"truth": str(tmp_path / "other.npz")}
    description.write_text(json.dumps(content), encoding="utf-8")
    assert [train.tolist() for train in true_trains(description)[0]] == [[3, 5], [4]]


def test_a_unit_in_two_halves_is_split_and_one_with_a_stray_piece_is_not():
    truth = [np.arange(0, 300_000, 1000), np.arange(500, 300_000, 1500)]
    whole = score_units(truth, truth, 30_000.0)
    assert (whole.mean, whole.found, whole.false, whole.split, whole.sorted) == (1.0, 2, 0, 0, 2)
    halves = score_units(truth, [truth[0][:200], truth[0][200:], truth[1]], 30_000.0)
    assert (halves.split, halves.false, halves.found) == (1, 0, 1)
    stray = score_units(truth, [truth[0][10:], truth[0][:10], truth[1]], 30_000.0)
    assert (stray.split, stray.false) == (0, 1)
    nothing = score_units(truth, [], 30_000.0)
    assert (nothing.mean, nothing.sorted, nothing.split) == (0.0, 0, 0)


def test_a_program_that_fails_says_why(tmp_path):
    with pytest.raises(RunFailed, match="Nobody failed on missing.json(.|\n)*No module named 'json.nobody'"):
        one_run(Program("Nobody", "json.nobody"), tmp_path / "missing.json")


# ---------------------------------------------------------------- changes and timers


@pytest.mark.parametrize("key", changes.CHANGES)
def test_a_change_names_what_is_there_and_is_taken_back(key):
    change = changes.CHANGES[key]
    assert changes.missing(change) == []
    before = {name: changes._value(name) for name in change.names()}
    with changes.applied(key) as finish:
        during = {name: changes._value(name) for name in change.names()}
        assert all(during[name] is not before[name] for name in before), "the value is what it was"
        assert callable(finish)
    assert {name: changes._value(name) for name in change.names()} == before


def test_what_is_part_of_a_kernel_is_compiled_anew():
    for change in changes.CHANGES.values():
        assert change.compiled == any(name.startswith("spikesift_core.kernels.") for name in change.names())


def test_a_changed_kernel_is_not_compiled_by_a_process_without_the_change(monkeypatch):
    monkeypatch.setattr(warmup, "_start_helper", lambda: "helper")
    with changes.applied("dip"):
        assert warmup._start_helper() is None
    with changes.applied("shift"):
        assert warmup._start_helper() == "helper"


SPIKES_CUT = """
import sys
import numpy as np
from changes import applied
from spikesift_core.kernels.isolate import one_unit

rng = np.random.default_rng(3)  # two units of one shape, too alike but for the two modes
centres = np.repeat([[20, 10, 5], [14, 7, 3.5]], 200, axis=0)
features = rng.normal(centres, 1).astype(np.float32)
with applied(sys.argv[1]):
    print(one_unit(features, rng.permutation(400), 0.4, 5.0, features[0, :0], np.empty(400, np.int64)))
"""


@pytest.mark.parametrize(("key", "spikes"), [("dip", 400), ("threshold8", 200)])
def test_a_change_reaches_the_kernel_it_is_part_of(tmp_path, key, spikes):
    """In a process of its own, as in a measurement; the second change has nothing to do with it."""
    variables = {"NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join([str(BENCHMARKS), str(ROOT)])}
    if not changes.CHANGES[key].compiled:
        variables.pop("NUMBA_CACHE_DIR")
    command = [sys.executable, "-c", SPIKES_CUT, key]
    done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == pytest.approx(spikes, abs=10)


def test_a_skipped_function_gives_back_its_first_argument_wherever_it_is_known():
    with changes.applied("joining"):
        assert units.join_alike is unit_joining.join_alike
        assert units.join_alike([1, 2], None, samples=3) == [1, 2]


def test_a_change_that_names_nothing_is_refused(monkeypatch):
    names = {"spikesift_core.stages.nowhere:X": 1, "spikesift_core.kernels.isolate:SHARPNESS": 1}
    monkeypatch.setitem(changes.CHANGES, "odd", changes.Change("odd", constants=names))
    with pytest.raises(LookupError, match="'odd'.*stages.nowhere:X, .*isolate:SHARPNESS"), changes.applied("odd"):
        pass


def test_the_stages_that_are_timed_are_there():
    assert stage_times.missing() == []


def test_timers_charge_each_function_with_its_own_time(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(stage_times.time, "perf_counter", lambda: now[0])
    timers = stage_times.Timers()

    def passing(seconds, then=None):
        now[0] += seconds
        return then() if then else seconds

    kernel = timers.timed(passing, kernel="k")
    inner = timers.timed(passing, "inner")
    outer = timers.timed(passing, "outer")
    assert outer(1, lambda: inner(2, lambda: kernel(4))) == 4
    outer(8, lambda: kernel(16))
    assert timers.seconds == {("outer", ""): 9, ("inner", ""): 2, ("inner", "k"): 4, ("outer", "k"): 16}
    assert timers.calls == {("outer", ""): 2, ("inner", ""): 1, ("inner", "k"): 1, ("outer", "k"): 1}
    assert (timers.of_stage("outer"), timers.of_stage("inner")) == (25, 6)


def test_timers_are_taken_off_again():
    before = units.UnitFinder._take, units.join_alike
    with stage_times.timers([]) as timers:
        assert units.join_alike is not before[1]
        assert units.UnitFinder._take is not before[0]
        assert units.join_alike([], np.zeros((1, 2), np.float32), 10, None) == []
    assert timers.calls == {(stage_times.JOIN, ""): 1}
    assert (units.UnitFinder._take, units.join_alike) == before
