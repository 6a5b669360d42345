"""Width of spikes, flat tops and contacts at one place: the fault is made and found, and a good recording is silent."""

import numpy as np
import pytest

from spikesift_core.clipping import flat_tops
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
    assert 0.1 < median_width(simulated, np.arange(4)) < 0.5
    assert width_findings(simulated, np.arange(4)) == []
    assert sample_signal(simulated).checks == ()


def test_a_wrong_sampling_rate_makes_spikes_too_long_or_too_short(simulated):
    usable = np.arange(4)
    width = median_width(simulated, usable)
    slow, fast = at_rate(simulated, 30000 / 6), at_rate(simulated, 30000 * 5)
    assert median_width(slow, usable) == pytest.approx(6 * width, rel=0.4)
    assert "too long" in width_findings(slow, usable)[0].words and "sampling frequency" in sample_signal(slow).checks[0]
    assert "too short" in width_findings(fast, usable)[0].words


def test_noise_has_no_width(tmp_path):
    noise = np.random.default_rng(0).normal(0, 50, (60_000, 4)).astype(np.int16)
    recording = write(tmp_path / "noise.bin", noise)
    assert np.isnan(median_width(recording, np.arange(4))) and width_findings(recording, np.arange(4)) == []


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
