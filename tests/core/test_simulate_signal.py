"""What is in a simulated recording is what its truth says: units, drift, noise, spike trains, probe."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from spikesift_core.simulate import DRIFTS, default_probe, simulate
from spikesift_core.simulation.drift import drift_at, drift_curve, drift_gains
from spikesift_core.simulation.noise import NoiseSource, impulse_response, spatial_correlation, temporal_filter
from spikesift_core.simulation.settings import SimulationSettings
from spikesift_core.simulation.shapes import KINDS, PHASES, shape_table
from spikesift_core.simulation.trains import SpikeSource
from spikesift_core.simulation.units import footprint, make_units

CLEAN = {"background_per_channel": 0, "noise": 0.0, "data_type": "float32", "amplitude_variation": 0.0}
CLEAN |= {"overlaps": 0.0, "bursting_units": 0.0}


def rng(seed=0):
    return np.random.default_rng(seed)


# ---------------------------------------------------------------- units


def test_amplitudes_in_the_file_are_those_of_the_truth(tmp_path):
    made = simulate(tmp_path / "a", channels=12, seconds=8, units=5, rate=(3, 6), drift=0, **CLEAN)
    data, truth = made.recording().read(0, made.recording().num_samples), made.truth
    for unit, train in enumerate(truth.trains()):
        apart = np.array([np.abs(truth.times[truth.labels != unit] - t).min(initial=10**9) for t in train])
        alone = train[apart > 150]
        troughs = np.array([-data[t - 15 : t + 16].min(axis=0) for t in alone])
        assert len(alone) > 5
        # Between samples the trough is a little deeper than the deepest sample.
        np.testing.assert_allclose(troughs.mean(axis=0), truth.amplitude_vectors[unit], atol=0.04 * troughs.max())
        best = troughs.mean(axis=0).argmax()
        assert all(abs(data[t - 15 : t + 16, best].argmin() - 15) <= 2 for t in alone)
    np.testing.assert_allclose(np.sort(truth.amplitude_uv), np.geomspace(40, 250, 5), rtol=1e-4)


def test_snr_is_the_peak_over_the_noise_in_the_file(tmp_path):
    common = {"channels": 8, "seconds": 20, "seed": 2, "drift": 0}
    quiet = simulate(tmp_path / "a", **common, units=0)
    noise = quiet.recording().read(0, 600_000).std(axis=0) * quiet.truth.uv_per_bit
    np.testing.assert_allclose(noise, quiet.truth.noise_sd, rtol=0.04)
    truth = simulate(tmp_path / "b", **common, units=6).truth
    assert truth.noise_sd.std() > 0.3
    np.testing.assert_allclose(truth.snr, (truth.amplitude_vectors / truth.noise_sd).max(axis=1), rtol=1e-5)


def test_background_units_are_weak_and_not_in_the_truth(tmp_path):
    settings = {"channels": 8, "seconds": 4, "noise": 0, "drift": 0, "data_type": "float32"}
    made = simulate(tmp_path / "a", **settings, units=0)
    data = made.recording().read(0, 120_000)
    assert len(made.truth.times) == 0
    assert 1 < data.std() < 8
    assert -60 < data.min() < -15


def test_shapes_differ_over_channels_and_arrive_later_far_away():
    contacts = default_probe(16)
    units = make_units(SimulationSettings(units=8, background_per_channel=0), contacts, rng())
    for unit in range(8):
        wave, _ = footprint(units, unit, contacts)
        sizes = -wave.min(axis=0)
        clear = sizes > 0.1 * sizes.max()
        waves = wave[:, clear] / sizes[clear]
        assert waves.argmin(axis=0).max() > waves[:, sizes[clear].argmax()].argmin()
        assert np.abs(waves - waves[:, [sizes[clear].argmax()]]).max() > 0.05


@pytest.mark.parametrize("make", [kind for kind, _ in KINDS], ids=lambda kind: kind.__name__)
def test_kinds_of_shapes(make):
    for seed in range(20):
        shape = make(rng(seed))
        table, trough = shape_table([shape], 30_000)
        near = table[0, 0, 0].astype(float)
        assert near.argmin() == trough
        width = (near < near.min() / 2).sum() / 30
        assert 0.08 < width < 0.35
        before, after = near[:trough].max(), near[trough:].max()
        assert 0.05 < after < 0.9
        assert (before > 0.1) == (make.__name__ == "triphasic")
        assert near[0] == near[-1] == pytest.approx(0.0, abs=1e-6)
        # The last phase is a whole sample late.
        np.testing.assert_allclose(table[0, :, PHASES, 1:], table[0, :, 0, :-1], atol=1e-6)


# ---------------------------------------------------------------- drift


def centre(wave, y):
    weights = (wave.min(axis=0) ** 2).astype(float)
    return (weights * y).sum() / weights.sum()


def test_a_footprint_moves_with_the_tissue_and_not_in_steps():
    contacts = np.column_stack([np.zeros(60), np.arange(60) * 10.0])
    units = make_units(SimulationSettings(units=40, drift=60, background_per_channel=0), contacts, rng())
    unit = int(np.abs(units.positions[:40, 1] - 300).argmin())
    moves = np.arange(-25, 25, 0.5)
    waves = [footprint(units, unit, contacts, move) for move in moves]
    centres = np.array([centre(wave, contacts[seen, 1]) for wave, seen in waves])
    np.testing.assert_allclose(centres - centres[50], moves, atol=0.3)
    sizes = np.array([wave.min(axis=0) for wave, _ in waves])
    assert np.abs(np.diff(sizes, axis=0)).max() < 0.05 * np.abs(sizes).max()


def test_the_recording_moves_as_the_truth_says(tmp_path):
    contacts = np.column_stack([np.zeros(30), np.arange(30) * 12.0])
    made = simulate(
        tmp_path / "a", probe=contacts, seconds=6, units=1, rate=(30, 30), drift=40, drift_kind="sine", seed=5, **CLEAN
    )
    data, truth = made.recording().read(0, 180_000), made.truth
    centres = np.array([centre(data[t - 15 : t + 16], contacts[:, 1]) for t in truth.times])
    moved = drift_at(truth.drift_of(0), truth.times / 30_000)
    slope, offset = np.polyfit(moved, centres, 1)
    assert np.ptp(moved) > 38
    assert slope == pytest.approx(1.0, abs=0.05)
    assert np.abs(centres - slope * moved - offset).max() < 1.5


@pytest.mark.parametrize("kind", DRIFTS)
def test_drift_has_the_size_asked_for(kind):
    settings = SimulationSettings(seconds=60, drift=25, drift_kind=kind)
    curve = drift_curve(settings, rng())
    assert curve.shape == (6001,)
    assert np.ptp(curve) == pytest.approx(0 if kind == "none" else 25, rel=1e-5)
    assert abs(curve.max() + curve.min()) < 1e-4
    fastest = np.abs(np.diff(curve)).max()
    limit = {"none": 0, "sine": 0.05, "zigzag": 0.026, "jumps": 6, "random walk": 0.5}[kind]
    assert fastest <= limit
    assert kind != "jumps" or fastest > 1


def test_drift_follows_a_path_that_is_given():
    settings = SimulationSettings(seconds=4, drift=3, drift_path=[(1, 0), (1.01, 10), (3, 10), (3.01, 35), (90, 500)])
    assert settings.drift == 500
    curve = drift_curve(settings, rng())
    np.testing.assert_allclose(curve[[200, 302]] - curve[0], [10, 35.1], atol=0.1)
    assert curve.max() == -curve.min()


def test_depth_dependent_drift():
    settings = SimulationSettings(depth_dependence=0.8)
    np.testing.assert_allclose(drift_gains(settings, np.array([100.0, 0.0, 50.0])), [1.0, 0.2, 0.6])
    assert drift_gains(SimulationSettings(), np.array([0.0, 9.0])).tolist() == [1.0, 1.0]
    assert drift_gains(settings, np.array([7.0])).tolist() == [1.0]


# ---------------------------------------------------------------- noise


@pytest.mark.parametrize("shuffle", [False, True])
def test_noise_has_the_stated_level_and_correlations(shuffle):
    contacts = default_probe(90)
    if shuffle:
        contacts = contacts[rng(7).permutation(90)]
    settings, levels = SimulationSettings(), rng(1).uniform(5, 15, 90)
    noise = NoiseSource(settings, contacts, levels, rng(2)).draw(60_000)
    np.testing.assert_allclose(noise.std(axis=0), levels, rtol=0.03)
    expected = spatial_correlation(settings, contacts)
    np.testing.assert_allclose(np.corrcoef(noise.T), expected, atol=0.04)
    apart = cdist(contacts, contacts)
    assert expected[apart > settings.noise_reach].max() == 0.0
    assert expected[(apart > 0) & (apart < 40)].min() > 0.3


def test_noise_has_the_stated_correlation_over_time():
    settings = SimulationSettings(noise_correlation=0.0)
    noise = NoiseSource(settings, default_probe(4), np.ones(4), rng()).draw(200_000)
    response = impulse_response(*temporal_filter(settings), 20_000)
    for lag in (0, 1, 2, 5, 20):
        expected = (response[lag:] * response[: len(response) - lag]).sum()
        assert (noise[lag:] * noise[: len(noise) - lag]).mean() == pytest.approx(expected, abs=0.015)
    assert 0.2 < (response[1:] * response[:-1]).sum() < 0.8


# ---------------------------------------------------------------- spike trains


def draw(settings, rates, stretches, seed=0):
    positions = rng(9).uniform(0, 100, (len(rates), 2))
    source = SpikeSource(settings, np.array(rates), len(rates), positions, rng(seed))
    parts = [source.draw(stop) for stop in stretches]
    return [np.concatenate([getattr(part, name) for part in parts]) for name in ("times", "units", "sizes")]


def test_rates_and_refractory_periods():
    settings = SimulationSettings(refractory_ms=2.5, bursting_units=0.5, overlaps=0.1)
    rates = [2.0, 10.0, 40.0, 80.0]
    times, units, _ = draw(settings, rates, np.arange(1, 401) * 15_000.0)
    assert (np.diff(times) >= 0).all()
    shortest = [np.diff(np.rint(times[units == unit])).min() for unit in range(4)]
    assert min(shortest) >= 75
    counts = np.bincount(units) / 200
    # Answers to neighbours come on top.
    assert (counts > np.multiply(rates, 0.88)).all()
    assert (counts < np.multiply(rates, 1.12) + 5).all()


def test_bursts_are_close_in_time_and_fall_in_size():
    settings = SimulationSettings(bursting_units=1.0, burst_amplitude=0.7, amplitude_variation=0.0, overlaps=0.0)
    times, _, sizes = draw(settings, [5.0], [30_000.0 * 200])
    first = sizes == 1
    assert 0.2 < 1 - first.mean() < 0.6
    gaps = np.diff(times) / 30
    assert gaps[~first[1:]].mean() == pytest.approx(5, abs=0.6)
    assert gaps[first[1:]].mean() > 100
    np.testing.assert_allclose(sizes[1:][~first[1:]], np.maximum(0.7 * sizes[:-1][~first[1:]], 0.4), rtol=1e-5)


def test_sizes_vary_as_asked_for():
    _, _, sizes = draw(SimulationSettings(bursting_units=0, amplitude_variation=0.1), [50.0], [30_000.0 * 100])
    assert sizes.mean() == pytest.approx(1, abs=0.01)
    assert sizes.std() == pytest.approx(0.1, rel=0.08)


def test_neighbours_overlap_more_when_asked_to():
    def share(overlaps):
        settings = SimulationSettings(overlaps=overlaps, bursting_units=0)
        times, units, _ = draw(settings, [5.0, 5.0, 5.0], [15_000.0 * k for k in range(1, 200)])
        return ((np.diff(times) < 21) & (np.diff(units) != 0)).sum() / len(times)

    assert share(0.2) - share(0.0) == pytest.approx(0.2 / 1.2, abs=0.04)


# ---------------------------------------------------------------- probe


@pytest.mark.parametrize("channels", [1, 2, 4, 32, 64, 65, 384, 1000, 4000])
def test_default_probe_is_sensible(channels):
    contacts = default_probe(channels)
    assert contacts.shape == (channels, 2)
    assert channels == 1 or (np.sort(cdist(contacts, contacts), axis=1)[:, 1] > 15).all()
    assert contacts.min() == 0
    assert np.ptp(contacts[:, 1]) <= 3840
    assert channels == 1 or np.sort(cdist(contacts, contacts), axis=1)[:, 1].max() < 40


def test_units_of_any_probe_are_near_its_contacts():
    two_shanks = np.concatenate([default_probe(8), default_probe(8) + [1000, 0]])
    grid = np.stack(np.meshgrid(np.arange(5) * 100.0, np.arange(5) * 100.0), axis=-1).reshape(-1, 2)
    for contacts in (two_shanks, grid, np.zeros((1, 2))):
        units = make_units(SimulationSettings(units=12), contacts, rng())
        assert cdist(units.positions[:12, :2], contacts).min(axis=1).max() < 80
        np.testing.assert_allclose(units.vectors.max(axis=1).max(), 250, rtol=1e-4)
        assert (units.vectors.max(axis=1) >= 39.9).all()
