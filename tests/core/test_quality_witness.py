"""Our metrics beside those of SpikeInterface, on the same spikes and the same filtered signal.

Runs only where SpikeInterface is installed: a test for whoever changes a metric, not a dependency. To run it:

    .venv/bin/python -m pip install spikeinterface scikit-learn
    .venv/bin/python -m pytest tests/core/test_quality_witness.py

What has no counterpart there (amplitude drift, nearest unit, rival) is ours, and says so in the "?" of the table.
"""

import numpy as np
import pytest

from spikesift_core.progress import run_to_end
from spikesift_core.quality import measure_quality
from spikesift_core.quality.likeness import difference_matrix
from spikesift_core.quality.separation import OFFSETS_MS, rows_of
from spikesift_core.quality.signal import noise_levels
from spikesift_core.quality.trains import amplitude_cutoff, close_pairs, contamination
from spikesift_core.traces import read_filtered
from spikesift_core.tracks import track_amplitudes, track_spikes, tracks
from spikesift_core.unit_facts import presence, violation_share
from tests.core.quality_example import RATE, made

si = pytest.importorskip("spikeinterface", reason="SpikeInterface is not installed")
misc = pytest.importorskip("spikeinterface.metrics.quality.misc_metrics")
pytest.importorskip("sklearn", reason="scikit-learn is not installed")  # one of its metrics needs it
pca = pytest.importorskip("spikeinterface.metrics.quality.pca_metrics")


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    recording, found = made(tmp_path_factory.mktemp("witness"), step=0.0)
    return recording, found, run_to_end(measure_quality(found, tracks(found), RATE, recording))


@pytest.mark.parametrize(("rate", "foreign"), [(4.0, 0), (20.0, 300), (60.0, 3000)])
def test_contamination_and_violations(rate, foreign):
    random = np.random.default_rng(int(rate))
    duration, fs, refractory = 200 * 30_000, 30_000.0, 60
    own = np.cumsum(60 + random.exponential(fs / rate, int(200 * rate)).astype(np.int64))
    spikes = np.sort(np.concatenate([own[own < duration], random.integers(0, duration, foreign)]))
    pairs = misc._compute_nb_violations_numba(spikes, refractory)
    assert close_pairs(spikes, refractory) == pairs
    for censored in (0, 15):
        wanted = misc._compute_rp_contamination_one_unit(pairs, len(spikes), duration, censored, refractory)
        assert contamination(pairs, len(spikes), duration, refractory, censored) == pytest.approx(wanted)
    # seconds are rounded: half a sample less leaves out the intervals of just the refractory period, as we do
    _, _, count = misc.isi_violations([spikes / fs], duration / fs, (refractory - 0.5) / fs)
    assert round(violation_share(spikes, refractory) * (len(spikes) - 1)) == count


def test_presence_ratio():
    spikes = np.sort(np.random.default_rng(0).integers(0, 500_000, 60))
    edges = np.linspace(0, 1_000_000, 101)
    assert presence(spikes, 0, 1_000_000) == pytest.approx(misc.presence_ratio(spikes, bin_edges=edges))


@pytest.mark.parametrize("cut", [0.0, 0.7, 0.9, 1.1])
def test_amplitude_cutoff(cut):
    amplitudes = np.random.default_rng(1).normal(1, 0.2, 5000)
    amplitudes = amplitudes[amplitudes > cut].astype(np.float32)
    assert amplitude_cutoff(amplitudes) == pytest.approx(misc.amplitude_cutoff(amplitudes), abs=1e-9)


def test_signal_to_noise(example):
    """SpikeInterface's templates and noise levels, of the signal that we filtered."""
    recording, found, quality = example
    filtered = read_filtered(recording, 0, recording.num_samples)
    signal = si.NumpyRecording([filtered], RATE)
    probe = pytest.importorskip("probeinterface").Probe(ndim=2)
    probe.set_contacts(found.probe_geometry, shapes="circle", shape_params={"radius": 5})
    probe.set_device_channel_indices(np.arange(len(found.probe_geometry)))
    signal.set_probe(probe)
    units = tracks(found)
    times = np.concatenate([track_spikes(found, unit) for unit in units])
    labels = np.repeat([unit.id for unit in units], [len(track_spikes(found, unit)) for unit in units])
    sorting = si.NumpySorting.from_samples_and_labels([times], [labels], RATE)
    analyzer = si.create_sorting_analyzer(sorting, signal, sparse=False)
    analyzer.compute(["random_spikes", "templates", "noise_levels"], extension_params={
        "random_spikes": {"method": "all"}, "templates": {"ms_before": 0.5, "ms_after": 0.5}})  # fmt: skip
    theirs, ours = analyzer.get_extension("noise_levels").get_data(), noise_levels(recording, "default")
    np.testing.assert_allclose(ours, theirs, rtol=0.1)  # each from a few seconds, not the same ones
    channels = analyzer.get_main_channels(outputs="index", with_dict=True)
    wanted = misc.compute_snrs(analyzer)
    wanted = [wanted[unit.id] * theirs[channels[unit.id]] / ours[channels[unit.id]] for unit in units]
    np.testing.assert_allclose(quality.columns["snr"], wanted, rtol=0.01)


def test_isolation_is_the_d_prime_of_a_linear_discriminant(example):
    """The same features, handed to SpikeInterface's d'; the units do not move here, so segments need no care."""
    recording, found, quality = example
    units = tracks(found)
    vectors = np.array([track_amplitudes(found, unit).mean(axis=0) for unit in units])
    per_ms = recording.samples_per_ms
    rows = rows_of(vectors, found.probe_geometry, difference_matrix(found, units), per_ms)
    assert rows.offsets.tolist() == [round(offset * per_ms) for offset in OFFSETS_MS]
    filtered = read_filtered(recording, 0, recording.num_samples)
    answers = []
    for space in (0, 1):
        points = []
        for unit in units[:2]:
            at = track_spikes(found, unit)[:, None, None] + rows.offsets
            points.append(filtered[at, rows.channels[space][:, None]].reshape(len(at), -1))
        labels = np.repeat([0, 1], [len(one) for one in points])
        answers.append(pca.d_prime_metric(np.concatenate(points), labels, 0))
    assert quality.columns["isolation"][0] == pytest.approx(max(answers), rel=0.05)
