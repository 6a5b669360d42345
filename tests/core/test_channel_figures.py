"""Figures of each channel: what is made of a channel is what is measured on it."""

import numpy as np
import pytest

from spikesift_core.channel_figures import FIGURES, ChannelFigures, channel_figures, line_noise, power_spectrum
from tests.helpers import write

RATE = 20000.0
COLUMN = np.column_stack([np.zeros(8), 20.0 * np.arange(8)])


def made(samples=80_000, seed=0):
    """Noise that neighbours share, as voltages in steps of a converter."""
    rng = np.random.default_rng(seed)
    own = rng.normal(0, 40, (samples, 10))
    return own[:, :8] + own[:, 1:9] + own[:, 2:]


def figures(tmp_path, data, sensitivity=6.7, **how) -> ChannelFigures:
    recording = write(tmp_path / "a.bin", np.rint(data).astype(np.int16), RATE, COLUMN)
    return channel_figures(recording, sensitivity, **how)


def test_a_good_recording_has_usual_figures_everywhere(tmp_path):
    found = figures(tmp_path, made())
    for row in FIGURES:
        values = getattr(found, row.name)
        assert values.shape == (8,) and np.isfinite(values).all(), row.name
    assert found.noise.std() < 0.05 * found.noise.mean() and (found.rate < 1).all()
    assert (found.line_share < 0.01).all() and not found.saturated.any() and (found.likeness[2:6] > 0.25).all()
    assert found.proposed() == {} and found.odd() == {} and found.seconds > 1.9


@pytest.mark.parametrize("mains", [50.0, 60.0])
def test_hum_is_measured_as_its_share_of_the_power(tmp_path, mains):
    data = made()
    times = np.arange(len(data)) / RATE
    hum = 100 * np.sin(2 * np.pi * mains * times) + 50 * np.sin(2 * np.pi * 3 * mains * times)
    data[:, 3] += hum
    found = figures(tmp_path, data)
    assert found.mains == mains
    assert found.line_share[3] == pytest.approx(hum.var() / data[:, 3].var(), rel=0.1)
    assert (np.delete(found.line_share, 3) < 0.01).all()


def test_spikes_dead_noisy_saturated_and_lonely_channels_are_told_apart(tmp_path):
    data = made()
    for sample in range(1000, 79_000, 1000):
        data[sample - 10 : sample + 10, 6] -= 1500
    data[:, 1] *= 0.02
    data[:, 2] *= 12
    data[:, 4] = np.random.default_rng(5).normal(0, 70, len(data))
    found = figures(tmp_path, np.clip(data, -3000, 3000))
    assert found.rate[6] == pytest.approx(20, rel=0.15) and found.rate[7] < 1
    assert found.likeness[4] < 0.05 < found.likeness[6]
    proposed = found.proposed()
    assert set(proposed) == {1, 2} and proposed[1].startswith("dead") and proposed[2].startswith("noisy")


def test_saturation_is_a_share_and_proposed(tmp_path):
    data = made()
    data[:800, 5] = 40_000  # each piece looked at holds some
    data[::50, 5] = 40_000
    found = figures(tmp_path, np.clip(data, -32768, 32767))
    assert found.saturated[5] > 0.02 and "saturated" in found.proposed()[5]


def test_the_common_reference_changes_rate_and_likeness(tmp_path):
    data = made() + np.random.default_rng(9).normal(0, 200, (80_000, 1))
    plain, less = figures(tmp_path, data), figures(tmp_path, data, reference=tuple(range(8)))
    assert plain.likeness.min() > 0.7 > less.likeness.max()


def test_the_spectrum_has_the_power_of_the_signal(tmp_path):
    data = np.rint(made()).astype(np.int16)
    recording = write(tmp_path / "a.bin", data, RATE, COLUMN)
    frequencies, power = power_spectrum(recording)
    assert frequencies[0] == 0 and frequencies[-1] == RATE / 2
    total = power.sum(axis=1) * (frequencies[1] - frequencies[0])
    np.testing.assert_allclose(total, data.var(axis=0), rtol=0.05)
    found = channel_figures(recording, 6.7)
    assert found.spectrum.shape == (8, len(found.frequencies)) and (np.diff(found.frequencies) > 0).all()
    np.testing.assert_allclose(np.median(found.spectrum[:, -20:] ** 2), np.median(power), rtol=0.3)


def test_what_cannot_be_measured_is_nan_and_no_error(tmp_path):
    tiny = channel_figures(write(tmp_path / "tiny.bin", np.zeros((5, 8), np.int16), RATE, COLUMN), 6.7)
    assert np.isnan(tiny.rate).all() and np.isnan(tiny.line_share).all() and tiny.spectrum.shape == (8, 0)
    data = made().astype(np.float32)
    data[100, 3] = np.nan
    found = channel_figures(write(tmp_path / "nan.bin", data, RATE, COLUMN), 6.7)
    assert np.isnan(found.noise[3]) and np.isnan(found.rate[3]) and np.isfinite(np.delete(found.rate, 3)).all()
    mains, share = line_noise(np.arange(3.0), np.ones((2, 3)))
    assert mains == 50.0 and np.isnan(share).all()
