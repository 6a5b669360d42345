"""Scores of sorted trains against the truth."""

from __future__ import annotations

import time

import numpy as np
import pytest

from spikesift_core.truth import read_truth, score_trains

FS = 30_000.0


def train(rng, spikes=300, seconds=60):
    return np.sort(rng.choice(int(seconds * FS), spikes, replace=False)).astype(np.int64)


def test_the_same_trains_in_another_order_are_found_exactly():
    rng = np.random.default_rng(0)
    truth = [train(rng) for _ in range(4)]
    score = score_trains(truth, [truth[2], truth[0], truth[3], truth[1]], FS)
    assert score.partner.tolist() == [1, 3, 0, 2]
    assert score.accuracy.tolist() == score.recall.tolist() == score.precision.tolist() == [1.0] * 4
    assert (score.found, score.sorted_units, score.false_units, score.mean_accuracy) == (4, 4, 0, 1.0)


def test_numbers_of_a_unit_that_is_partly_found():
    truth = np.arange(100) * 1000
    found = np.concatenate([truth[:60] + 12, 500 + truth[:20]])  # 60 hits at the edge of 0.4 ms, 20 spikes too many
    score = score_trains([truth], [found], FS)
    assert score.recall[0] == 0.6
    assert score.precision[0] == 0.75
    assert score.accuracy[0] == pytest.approx(60 / 120)
    assert score_trains([truth], [found], FS, tolerance_ms=0.39).accuracy[0] == 0.0


def test_units_are_assigned_for_the_best_total_not_one_after_the_other():
    first, second = np.arange(100) * 1000, np.arange(100) * 1000 + 500
    both = np.sort(np.concatenate([first, second[:80]]))  # suits the first best; the second has nothing else
    score = score_trains([first, second], [both, first[:50]], FS)
    assert score.partner.tolist() == [1, 0]
    assert score.accuracy.tolist() == [0.5, 80 / 200]


def test_units_without_partner_and_false_units_are_counted():
    rng = np.random.default_rng(1)
    truth = [train(rng), train(rng), np.zeros(0, np.int64)]
    score = score_trains(truth, [truth[0], train(rng)], FS)
    assert score.partner.tolist() == [0, -1, -1]
    assert score.accuracy.tolist() == [1.0, 0.0, 0.0]
    assert (score.found, score.false_units) == (1, 1)
    assert score.summary().startswith("1 of 3 units found, mean accuracy 0.33, 2 sorted units, 1 of them")


@pytest.mark.parametrize(("truth", "found"), [([], []), ([np.arange(3)], []), ([], [np.arange(3)])])
def test_nothing_is_no_error(truth, found):
    score = score_trains(truth, found, FS)
    assert len(score.accuracy) == len(truth)
    assert score.found == 0
    assert score.false_units == len(found)


def test_a_hundred_units_are_scored_fast():
    rng = np.random.default_rng(2)
    truth = [train(rng, 600, 300) for _ in range(100)]
    found = [np.sort(true[rng.random(len(true)) < 0.9] + rng.integers(-5, 6)) for true in truth]
    score_trains(truth[:2], found[:2], FS)
    start = time.perf_counter()
    score = score_trains(truth, found, FS)
    assert time.perf_counter() - start < 20
    assert score.partner.tolist() == list(range(100))
    assert score.mean_accuracy == pytest.approx(0.9, abs=0.02)


def test_arguments_that_make_no_sense_are_refused_in_words():
    with pytest.raises(ValueError, match="sampling_frequency must be a positive number"):
        score_trains([], [], 0)
    with pytest.raises(ValueError, match="tolerance_ms must be 0 or more"):
        score_trains([], [], FS, tolerance_ms=-1)


def test_a_file_that_is_no_truth_is_refused_in_words(tmp_path):
    with pytest.raises(ValueError, match="is not the truth of a simulated recording"):
        read_truth(tmp_path / "missing.npz")
    np.savez(tmp_path / "other.npz", times=np.arange(3))
    with pytest.raises(ValueError, match="is not the truth of a simulated recording"):
        read_truth(tmp_path / "other.npz")
