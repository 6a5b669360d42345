"""A recording looked over: what changes along it is found, and of a steady one nothing is said."""

import re

import numpy as np
import pytest

from spikesift_core.overview import Overview, depth_bins, survey
from spikesift_core.overview_checks import drift_along_probe, largest_jump, overview_findings
from spikesift_core.progress import Progress, run_to_end
from spikesift_core.simulate import simulate
from tests.helpers import write

RATE = 20000.0


def steady(columns=100, bins=30, seed=0, **changes):
    """An overview of an hour in which nothing changes."""
    rng = np.random.default_rng(seed)
    depths = 20.0 * np.arange(bins)
    usual = 4 * np.abs(np.sin(depths / 70)) * (1 + np.cos(depths / 130))
    made = {
        "times": np.linspace(0, 3600, columns),
        "piece_seconds": 0.05,
        "noise": rng.normal(10, 0.3, columns).astype(np.float32),
        "baseline": rng.normal(0, 1, columns).astype(np.float32),
        "depths": depths,
        "activity": rng.poisson(20 * usual[:, None], (bins, columns)).astype(np.float32),
        "still": np.zeros(columns, np.float32),
        "flat": np.zeros((bins, columns), bool),
    }
    return Overview(**{**made, **changes})


def said(overview, max_drift=30.0):
    return " ".join(finding.words for finding in overview_findings(overview, max_drift))


def test_nothing_is_said_of_a_steady_recording():
    for seed in range(10):
        assert said(steady(seed=seed)) == ""


def after(values, column, change):
    return np.concatenate([values[:column], change(values[column:])])


def test_a_jump_of_the_noise_is_said_with_its_time():
    noise = after(steady().noise, 50, lambda part: part * 2)
    assert "noise becomes 2 times as large at 30 min" in said(steady(noise=noise))


def test_a_jump_of_the_baseline_is_said():
    baseline = after(steady().baseline, 25, lambda part: part + 300)
    assert "baseline jumps from" in said(steady(baseline=baseline)) and "15 min" in said(steady(baseline=baseline))


def test_a_silent_part_is_said():
    activity = steady().activity.copy()
    activity[:, 40:60] = 0
    assert "Hardly a spike between 24 min" in said(steady(activity=activity))


def test_parts_in_which_nothing_changes_are_said(tmp_path):
    data = np.random.default_rng(0).normal(0, 20, (100_000, 6)).astype(np.int16)
    data[30_000:36_000] = 0
    data[52_000:, 4] = 7
    overview = run_to_end(survey(write(tmp_path / "rec.bin", data, RATE), 40))
    assert 100 * overview.still.mean() == pytest.approx(6, abs=2) and not overview.still[:5].any()
    still, flat = (one for one in overview_findings(overview, 30.0) if "value" in one.words or "Flat" in one.words)
    assert re.search("changes its value for [5-7][.0-9]* % of the time, between 1.6 s and 1.9 s", still.words)
    assert (
        flat.leave_out == (4,) and "Flat in a part of the recording, between 2.9 s and 4.9 s: channel 4" in flat.words
    )


def test_drift_is_said_and_what_to_do_about_a_large_step():
    activity = steady(bins=60).activity.copy()
    activity[:, 50:] = np.roll(activity[:, 50:], 4, axis=0)
    moved = steady(bins=60, activity=activity)
    shifts = drift_along_probe(moved)
    assert shifts[:5] == pytest.approx(0, abs=5) and shifts[5:] == pytest.approx(80, abs=10)
    (finding,) = overview_findings(moved, 30.0)
    assert "moves along the probe by about" in finding.words and 80 <= finding.settings["max_drift"] <= 100
    (finding,) = overview_findings(moved, 120.0)
    assert finding.kind == "info" and not finding.settings, "sorting follows so much"


