"""The default method inside one segment: components, candidates, isolation, joining, on small made-up signals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spikesift_core.kernels.features import project_spikes
from spikesift_core.kernels.finding import find_candidates
from spikesift_core.stages.components import COMPONENTS, learn_components, standard_shapes, window
from spikesift_core.stages.unit_joining import Found, join_alike, without_residue
from spikesift_core.stages.units import second_trough, sort_units
from spikesift_core.stages.whitening import Whitening, measure_noise
from tests.core.unit_signals import BLOCK, COLUMN, SHAPE, around, every, made, signal_of


def share(found, true):
    return np.isin(true, np.add.outer(found, [-1, 0, 1])).mean()


def test_components_are_orthonormal_and_hold_the_spike():
    signal, noise = made([(every(200, 100), [12, 6, 3, 0, 0, 0])])
    components = learn_components(signal, noise)
    before, width = window(BLOCK)
    assert components.shape == (COMPONENTS, width) and components.dtype == np.float32
    np.testing.assert_allclose(components @ components.T, np.eye(COMPONENTS), atol=1e-5)
    spike = np.pad(SHAPE, 30)[45 - before : 45 - before + width]
    assert np.linalg.norm(components @ spike) > 0.95 * np.linalg.norm(spike)


def test_without_spikes_the_standard_shapes_are_used():
    signal, noise = made([])
    np.testing.assert_allclose(learn_components(signal, noise), learn_components(*made([], seed=1)), atol=1e-5)
    assert standard_shapes(BLOCK).shape[1] == window(BLOCK)[1]


def test_two_units_of_one_profile_and_two_sizes_are_found_whole():
    large, small = every(310, 100), every(270, 217)
    small = small[np.abs(small[:, None] - large).min(axis=1) > 80]
    signal, noise = made([(large, [20, 10, 4, 0, 0, 0]), (small, [12, 6, 2.4, 0, 0, 0])])
    spikes, vectors, shapes = sort_units(signal, noise, around(signal, noise), 5, 0.4)
    assert len(spikes) == 2
    for true in (large, small):
        assert max(share(found, true) for found in spikes) > 0.97
        assert min(share(true, found) for found in spikes) < 0.1
    assert vectors.shape == (2, 6) and (vectors.argmax(axis=1) == 0).all()
    assert shapes.templates.shape == shapes.others.shape == (2, 6, COMPONENTS)
    near, further = (np.linalg.norm(shapes.templates[:, channel], axis=1) for channel in (0, 1))
    assert near == pytest.approx(2 * further, rel=0.1)


def test_the_second_trough_is_found_where_it_is_deep_enough():
    peak, reach = 30, 20
    waveform = np.zeros((3, 61), np.float32)
    waveform[1, [29, 30, 31]] = -5, -10, -5
    assert second_trough(waveform, peak, reach) == 0
    waveform[2, [41, 42, 43]] = -3, -6, -3
    assert second_trough(waveform, peak, reach) == 12
    waveform[0, [10, 11, 12]] = -3, -8, -3
    assert second_trough(waveform, peak, reach) == -19
    waveform[0, 11] = -4.9
    waveform[2, 42] = -4.9  # under half the first
    assert second_trough(waveform, peak, reach) == 0
    waveform[0, [31, 32, 33]] = -3, -9, -3  # the same trough on another channel
    assert second_trough(waveform, peak, reach) == 0


def test_what_is_found_is_subtracted():
    peaks = every(200, 100)
    signal, noise = made([(peaks, [15, 8, 3, 0, 0, 0])])
    sort_units(signal, noise, around(signal, noise), 5, 0.4)
    assert signal.minima.min() > -7


def test_noise_alone_gives_no_unit_and_the_search_ends():
    signal, noise = made([], blocks=2000)
    spikes, vectors, shapes = sort_units(signal, noise, around(signal, noise), 5, 0.4)
    assert len(spikes) <= 1 and len(vectors) == len(shapes.templates) == len(spikes)


def test_a_silent_channel_is_left_alone():
    signal, noise = made([(every(200, 100), [15, 8, 3, 0, 0, 0])])
    noise[3] = 0
    spikes, _, _ = sort_units(signal, noise, around(signal, noise), 5, 0.4)
    assert len(spikes) == 1


def test_a_side_lobe_of_a_larger_spike_is_no_candidate():
    peaks = every(300, 100)
    signal, noise = made([(peaks, [60, 0, 0, 0, 0, 0]), (peaks + 40, [12, 0, 0, 0, 0, 0])])
    peaks_there = np.empty(signal.minima.shape[1], np.int64)
    nothing_retired = np.zeros(len(peaks_there), bool)
    count = find_candidates(
        signal.minima[0], signal.places[0], signal.thresholds[0], BLOCK, nothing_retired, peaks_there
    )
    assert share(peaks_there[:count], peaks) == 1
    assert share(peaks_there[:count], peaks + 40) == 0


# ------------------------------------------------------------------ joining


def unit(peaks, mean, channel=0, seed=0):
    features = np.random.default_rng(seed).normal(0, 1, (len(peaks), 6, 2)).astype(np.float32) + np.float32(mean)
    template = np.zeros((6, 2), np.float32)
    return Found(np.asarray(peaks), channel, np.zeros(6, np.float32), np.arange(6), features, template, template, 0)


ONE = np.outer([10, 6, 3, 1, 0, 0], [1, 0.3])
FAR = np.outer([2, 5, 10, 7, 0, 0], [1, -0.3])


def joined(units, samples, whiten=lambda channels: np.eye(2 * len(channels))):
    return join_alike(units, COLUMN, samples, whiten)


def test_halves_of_one_unit_are_joined():
    first, second = unit(range(0, 1000, 10), ONE), unit(range(5, 1000, 10), ONE * 1.05, seed=1)
    (whole,) = joined([first, second], 1000)
    assert len(whole.peaks) == len(whole.features) == 200


def test_a_unit_cut_in_two_by_drift_is_joined_and_two_that_overlap_in_time_are_not():
    moved = ONE * 1.5
    early, late = unit(range(0, 500, 5), ONE), unit(range(500, 1000, 5), moved, seed=1)
    assert len(joined([early, late], 1000)) == 1
    both = unit(range(2, 1000, 10), moved, seed=1)
    assert len(joined([unit(range(0, 1000, 10), ONE), both], 1000)) == 2


def test_unlike_and_distant_units_stay_apart():
    assert len(joined([unit(range(50), ONE), unit(range(50, 99), FAR, seed=1)], 100)) == 2
    assert len(joined([unit(range(50), ONE), unit(range(50), ONE, channel=5, seed=1)], 100)) == 2
    assert joined([], 100) == []


def test_what_a_larger_unit_left_behind_is_no_unit():
    """It fires together with the larger one; what does so now and then, or is larger, or far away, is a unit."""

    def deep(peaks, depth, channel=0):
        return replace(unit(peaks, ONE, channel), means=np.full(6, -depth, np.float32))

    large, block = deep(range(0, 6000, 60), 9.0), 30
    left = deep([*range(10, 1810, 60), *range(1830, 3810, 60)], 2.0)  # 30 of 63 within half a block
    often = deep([*range(10, 1210, 60), *range(1830, 3810, 60)], 2.0)  # 20 of 53
    assert without_residue([left, large], COLUMN, block) == [large]
    assert without_residue([often, large], COLUMN, block) == [often, large]
    alike = replace(left, means=large.means)
    assert without_residue([alike, large], COLUMN, block) == [alike, large]
    far = replace(left, channel=5)  # 210 um
    assert without_residue([far, large], COLUMN * 2.1, block) == [far, large]


def test_noise_that_hides_a_difference_is_made_round_before_joining():
    """Two units apart along a direction with little noise, beside one with much."""
    rng = np.random.default_rng(2)
    loud = rng.normal(0, 30, (200, 6, 1)).astype(np.float32) * [1, 0.9]
    first, second = unit(range(0, 1000, 10), ONE), unit(range(5, 1000, 10), ONE + [1.0, 3.2], seed=1)
    first, second = (replace(u, features=u.features + part) for u, part in ((first, loud[:100]), (second, loud[100:])))
    covariance = np.eye(2) + 900 * np.outer([1, 0.9], [1, 0.9])
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors / np.sqrt(values)) @ vectors.T
    assert len(joined([first, second], 1000)) == 1
    assert len(joined([first, second], 1000, lambda channels: np.kron(np.eye(len(channels)), root))) == 2


# ------------------------------------------------------------------ round noise


def correlated(blocks=1500, seed=0):
    """Signal whose noise is shared by neighbouring channels and lasts for some samples."""
    rng = np.random.default_rng(seed)
    white = rng.normal(0, 1, (7, blocks * BLOCK + 8))
    slow = sum(white[:, k : k + blocks * BLOCK] for k in range(8)) / np.sqrt(8)
    return signal_of(((slow[:6] + slow[1:]) / np.sqrt(2)).astype(np.float32), np.full(6, -9, np.float32))


def covariance_of(signal, components, channels, matrix):
    moments = np.arange(5 * BLOCK + 7, 1490 * BLOCK, 41)
    features = np.empty((len(moments), len(channels) * COMPONENTS), np.float32)
    project_spikes(
        signal.held.cells,
        signal.held.table,
        moments,
        channels,
        21,
        components,
        np.ones(len(channels), np.float32),
        features,
    )
    return np.cov((features @ matrix).T)


def test_noise_is_made_round():
    signal, channels = correlated(), np.array([2, 3, 1])
    components = learn_components(signal, np.ones(6, np.float32))
    matrix = measure_noise(signal, np.ones(6, np.float32), components, 21).matrix(channels)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-12)
    before = covariance_of(signal, components, channels, np.eye(12))
    after = covariance_of(signal, components, channels, matrix)
    assert np.linalg.eigvalsh(before)[-1] > 8 and np.abs(before - np.diag(np.diag(before))).max() > 1.5
    assert np.linalg.eigvalsh(after)[-1] < 1.8 and np.abs(after - np.diag(np.diag(after))).max() < 0.3


def test_matrices_of_many_sets_of_channels_are_those_of_each(monkeypatch):
    """Of a correlation between channels and of the components: their Kronecker product."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 1, (6, 400)) + rng.normal(0, 1, (1, 400))
    counted = rng.random((6, 200)) < 0.9
    quiet = np.where(np.repeat(counted, 2, axis=1), noise, 0).astype(np.float32)  # 200 moments of two components
    temporal = np.diag([1.0, 2.0]) + 0.3
    whitening = Whitening(temporal, quiet, counted.astype(np.float32))
    channels = np.array([[0, 1, 2], [5, 3, 4]])
    monkeypatch.setattr("spikesift_core.stages.whitening.SETS_AT_ONCE", 1)
    matrices = whitening.matrices(channels)
    np.testing.assert_array_equal(matrices, whitening.matrix(channels))
    assert matrices.shape == (2, 6, 6) and matrices.dtype == np.float32
    for some, matrix in zip(channels, matrices, strict=True):
        np.testing.assert_array_equal(whitening.matrix(some), matrix)
        products = [[(noise[a] * noise[b]).reshape(200, 2)[counted[a] & counted[b]] for b in some] for a in some]
        correlation = [[one.mean() for one in row] for row in products]
        values, vectors = np.linalg.eigh(np.array(correlation))
        np.testing.assert_allclose(matrix, np.kron((vectors / np.sqrt(values)) @ vectors.T, temporal), rtol=1e-5)


def test_spikes_are_not_taken_for_noise():
    quiet, channels = made([])[0], np.array([0, 1])
    loud = made([(every(100, 100), [60, 30, 0, 0, 0, 0])])[0]
    components, noise = learn_components(quiet, np.ones(6, np.float32)), np.ones(6, np.float32)
    matrices = [measure_noise(signal, noise, components, 21).matrix(channels) for signal in (quiet, loud)]
    np.testing.assert_allclose(*matrices, atol=0.35)


@pytest.mark.parametrize("blocks", [6, 8, 30])
def test_too_little_noise_leaves_features_as_they_are(blocks):
    signal = made([], blocks=blocks)[0]
    components = learn_components(signal, np.ones(6, np.float32))
    matrix = measure_noise(signal, np.ones(6, np.float32), components, 21).matrix(np.array([4, 0]))
    np.testing.assert_array_equal(matrix if blocks < 10 else np.eye(8), np.eye(8))
    assert np.isfinite(matrix).all()
