"""Spikes by threshold alone: each is found once, on its channel, with the depth that finds it."""

import numpy as np
import pytest

from spikesift_core.peaks import find_spikes
from spikesift_core.traces import read_filtered
from tests.helpers import write

RATE = 20000.0


def spikes_in_noise(places, channels=6, samples=40_000, seed=0):
    """Noise, and a trough of 25 SDs on each channel named by (sample, channel), half as deep on the next one."""
    rng = np.random.default_rng(seed)
    data = rng.normal(0, 40, (samples, channels))
    shape = -1000 * np.exp(-(np.arange(-20, 21) ** 2) / (2 * 4.0**2))
    for sample, channel in places:
        data[sample - 20 : sample + 21, channel] += shape
        data[sample - 20 : sample + 21, (channel + 1) % channels] += shape / 2
    return data.astype(np.int16)


COLUMN = np.column_stack([np.zeros(6), 20.0 * np.arange(6)])
PLACES = [(sample, sample // 2000 % 5) for sample in range(2000, 38_000, 2000)]


@pytest.fixture
def recording(tmp_path):
    return write(tmp_path / "a.bin", spikes_in_noise(PLACES), RATE, COLUMN)


def test_each_spike_is_counted_once_on_the_channel_that_sees_it_deepest(recording):
    found = find_spikes(recording, [0], recording.num_samples, lowest=3.0)
    clear = found.deepest & (found.depths > 10)
    assert found.channels[clear].tolist() == [channel for _, channel in PLACES]
    np.testing.assert_allclose(found.samples[clear], [sample for sample, _ in PLACES], atol=2)
    assert np.count_nonzero(found.depths > 10) > len(PLACES), "the channel beside it sees it too"
    assert found.rate(10) == pytest.approx(len(PLACES) / found.seconds)
    assert found.rates(10).sum() == pytest.approx(found.rate(10)) and found.seconds == pytest.approx(2.0, abs=0.02)


def test_a_depth_is_the_threshold_that_just_finds_the_spike(recording):
    found = find_spikes(recording, [0], recording.num_samples, lowest=3.0)
    signal = read_filtered(recording, 0, recording.num_samples)
    at = signal[found.samples, found.channels]
    np.testing.assert_allclose(found.depths, -at / found.medians[found.channels], rtol=1e-5)
    deepest = found.depths[found.deepest].max()
    assert found.rate(deepest * 0.999) > 0 and found.rate(deepest * 1.001) == 0


def test_upward_spikes_and_stretches(tmp_path):
    upward = write(tmp_path / "up.bin", -spikes_in_noise(PLACES), RATE, COLUMN)
    found = find_spikes(upward, [0], upward.num_samples, lowest=3.0, polarity=1.0)
    assert np.count_nonzero(found.deepest & (found.depths > 10)) == len(PLACES)
    part = find_spikes(upward, [9_000, 30_000], 4_000, lowest=10.0, polarity=1.0, medians=found.medians)
    expected = [sample for sample, _ in PLACES if 9_000 <= sample < 13_000 or 30_000 < sample < 34_000]
    np.testing.assert_allclose(part.samples[part.deepest], expected, atol=2)
    assert find_spikes(upward, [0], 40, lowest=3.0) is None, "too short to look at"