def test_jumps_stand_out_from_noise_or_are_none():
    rng = np.random.default_rng(0)
    assert largest_jump(rng.normal(0, 1, 200)) is None
    assert largest_jump(np.full(200, np.nan)) is None
    column, before, later = largest_jump(np.concatenate([rng.normal(0, 1, 80), rng.normal(9, 1, 120)]))
    assert column == 80 and before == pytest.approx(0, abs=0.5) and later == pytest.approx(9, abs=0.5)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    base = tmp_path_factory.mktemp("overview") / "sim"
    return simulate(base, channels=16, seconds=8, units=8, seed=2, amplitude=(150, 300)).recording()


def test_the_survey_reports_and_measures_noise_and_activity(simulated):
    events = []
    overview = run_to_end(survey(simulated, 20), events.append)
    assert overview.done and len(overview.times) == 20
    partial = [event for event in events if isinstance(event, Overview)]
    assert partial and not partial[0].done and np.isnan(partial[0].noise).any()
    assert [event.done for event in events if isinstance(event, Progress)] == list(range(1, 21))
    depths, bins = depth_bins(simulated.probe_geometry)
    assert np.array_equal(overview.depths, depths) and len(bins) == 16
    assert overview.activity.sum() > 0 and overview.noise.std() < 0.2 * overview.noise.mean()


def test_nan_and_shortness_are_no_reason_to_fail(tmp_path):
    data = np.random.default_rng(0).normal(0, 1, (30_000, 4)).astype(np.float32)
    data[::100, 2] = np.nan
    overview = run_to_end(survey(write(tmp_path / "nan.bin", data, RATE), 10))
    assert overview.done and np.isfinite(overview.noise).all()
    data[:] = np.nan
    assert np.isnan(run_to_end(survey(write(tmp_path / "all.bin", data, RATE), 10)).noise).all()
    tiny = run_to_end(survey(write(tmp_path / "tiny.bin", np.zeros((3, 4), np.int16), RATE)))
    assert tiny.done and len(tiny.times) == 1


def test_many_depths_are_put_into_bins():
    positions = np.column_stack([np.zeros(1000), np.arange(1000) * 5.0])
    depths, bins = depth_bins(positions)
    assert len(depths) == 200 and bins.min() == 0 and bins.max() == 199 and (np.diff(bins) >= 0).all()


def test_a_large_step_is_followed_though_the_profile_at_the_ends_is_another():
    activity = steady(bins=24).activity.copy()
    activity[:, 50:] = np.concatenate([steady(bins=24, seed=9).activity[:5, 50:] * 3, activity[:-5, 50:]])
    shifts = drift_along_probe(steady(bins=24, activity=activity))
    assert shifts[:5] == pytest.approx(0, abs=5) and shifts[5:] == pytest.approx(100, abs=10)


def jumped(bins, by, seed=0):
    """Few cells on a short probe, moved up by so many bins half-way; what moves in from below was not heard before."""
    rng = np.random.default_rng(seed)
    cells, size = rng.uniform(-bins, 2 * bins, 3 * bins // 2), rng.uniform(1, 6, 3 * bins // 2)
    depth = np.arange(bins)[:, None]
    rates = [(size * np.exp(-((depth - cells - move) ** 2) / 2)).sum(axis=1) for move in (0, by)]
    activity = np.concatenate([rng.poisson(np.tile(20 * rate[:, None], 50)) for rate in rates], axis=1)
    return steady(bins=bins, activity=activity.astype(np.float32))


@pytest.mark.parametrize("seed", range(4))
def test_a_jump_on_a_short_probe_is_said_whether_or_not_its_size_can_be_told(seed):
    for by in (4, 5, 9):  # 80, 100 and 180 um of 300
        words = said(jumped(16, by, seed))
        assert "moves along the probe" in words or "From 30 min" in words, (by, words)
    assert said(jumped(16, 0, seed)) == "" and said(jumped(32, 0, seed)) == ""


def test_a_short_recording_with_few_spikes_is_not_taken_for_one_that_moves():
    for seed in range(6):
        rare = steady(bins=16, seed=seed).activity / 40
        few = steady(bins=16, activity=np.random.default_rng(seed).poisson(rare).astype(np.float32))
        assert said(few) == "", seed
