"""The simulator's files: what is in them, that they can be made again, and that length costs no memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from spikesift_core.progress import Progress
from spikesift_core.simulate import SimulationSettings, default_probe, simulate, simulate_events
from spikesift_core.simulation.settings import OUTPUT_TYPES
from spikesift_core.truth import Truth, read_truth

SMALL = {"channels": 6, "seconds": 4, "units": 4, "sampling_frequency": 10_000}


def samples(made):
    return made.recording().read(0, made.recording().num_samples)


def test_files_and_truth_belong_together(tmp_path):
    made = simulate(tmp_path / "a.first", **SMALL)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        "a.first.bin",
        "a.first_probe.csv",
        "a.first_truth.npz",
    ]
    assert samples(made).shape == (40_000, 6)
    assert samples(made).dtype == np.int16
    np.testing.assert_array_equal(np.loadtxt(made.probe_file, delimiter=","), default_probe(6))
    read = read_truth(made.truth_file)
    for name in Truth.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(read, name), getattr(made.truth, name))


def test_truth_is_in_order(tmp_path):
    truth = simulate(tmp_path / "a", **SMALL).truth
    assert truth.times.dtype == truth.labels.dtype == np.int64
    assert (np.diff(truth.times) >= 0).all()
    assert truth.times[0] >= 0
    assert truth.times[-1] < 40_000
    assert set(truth.labels) == {0, 1, 2, 3}
    trains = truth.trains()
    assert [len(train) for train in trains] == (truth.rates * 4).round().astype(int).tolist()
    np.testing.assert_array_equal(np.sort(np.concatenate(trains)), truth.times)


def test_the_same_seed_gives_the_same_files_and_another_seed_others(tmp_path):
    first, second = (simulate(tmp_path / name, **SMALL, seed=3) for name in "ab")
    assert first.binary_file.read_bytes() == second.binary_file.read_bytes()
    np.testing.assert_array_equal(first.truth.times, second.truth.times)
    other = simulate(tmp_path / "c", **SMALL, seed=4)
    assert first.binary_file.read_bytes() != other.binary_file.read_bytes()
    assert first.truth.times.tolist() != other.truth.times.tolist()


def test_a_recording_can_be_made_again_from_its_truth(tmp_path):
    made = simulate(tmp_path / "a", probe=[[0, 0], [10, 40], [-5, 80.5]], seconds=2, units=3, seed=8)
    settings = read_truth(made.truth_file).settings
    del settings["version"]
    again = simulate(tmp_path / "b", **settings)
    assert made.binary_file.read_bytes() == again.binary_file.read_bytes()


def test_chunks_change_nothing(tmp_path):
    long = SMALL | {"seconds": 12}  # four blocks
    made = [simulate(tmp_path / f"{i}", **long, chunk_seconds=chunk) for i, chunk in enumerate((0.001, 5, 60))]
    assert len({one.binary_file.read_bytes() for one in made}) == 1
    assert len({one.truth.times.tobytes() for one in made}) == 1


def test_a_longer_recording_begins_like_a_shorter_one(tmp_path):
    still = SMALL | {"drift": 0}
    short, long = (simulate(tmp_path / f"{s}", **still | {"seconds": s}) for s in (4, 6))
    # The last spikes of the short one are left out: they would be cut.
    np.testing.assert_array_equal(samples(short)[:39_000], samples(long)[:39_000])


def test_memory_does_not_grow_with_the_length(tmp_path):
    def peak(seconds):
        tracemalloc.start()
        made = simulate(tmp_path / "a", channels=8, seconds=seconds, units=2, sampling_frequency=5000)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used, made.truth.times.nbytes

    (short, _), (long, truth) = peak(40), peak(400)
    # What is known grows, and little else: the recording itself grows by 29 MB.
    assert long - short < 8 * truth + 1_000_000


def test_progress_and_cancel(tmp_path):
    job = simulate_events(tmp_path / "a", **SMALL | {"seconds": 20}, chunk_seconds=3)
    first = next(job)
    assert isinstance(first, Progress)
    assert 0 < first.fraction < 1
    assert first.total == 20.0
    job.close()
    assert list(tmp_path.iterdir()) == []
    events = list(simulate_events(tmp_path / "a", **SMALL | {"seconds": 20}, chunk_seconds=3))
    assert len(events) > 3
    assert events[-1].fraction == 1.0
    assert (np.diff([event.done for event in events]) > 0).all()


@pytest.mark.parametrize("data_type", OUTPUT_TYPES)
def test_output_types_hold_the_same_voltages(tmp_path, data_type):
    exact = samples(simulate(tmp_path / "exact", **SMALL, data_type="float64"))
    made = simulate(tmp_path / "a", **SMALL, data_type=data_type, uv_per_bit=0.5)
    middle = 32_768 if data_type == "uint16" else 0
    voltage = (samples(made).astype(float) - middle) * made.truth.uv_per_bit
    assert made.truth.uv_per_bit == (1.0 if data_type.startswith("float") else 0.5)
    np.testing.assert_allclose(voltage, exact, atol=0.2501 if made.truth.uv_per_bit == 0.5 else 1e-3)


def test_no_voltage_wraps_around(tmp_path):
    made = simulate(tmp_path / "a", **SMALL, amplitude=(1000, 1000), uv_per_bit=0.01)
    assert samples(made).min() == -32_768
    trough = samples(made)[made.truth.times[made.truth.labels == 0]]
    assert (trough.min(axis=1) < -20_000).all()


@pytest.mark.parametrize("seconds", [0.01, 0.11])
def test_short_recordings(tmp_path, seconds):
    made = simulate(tmp_path / "a", channels=1, seconds=seconds, units=1)
    assert samples(made).shape == (round(seconds * 30_000), 1)
    assert made.truth.drift_um.shape == (round(seconds * 100) + 1,)


def test_recordings_without_units_background_or_noise(tmp_path):
    silent = simulate(tmp_path / "a", channels=3, seconds=1, units=0, background_per_channel=0, noise=0)
    assert not samples(silent).any()
    assert len(silent.truth) == len(silent.truth.times) == 0
    assert silent.truth.trains() == []
    clean = simulate(tmp_path / "b", channels=3, seconds=1, units=2, background_per_channel=0, noise=0)
    assert np.isposinf(clean.truth.snr).all()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"seconds": 0}, "seconds must be a number from 0.01"),
        ({"seconds": float("nan")}, "seconds must be a number"),
        ({"units": 2.5}, "units must be a whole number from 0"),
        ({"channels": True}, "channels must be a whole number from 1"),
        ({"channels": "many"}, "channels must be a whole number from 1"),
        ({"amplitude": (50, 20)}, "amplitude must be the smallest and the largest"),
        ({"rate": 5}, "rate must be two numbers"),
        ({"rate": (1, 200), "refractory_ms": 5}, "leaves no room for a refractory period of 5 ms"),
        ({"drift_kind": "wobble"}, "drift_kind must be one of 'none', 'sine'"),
        ({"data_type": "int64"}, "data_type must be one of 'int16'"),
        ({"drift_path": [(2, 0), (1, 5)]}, "drift_path must be points in order of time"),
        ({"drift_path": [1, 2]}, "drift_path must be points"),
        ({"units": 3, "silences": [(3, 0, 1)]}, "silences must name units from 0 to 2"),
        ({"silences": [(0, 2, 2)]}, "end after they begin"),
        ({"drifts": 5}, "'drifts' is not a setting of the simulator; there are: channels, seconds"),
        ({"probe": [[0, 0]], "channels": 2}, "channels is 2, but probe has 1 contacts"),
        ({"probe": [1, 2, 3]}, "probe must have the shape"),
        ({"probe": [[0, np.inf]]}, "row 0 is"),
        ({"probe": "probe.csv"}, "probe must be an array of x, y in um"),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_words(tmp_path, given, words):
    with pytest.raises(ValueError, match=words):
        simulate(tmp_path / "a", **given)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("base", "words"), [("none/a", "There is no folder"), (3.5, "output_base must be a path")])
def test_places_that_cannot_be_written_are_refused_in_words(tmp_path, base, words):
    with pytest.raises(ValueError, match=words):
        simulate(tmp_path / base if isinstance(base, str) else base, **SMALL)


def test_silent_units_and_a_given_path_are_made_again_from_the_truth(tmp_path):
    given = {"silences": [(1, 0, 2), (2, 1, 3.5)], "drift_path": [(0, 0), (2, 30)], "rate": (20, 50)}
    made = simulate(tmp_path / "a", **SMALL, **given)
    trains = [train / 10_000 for train in made.truth.trains()]
    assert trains[1].min() >= 2
    assert not ((trains[2] >= 1) & (trains[2] < 3.5)).any()
    assert trains[2].min() < 1
    assert trains[2].max() > 3.5
    assert np.ptp(made.truth.drift_um) == 30
    settings = read_truth(made.truth_file).settings
    del settings["version"]
    again = simulate(tmp_path / "b", **settings)
    assert again.binary_file.read_bytes() == made.binary_file.read_bytes()


def test_settings_are_frozen():
    with pytest.raises(AttributeError):
        SimulationSettings().seed = 1
