"""Likely types and channel counts of plain binary files."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from spikesift_core.cli import main
from spikesift_core.recording_guesses import PICTURE_ROWS, guess_recording
from spikesift_core.simulate import simulate

TYPES = ("int16", "uint16", "int32", "float32", "float64")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """A simulated recording of 12 channels in each type."""
    folder = tmp_path_factory.mktemp("guesses")
    given = {"channels": 12, "seconds": 1.0, "units": 4, "seed": 1}
    return {kind: simulate(folder / kind, data_type=kind, **given).binary_file for kind in TYPES}


@pytest.mark.parametrize("kind", TYPES)
def test_the_type_and_the_channels_come_first(simulated, kind):
    best = guess_recording(simulated[kind])[0]
    assert (best.data_type, best.channels, best.swapped) == (kind, 12, False)
    assert best.picture.shape[1] == PICTURE_ROWS and best.picture.dtype == np.float32
    assert best.words == f"{kind}, 12 channels" and best.layout is None


def test_bytes_in_the_other_order_are_recognised(simulated, tmp_path):
    np.fromfile(simulated["int16"], np.int16).byteswap().tofile(tmp_path / "swapped.bin")
    best = guess_recording(tmp_path / "swapped.bin")[0]
    assert (best.data_type, best.channels, best.swapped) == ("int16", 12, True)
    assert best.layout.swapped and "bytes in the other order" in best.words


def test_a_header_is_skipped_and_several_files_must_agree(simulated, tmp_path):
    content = simulated["int16"].read_bytes()
    (tmp_path / "a.bin").write_bytes(b"x" * 100 + content)
    (tmp_path / "b.bin").write_bytes(b"x" * 100 + content[: 24 * 5001])
    for files in (tmp_path / "a.bin", [tmp_path / "a.bin", tmp_path / "b.bin"]):
        assert guess_recording(files, header=100)[0].channels == 12
    (tmp_path / "b.bin").write_bytes(b"x" * 100 + content[: 26 * 5001])  # 13 channels would fit this one
    assert all(guess.channels != 12 for guess in guess_recording([tmp_path / "a.bin", tmp_path / "b.bin"], 100))


def test_many_channels_and_one(tmp_path):
    made = simulate(tmp_path / "many", channels=384, seconds=0.5, units=3, seed=2)
    assert guess_recording(made.binary_file)[0].channels == 384
    walk = np.cumsum(np.random.default_rng(0).normal(0, 1, 60000))
    (walk - walk.mean()).astype(np.int16).tofile(tmp_path / "one.bin")
    best = guess_recording(tmp_path / "one.bin")[0]
    assert (best.data_type, best.channels, best.words) == ("int16", 1, "int16, 1 channel")


def with_common_noise(channels, share, slow_common, smooth_own=True, samples=4000):
    """Noise of each channel with SD 10, and noise that all have in common with `share` times that."""
    rng = np.random.default_rng([channels, round(share)])
    own = rng.normal(0, 1, (samples, channels))
    own = lfilter([1], [1, -0.7], own, axis=0) if smooth_own else own
    common = rng.normal(0, 1, samples)
    common = lfilter([1], [1, -0.99], common) if slow_common else common
    return 10 * own / own.std() + 10 * share * (common / common.std())[:, None]


@pytest.mark.parametrize("kind", ["int16", "float32"])
@pytest.mark.parametrize("slow_common", [False, True])
@pytest.mark.parametrize(("channels", "share"), [(32, 1), (32, 10), (64, 3), (128, 10), (384, 10)])
def test_noise_that_all_channels_have_in_common_is_seen_through(tmp_path, channels, share, slow_common, kind):
    values = with_common_noise(channels, share, slow_common).astype(kind)
    (tmp_path / "common.bin").write_bytes(b"head" * 20 + values.tobytes())
    best = guess_recording(tmp_path / "common.bin", header=80)[0]
    assert (best.data_type, best.channels, best.swapped) == (kind, channels, False)


def test_common_noise_that_changes_from_sample_to_sample_tells_by_its_steps(tmp_path):
    values = with_common_noise(64, 10, False, smooth_own=False).astype(np.int16)
    values.tofile(tmp_path / "steps.bin")
    assert guess_recording(tmp_path / "steps.bin")[0].channels == 64


@pytest.mark.parametrize("kind", ["int16", "float32"])
@pytest.mark.parametrize("share", [0, 3])
def test_the_halves_of_larger_numbers_are_no_channels(tmp_path, kind, share):
    """Nothing tells the channels here: then nothing is said, least of all "2 channels"."""
    values = with_common_noise(64, share, slow_common=True, smooth_own=False).astype(kind)
    values.tofile(tmp_path / "white.bin")
    assert [guess for guess in guess_recording(tmp_path / "white.bin") if guess.channels != 64] == []


@pytest.mark.parametrize(
    "values",
    [np.zeros(0), np.zeros(9000), np.full(9000, 7), np.random.default_rng(0).normal(0, 10, 28000), np.arange(40)],
)
def test_nothing_is_guessed_where_nothing_stands_out(tmp_path, values):
    values.astype(np.int16).tofile(tmp_path / "odd.bin")
    assert guess_recording(tmp_path / "odd.bin") == []


def test_random_bytes_have_no_good_guess_and_a_missing_file_is_said(tmp_path):
    np.random.default_rng(0).integers(0, 256, 2**18).astype(np.uint8).tofile(tmp_path / "random.bin")
    assert guess_recording(tmp_path / "random.bin") == []
    with pytest.raises(ValueError, match=r"gone.bin cannot be read"):
        guess_recording(tmp_path / "gone.bin")


def test_the_terminal_ranks_them_too(simulated, capsys):
    assert main(["info", str(simulated["float32"])]) == 0
    assert "look most like: float32, 12 channels" in capsys.readouterr().out
