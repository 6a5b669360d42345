"""Options of the signal at the terminal: what is left out is said, what does not fit is refused in words."""

import json

import numpy as np
import pytest

from spikesift_core.cli import main
from spikesift_core.simulate import simulate

RATE = ("--dtype", "int16", "--sampling-frequency", "30000")


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder with a simulated recording of eight channels."""
    folder = tmp_path_factory.mktemp("cli")
    simulate(folder / "sim", channels=8, seconds=6, units=4, seed=1)
    return folder


def sort_line(work, output, *more):
    line = ["sort", work / "sim.bin", "--probe", work / "sim_probe.csv", *RATE, "--quiet", "--output", output, *more]
    return [str(word) for word in line]


def answer(capsys, arguments):
    """Exit status and what `--json` gives."""
    capsys.readouterr()
    status = main([*map(str, arguments), "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_channels_are_left_out_and_said(work, tmp_path, capsys):
    line = sort_line(work, tmp_path / "rec.spikesift", "--exclude-channels", "1, 6-7", "--threads", "1")
    status, data = answer(capsys, line)
    assert status == 0 and data["channels_excluded"] == dict.fromkeys("167", "excluded by hand")
    status, data = answer(capsys, ["info", tmp_path / "rec.spikesift" / "session.json"])
    assert data["settings"]["exclude_channels"] == [1, 6, 7] and set(data["channels_excluded"]) == {"1", "6", "7"}
    assert main(["info", str(tmp_path / "rec.spikesift")]) == 0
    words = capsys.readouterr().out
    assert "exclude_channels 1, 6, 7 (preset default)" in words
    assert "changed from the preset: exclude_channels 1, 6, 7 instead of none\n" in words
    assert data["changed_from_preset"] == ["exclude_channels"]
    assert "left out: channel 6, excluded by hand" in words and "dead_channels exclude" in words


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        (("--exclude-channels", "8"), 1, "names 8, but the recording has 8 channels, 0 to 7"),
        (("--common-reference", "median"), 1, "needs at least 16 channels, there are 8"),
        (("--start", "50"), 1, "180000 samples, 6 s. (This comes from --start 50 s.)"),
        (("--start", "2", "--stop", "99"), 1, "give at most 120000. (This comes from --start 2 s and --stop 99 s.)"),
    ],
)
def test_options_that_do_not_fit_are_refused_in_words(work, tmp_path, capsys, given, status, words):
    capsys.readouterr()
    assert main(sort_line(work, tmp_path / "rec.spikesift", *given)) == status
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "given", "words"),
    [
        ("--exclude-channels", "two", "channel numbers from 0"),
        ("--exclude-channels", "3-", "channel numbers from 0"),
        ("--processes", "two", "a whole number, 1 or more"),
        ("--threads", "0", "a whole number, 1 or more"),
        ("--min-spikes-per-cluster", "few", "must be any number, not 'few'"),
    ],
)
def test_values_that_cannot_be_read_are_wrong_usage(work, tmp_path, capsys, option, given, words):
    with pytest.raises(SystemExit) as stopped:
        main(sort_line(work, tmp_path / "rec.spikesift", option, given))
    assert stopped.value.code == 2 and words in capsys.readouterr().err


def test_a_recording_in_which_no_unit_is_found(tmp_path, capsys):
    np.random.default_rng(0).normal(0, 30, (60_000, 4)).astype(np.int16).tofile(tmp_path / "noise.bin")
    (tmp_path / "probe.csv").write_text("0,0\n0,20\n0,40\n0,60\n", encoding="utf-8")
    session = tmp_path / "noise.spikesift"
    line = ["sort", str(tmp_path / "noise.bin"), "--probe", str(tmp_path / "probe.csv"), *RATE, "--quiet"]
    assert main(line) == 0
    assert "No unit was found. Lower --detection-sensitivity" in capsys.readouterr().out
    status, data = answer(capsys, ["info", session, "--quality"])
    assert status == 0 and data["quality"]["units"] == []
    assert main(["info", str(session), "--quality"]) == 0
    for format in ("npz", "csv", "quality"):
        file = tmp_path / f"{format}.{'npz' if format == 'npz' else 'csv'}"
        assert main(["export", str(session), "--format", format, "--output", str(file)]) == 0 and file.exists()


def test_an_empty_file_is_called_empty(work, tmp_path, capsys):
    (tmp_path / "none.bin").touch()
    line = sort_line(work, tmp_path / "rec.spikesift")
    line[1] = str(tmp_path / "none.bin")
    assert main(line) == 1 and "none.bin is empty: it has no samples. Copy it again" in capsys.readouterr().err


def test_info_tells_of_dead_channels(work, tmp_path, capsys):
    raw = np.fromfile(work / "sim.bin", np.int16).reshape(-1, 8)
    raw[:, 3] = 0
    raw[:, 5] = raw[:, 4] // 30
    raw.tofile(tmp_path / "dead.bin")
    line = ["info", tmp_path / "dead.bin", "--probe", work / "sim_probe.csv", *RATE]
    _, data = answer(capsys, line)
    assert [one["kind"] for one in data["channel_verdicts"]] == ["good"] * 3 + ["dead", "good", "dead", "good", "good"]
    assert main([*map(str, line)]) == 0
    assert "channel 5: dead: noise" in capsys.readouterr().out


def test_an_option_that_does_not_exist_is_told_with_where_all_are(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["info", "a.bin", "--data-type", "int16"])
    assert caught.value.code == 2
    assert "not known here: --data-type int16. All options: spikesift info --help" in capsys.readouterr().err


def test_simulate_says_how_to_sort_it_and_leaves_a_probe_of_that_name(tmp_path, capsys):
    base = tmp_path / "a day"
    line = ["simulate", "--channels", "4", "--seconds", "1", "--quiet", "--output", str(base)]
    base.with_name("a day_probe.csv").write_text("0,0\n", encoding="utf-8")
    assert main(line) == 1 and "a day_probe.csv exists, and no a day_truth.npz" in capsys.readouterr().err
    assert main([*line, "--overwrite", "--sampling-frequency", "24414.0625"]) == 0
    words = capsys.readouterr().out.rstrip()
    assert words.endswith(f'sort "{base}.bin" --probe "{base}_probe.csv" --dtype int16 --sampling-frequency 24414.0625')
