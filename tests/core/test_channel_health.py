"""Dead, quiet, noisy and saturated channels are told from good ones, also few, also beside large units."""

from __future__ import annotations

import numpy as np
import pytest

import spikesift_core as spikesift
from spikesift_core.channel_health import channel_health, dead_channels, judge
from tests.core.test_sorting import spike_train
from tests.helpers import write

RATE = 20000.0


def column(channels):
    return np.c_[np.zeros(channels), 20.0 * np.arange(channels)]


def kinds(recording):
    return [verdict.kind for verdict in channel_health(recording)]


def noise(channels, seconds=3.0, sd=30.0, seed=1):
    rng = np.random.default_rng(seed)
    return rng.normal(0, sd * rng.uniform(0.7, 1.4, channels), (int(seconds * RATE), channels))


def made(tmp_path, data, kind=np.int16, geometry=None):
    geometry = column(data.shape[1]) if geometry is None else geometry
    data = np.rint(data).clip(-32768, 32767) if np.dtype(kind).kind == "i" else data
    return write(tmp_path / "r.bin", data.astype(kind), geometry=geometry)


@pytest.mark.parametrize("channels", [1, 2, 4, 16, 70])
@pytest.mark.parametrize("kind", [np.int16, np.float32])
def test_good_channels_are_good(tmp_path, channels, kind):
    assert kinds(made(tmp_path, noise(channels), kind)) == ["good"] * channels


@pytest.mark.parametrize("channels", [2, 4, 32])
def test_a_broken_wire_is_dead(tmp_path, channels):
    data = noise(channels)
    data[:, 1] = np.random.default_rng(2).normal(0, 2, len(data)) + 0.02 * data[:, 0]
    recording = made(tmp_path, data)
    assert kinds(recording) == ["good", "dead", *["good"] * (channels - 2)]
    verdict = channel_health(recording)[1]
    assert verdict.words.startswith("dead: noise ") and "times that of the channels around it" in verdict.words
    assert 0 < verdict.noise < 0.2 * verdict.around
    assert dead_channels(channel_health(recording)) == {1: verdict.words}


def test_a_tetrode_with_two_broken_wires(tmp_path):
    data = noise(4)
    data[:, [0, 3]] *= 0.03
    assert kinds(made(tmp_path, data)) == ["dead", "good", "good", "dead"]


def test_flat_channels_and_channels_without_numbers_are_dead(tmp_path):
    data = noise(8)
    data[:, 2], data[:, 5] = 7, np.nan
    data[100, 6] = np.inf
    found = channel_health(made(tmp_path, data, np.float32))
    assert [one.kind for one in found] == ["good", "good", "dead", "good", "good", "dead", "unknown", "good"]
    assert "flat" in found[2].words and "not a single number" in found[5].words


def test_a_recording_without_a_living_channel_loses_none(tmp_path):
    assert dead_channels(channel_health(made(tmp_path, np.zeros((40_000, 4))))) == {}


@pytest.mark.parametrize("channels", [4, 16])
def test_a_channel_beside_a_large_unit_is_good(tmp_path, channels):
    """80 spikes a second, 100 times the noise, fading from channel to channel."""
    trace, _ = spike_train(channels, 3, RATE, every_ms=12, height=3000, noise=30)
    assert kinds(made(tmp_path, trace)) == ["good"] * channels


def test_noisy_quiet_and_saturated_channels_are_told_and_kept(tmp_path):
    data = noise(24)
    data[:, 3] *= 12
    data[:, 9] *= 0.27 * 30 / data[:, 9].std()
    data[:, 15] = np.where(np.random.default_rng(3).random(len(data)) < 0.01, 32767, data[:, 15])
    found = channel_health(made(tmp_path, data))
    told = {one.channel: one.kind for one in found if one.kind != "good"}
    assert told == {3: "noisy", 9: "quiet", 15: "saturated"} and dead_channels(found) == {}
    assert "1.1% of its samples" in found[15].words


def test_half_of_the_probe_outside_the_tissue_is_not_dead():
    level = np.r_[np.full(100, 12.0), np.full(100, 5.0)] * np.random.default_rng(1).lognormal(0, 0.1, 200)
    assert {one.kind for one in judge(level, np.zeros(200), column(200))} == {"good"}


def test_where_channels_differ_anyway_less_is_dead():
    level = np.random.default_rng(4).lognormal(2, 0.7, 64)
    assert "dead" not in {one.kind for one in judge(level, np.zeros(64), column(64))}
    assert judge(np.r_[level, 0.01], np.zeros(65), column(65))[64].kind == "dead"


def test_too_short_to_be_measured(tmp_path):
    recording = made(tmp_path, noise(4, seconds=0.004))
    assert isinstance(recording, spikesift.Recording) and kinds(recording) == ["unknown"] * 4


def test_a_channel_that_swings_from_limit_to_limit_is_saturated_not_flat(tmp_path):
    data = np.random.default_rng(5).normal(0, 60, (60_000, 8)).astype(np.int16)
    swing = np.where(np.sin(np.arange(60_000) / 300) > 0, 32767, -32768)
    data[:, 2] = swing
    data[:, 5] = np.where(swing > 0, swing, data[:, 5])
    data[:, 6] = 32767
    found = channel_health(write(tmp_path / "swings.bin", data, 20_000.0))
    assert {one.channel: one.kind for one in found if one.kind != "good"} == {2: "saturated", 5: "saturated", 6: "dead"}
    assert found[2].saturated == 1.0 and found[5].saturated == pytest.approx(0.5, abs=0.05)
