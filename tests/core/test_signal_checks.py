"""Width of spikes, hum, flat tops, contacts at one place: the fault is made and found; good recordings are silent."""

import numpy as np
import pytest

from spikesift_core.clipping import flat_tops
from spikesift_core.mains_hum import fitting_rates, hum_findings
from spikesift_core.recording import Recording
from spikesift_core.recording_checks import sample_signal
from spikesift_core.simulate import simulate
from spikesift_core.spike_width import median_width, width_findings
from tests.helpers import write


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    base = tmp_path_factory.mktemp("width") / "sim"
    return simulate(base, channels=4, seconds=12, units=4, seed=1, amplitude=(200, 400), rate=(5, 15)).recording()


def at_rate(recording, rate):
    return Recording(
        binary_file=recording.binary_file,
        data_type="int16",
        probe_geometry=recording.probe_geometry,
        sampling_frequency=rate,
    )


def test_the_width_of_spikes_is_that_of_cells_at_the_right_rate(simulated):
    width, hump = median_width(simulated, np.arange(4))
    assert 0.1 < width < 0.5 and 0.26 < hump < 1.3
    assert width_findings(simulated, np.arange(4)) == []
    assert sample_signal(simulated).checks == ()


def test_a_wrong_sampling_rate_makes_spikes_too_long_or_too_short(simulated):
    usable = np.arange(4)
    width, _ = median_width(simulated, usable)
    slow, fast = at_rate(simulated, 30000 / 6), at_rate(simulated, 30000 * 5)
    assert median_width(slow, usable)[0] == pytest.approx(6 * width, rel=0.4)
    assert "too long" in width_findings(slow, usable)[0].words and "sampling frequency" in sample_signal(slow).checks[0]
    assert "5000 Hz is unusual for spikes" in " ".join(sample_signal(slow).checks)
    assert "too short" in width_findings(fast, usable)[0].words


def hum(base, rate, samples=90_000, strength=40.0, odd=True):
    """Noise of six channels and a hum with its multiples, odd ones stronger or all of them, as whole numbers."""
    rng = np.random.default_rng(4)
    time = np.arange(samples) / rate
    sizes = {1: 1.0, 2: 0.05, 3: 0.4, 4: 0.03, 5: 0.3} if odd else {1: 1.0, 2: 0.6, 3: 0.4, 4: 0.3, 5: 0.2}
    lines = sum(size * np.sin(2 * np.pi * k * base * time + k) for k, size in sizes.items())
    return np.rint(rng.normal(0, 60, (samples, 6)) + strength * lines[:, None]).astype(np.int16)


@pytest.mark.parametrize(("mains", "true", "described"), [(50, 15000, 30000), (60, 40000, 20000), (50, 20000, 30000)])
def test_mains_hum_tells_the_sampling_frequency(tmp_path, mains, true, described):
    data = hum(mains, true)
    wrong, right = (write(tmp_path / "a.bin", data, float(rate)) for rate in (described, true))
    findings = hum_findings(wrong, np.arange(6))
    (finding,) = (one for one in findings if one.sampling_frequency == true)
    assert f"mains have {mains} Hz" in finding.words and f"would be {true} Hz" in finding.words
    assert {one.sampling_frequency for one in findings} <= {true, 24000, 18000, 12500, 48000}
    assert hum_findings(right, np.arange(6)) == []
    assert any("Mains hum" in words for words in sample_signal(wrong).checks)
    assert not any("Mains hum" in words for words in sample_signal(right).checks)


def test_other_lines_are_not_taken_for_hum(tmp_path):
    """Rectified hum begins at 100 Hz and has all multiples; stimuli repeat at any frequency; noise has no lines."""
    for base, odd in ((100, False), (10, False), (27, True), (25, False)):
        recording = write(tmp_path / "a.bin", hum(base, 30000, odd=odd), 30000.0)
        assert hum_findings(recording, np.arange(6)) == []
    assert hum_findings(write(tmp_path / "b.bin", hum(50, 30000, strength=0.0), 30000.0), np.arange(6)) == []
    assert hum_findings(recording, np.arange(0)) == []
    assert fitting_rates(np.zeros(0), np.zeros((6, 0)), 30000.0) == []


def test_noise_has_no_width(tmp_path):
    noise = np.random.default_rng(0).normal(0, 50, (60_000, 4)).astype(np.int16)
    recording = write(tmp_path / "noise.bin", noise)
    assert np.isnan(median_width(recording, np.arange(4))).all() and width_findings(recording, np.arange(4)) == []


def test_flat_tops_are_found_and_noise_has_none():
    rng = np.random.default_rng(0)
    fine = np.cumsum(rng.normal(0, 10, (40_000, 3)), axis=0)
    fine -= np.convolve(fine[:, 0], np.ones(400) / 400, "same")[:, None]
    noise = rng.normal(0, 3, (40_000, 3))
    for data in (noise, np.rint(noise), noise.astype(np.float32)):
        assert not flat_tops(data).any()
    slow = np.rint(300 * np.sin(np.arange(40_000) / 40)[:, None] + rng.normal(0, 20, (40_000, 3)))
    cut = slow.copy()
    cut[:, 1] = np.minimum(cut[:, 1], 200)
    share = flat_tops(cut)
    assert share[1] > 0.1 and share[0] == share[2] == 0
    assert flat_tops(cut[:2]).tolist() == [0, 0, 0]


def test_a_saturated_amplifier_is_said_with_its_channels(tmp_path):
    rng = np.random.default_rng(1)
    data = rng.normal(0, 60, (60_000, 6)) + 400 * np.sin(np.arange(60_000) / 150)[:, None]
    data[:, 4] = np.clip(data[:, 4], -350, 350)
    sample = sample_signal(write(tmp_path / "cut.bin", np.rint(data).astype(np.int16)))
    (finding,) = [one for one in sample.findings if "Cut off" in one.words]
    assert finding.leave_out == (4,)


def test_contacts_at_one_place_are_said(tmp_path):
    positions = np.column_stack([np.zeros(4), [0, 20, 20, 60]])
    data = np.random.default_rng(0).normal(0, 60, (60_000, 4)).astype(np.int16)
    checks = sample_signal(write(tmp_path / "same.bin", data, geometry=positions)).checks
    assert checks[0] == "Channels 1 and 2 are at one place: two contacts cannot be. Correct the probe."
