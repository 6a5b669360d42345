"""The terminal, as a person and as a script use it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from spikesift_core.cli import main
from spikesift_core.commands import COMMANDS
from spikesift_core.parameters import TABLE
from spikesift_core.session import SessionWriter, open_session, read_journal
from spikesift_core.unit_links import match_units

ROOT = Path(__file__).resolve().parents[2]
RATE = ("--dtype", "int16", "--sampling-frequency", "30000")
SHORT = ("--min-segment-length", "1", "--quiet")


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder with a simulated recording and its session, made by the commands."""
    folder = tmp_path_factory.mktemp("cli")
    base = folder / "sim"
    made = ["--channels", "8", "--seconds", "12", "--units", "5", "--drift", "5", "--seed", "1"]
    assert main(["simulate", *made, "--output", str(base), "--quiet"]) == 0
    assert main(["sort", f"{base}.bin", "--probe", f"{base}_probe.csv", *RATE, *SHORT, "--threads", "1"]) == 0
    return folder


def sort_line(work, output, *more):
    probe = str(work / "sim_probe.csv")
    return ["sort", str(work / "sim.bin"), "--probe", probe, *RATE, *SHORT, "--output", str(output), *more]


def answer(capsys, arguments):
    """Exit status, what `--json` gives, and the words on standard error."""
    capsys.readouterr()
    status = main([*map(str, arguments), "--json"])
    out, err = capsys.readouterr()
    return status, json.loads(out) if out else None, err


# ---------------------------------------------------------------- the lines as written


def test_simulate_writes_its_three_files(work):
    truth = np.load(work / "sim_truth.npz")
    assert truth["times"].dtype == np.int64
    assert len(truth["times"]) == len(truth["labels"])
    assert np.loadtxt(work / "sim_probe.csv", delimiter=",").shape == (8, 2)
    assert (work / "sim.bin").stat().st_size == 8 * 2 * 12 * 30000


def test_sort_writes_a_session_with_the_published_settings(work, tmp_path, capsys):
    line = sort_line(work, tmp_path / "rec.spikesift", "--preset", "published", "--threads", "1")
    status, data, _ = answer(capsys, line)
    assert status == 0
    session = open_session(tmp_path / "rec.spikesift")
    assert session.complete
    published = {parameter.name: parameter.default for parameter in TABLE} | {"min_segment_length": 1.0}
    options = {"common_reference": "none", "dead_channels": "keep", "exclude_channels": []}
    assert session.settings == published | options
    assert data["segments"] == session.segments > 2
    assert data["units_followed"] == len(session.sorted_recording) > 0
    assert data["seconds_of_recording"] == 12.0


def test_threads_do_not_change_the_answer(work, tmp_path):
    assert main(sort_line(work, tmp_path / "two.spikesift", "--threads", "2")) == 0
    one, two = (open_session(path).sorted_recording for path in (work / "sim.spikesift", tmp_path / "two.spikesift"))
    assert one.segment_boundaries() == two.segment_boundaries()
    spikes = one.all_spikes(), two.all_spikes()
    assert spikes[0].keys() == spikes[1].keys()
    for unit in spikes[0]:
        np.testing.assert_array_equal(spikes[0][unit], spikes[1][unit])


def test_export_npz_holds_times_and_labels(work, tmp_path, capsys):
    line = ["export", work / "sim.spikesift", "--format", "npz", "--output", tmp_path / "spikes.npz"]
    status, data, _ = answer(capsys, line)
    assert status == 0
    with np.load(tmp_path / "spikes.npz") as file:
        assert (file["times"].dtype, file["labels"].dtype) == (np.int64, np.int64)
        assert len(file["times"]) == len(file["labels"]) == data["spikes"] > 100
    assert main([*map(str, line), "--units", "all"]) == 0
    with np.load(tmp_path / "spikes.npz") as file:
        assert len(file["times"]) >= data["spikes"]


def test_map_gives_the_pairs_of_map_clusters(work, tmp_path, capsys):
    from spikesift_core.results import map_clusters

    path = work / "sim.spikesift"
    status, data, _ = answer(capsys, ["map", path, path])
    recording = open_session(path).sorted_recording
    assert status == 0
    assert dict(data["pairs"]) == map_clusters(recording, recording) == {unit: unit for unit in recording.cluster_ids()}
    assert data["shift"] == 0
    assert max(data["relative_costs"]) < 1e-6
    assert len(data["costs"]) == len(data["shifts"]) == 13
    status, data, _ = answer(capsys, ["map", path, path, "--max-drift", "5", "--consecutive", "--units", "all"])
    assert (data["source_segment"], data["target_segment"]) == (len(recording.sorted_segments) - 1, 0)
    assert len(data["shifts"]) == 3
    assert main(["map", str(path), str(path), "--report", str(tmp_path / "pairs.json")]) == 0
    assert f"Report: {tmp_path / 'pairs.json'}" in capsys.readouterr().out
    one = json.loads((tmp_path / "pairs.json").read_text(encoding="utf-8"))["comparisons"][0]
    assert {pair["source_unit"]: pair["target_unit"] for pair in one["pairs"]} == map_clusters(recording, recording)


def halves(work, folder):
    """The recording sorted as two; the clock of the second starts anew."""
    for name, offset in (("a", "0"), ("b", "180000")):
        more = ("--sample-offset", offset, "--num-samples", "180000")
        assert main(sort_line(work, folder / f"{name}.spikesift", *more)) == 0
    return [folder / "a.spikesift", folder / "b.spikesift"]


def test_merge_joins_sessions(work, tmp_path, capsys):
    parts = halves(work, tmp_path)
    target = tmp_path / "both.spikesift"
    status, data, err = answer(capsys, ["merge", *parts, "--output", target])
    assert (status, data) == (1, None)
    assert "--consecutive" in err
    status, data, _ = answer(capsys, ["map", *parts, "--as-merged", "--report", tmp_path / "as.json"])
    first, second = (open_session(path).sorted_recording for path in parts)
    assert status == 0 and list(map(tuple, data["pairs"])) == list(match_units(first, second).pairs) != []
    told = json.loads((tmp_path / "as.json").read_text(encoding="utf-8"))["comparisons"][0]
    assert [[pair["source_unit"], pair["target_unit"]] for pair in told["pairs"]] == data["pairs"]
    assert answer(capsys, ["map", *parts, "--as-merged", "--consecutive"])[0] == 1
    report, picture = tmp_path / "both.json", tmp_path / "both.svg"
    files = ["--report", report, "--picture", picture]
    status, data, _ = answer(capsys, ["merge", *parts, "--output", target, "--consecutive", *files])
    assert status == 0
    told = json.loads(report.read_text(encoding="utf-8"))
    assert [one["session"] for one in told["recordings"]] == data["merged"]
    assert told["recordings"][1]["files"] == [str((work / "sim.bin").resolve())]
    assert (data["report"], data["picture"]) == (str(report), str(picture))
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    session = open_session(target)
    assert data["units_followed"] == len(session.sorted_recording)
    assert session.sorted_recording.segment_boundaries()[-1][1] == 360000
    assert [part["moved_by"] for part in session.recording_description["parts"]] == [0, 180000]
    assert main(["info", str(target)]) == 0


# ---------------------------------------------------------------- info


def test_info_of_a_session(work, capsys):
    status, data, _ = answer(capsys, ["info", work / "sim.spikesift"])
    assert status == 0
    assert (data["kind"], data["state"], data["channels"]) == ("session", "complete", 8)
    assert data["recording_found"]
    assert sum(unit["followed"] for unit in data["units"]) == data["units_followed"]
    assert main(["info", str(work / "sim.spikesift")]) == 0
    assert "followed through all segments" in capsys.readouterr().out


def test_info_of_a_recording(work, capsys):
    line = ["info", work / "sim.bin", "--probe", work / "sim_probe.csv", *RATE]
    status, data, _ = answer(capsys, line)
    assert status == 0
    assert (data["channels"], data["seconds"], data["checks"]) == (8, 12.0, [])
    assert len(data["noise"]) == 8
    assert main([*map(str, line)]) == 0
    assert "8 channels, int16, 30000 Hz" in capsys.readouterr().out


def test_info_tells_of_the_course_of_a_recording(work, tmp_path, capsys):
    data = np.fromfile(work / "sim.bin", np.int16).reshape(-1, 8)
    data[len(data) // 2 :] *= 3
    data.tofile(tmp_path / "loose.bin")
    line = ["info", tmp_path / "loose.bin", "--probe", work / "sim_probe.csv", *RATE]
    status, data, _ = answer(capsys, line)
    assert status == 0 and any(words.startswith("The noise becomes") for words in data["checks"])
    assert data["pieces_looked_at"] >= 40


def test_info_of_an_unknown_file_says_what_fits(work, capsys):
    status, data, _ = answer(capsys, ["info", work / "sim.bin"])
    assert status == 0
    assert 8 in data["channel_counts_that_fit"]["int16"]
    assert 7 not in data["channel_counts_that_fit"]["int16"]
    assert main(["info", str(work / "sim.bin"), "--probe", str(work / "sim_probe.csv")]) == 0
    assert "the probe has 8 channels, which fit as: int8" in capsys.readouterr().out


# ---------------------------------------------------------------- help and wrong usage


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_help_with_examples_that_parse(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([command.name, "--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert "--json" in out
    from spikesift_core.cli import make_parser

    for example in command.examples:
        assert example in out
        assert make_parser().parse_args(example.split()[1:]).command is command


def test_every_file_of_commands_is_in_the_table():
    folder = ROOT / "spikesift_core" / "commands"
    shared = {"__init__", "options", "info_recording"}
    assert {path.stem for path in folder.glob("*.py")} - shared == {row.name for row in COMMANDS}


def test_every_sorting_parameter_is_an_option(capsys):
    with pytest.raises(SystemExit):
        main(["sort", "--help"])
    out = capsys.readouterr().out
    for parameter in TABLE:
        assert "--" + parameter.name.replace("_", "-") in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["sort", __file__],
        ["sort", __file__, "--probe", "p.csv", *RATE, "--start", "1", "--num-samples", "10"],
        ["sort", "rec.bin", "--probe", "p.csv", *RATE, "--start", "-1"],
        ["sort", "rec.bin", "--probe", "p.csv", "--dtype", "int17", "--sampling-frequency", "30000"],
        ["sort", "rec.bin", "--probe", "p.csv", *RATE, "--threads", "0"],
        ["sort", "rec.bin", "--probe", "p.csv", *RATE, "--merging-threshold", "2"],
        ["sort", "rec.bin", "--probe", "p.csv", *RATE, "--detection-polarity", "0"],
        ["sort", "rec.bin", "--probe", "p.csv", *RATE, "--preset", "best"],
        ["sort", "rec.bin", "--probe", "p.csv", *RATE, "--header", "-1"],
        ["export", "rec.spikesift", "--format", "doc", "--output", "x"],
        ["map", "a.spikesift"],
        ["map", "a.spikesift", "b.spikesift", "--picture", "pairs.png"],
    ],
)
def test_wrong_usage_ends_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "error: " in err
    if arguments[0] != "nonsense":
        assert err.startswith(f"usage: spikesift {arguments[0]} "), "the usage of the command, not of the program"


def test_no_command_shows_help(capsys):
    assert main([]) == 2
    assert "a first try:" in capsys.readouterr().out


# ---------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sort", "none.bin", "--probe", "sim_probe.csv", *RATE], "none.bin cannot be read"),
        (["sort", "sim.bin", "--probe", "none.csv", *RATE, "--output", "n"], "none.csv cannot be read"),
        (["sort", "sim.bin", "--probe", "sim_probe.csv", *RATE], "holds a session already"),
        (["sort", "odd.bin", "--probe", "sim_probe.csv", *RATE], "near 8 that fit the file as int16: 1, 2, 3, 5, 6,"),
        (
            ["sort", "sim.bin", "--probe", "sim_probe.csv", *RATE, "--output", "full"],
            "is not a session; choose another",
        ),
        (["sort", ".", "--probe", "sim_probe.csv", *RATE], "is a folder"),
        (["sort", "sim.bin", "--probe", "sim_probe.csv", *RATE, "--output", "full/thesis.txt/x"], "cannot be written"),
        (["info", "empty.bin"], "is empty: it has no samples"),
        (["info", "nothing"], "does not exist"),
        (["info", "full"], "is a folder in which no recording was recognised, nor a session"),
        (["export", "sim.spikesift", "--format", "npz", "--output", "x.csv"], "ends with .npz"),
        (["export", "sim.bin", "--format", "npz", "--output", "x.npz"], "is not a session"),
        (["map", "sim.spikesift", "none.spikesift"], "does not exist"),
        (["map", *2 * ["sim.spikesift"], "--report", "full/thesis.txt/x.json"], "x.json cannot be written"),
        (["merge", "sim.spikesift", "--output", "m.spikesift"], "At least two"),
        (["merge", *2 * ["sim.spikesift"], "--consecutive", "--output", "m.spikesift"], "is named twice"),
        (["simulate", "--output", "nowhere/x"], "There is no folder nowhere"),
        (["simulate", "--output", "odd"], "Choose another --output"),
        (["simulate", "--seconds", "-1", "--output", "x"], "seconds must be"),
    ],
)
def test_failures_end_with_1_and_words(work, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(work)
    (work / "full").mkdir(exist_ok=True)
    (work / "full" / "thesis.txt").write_text("x", encoding="utf-8")
    (work / "empty.bin").touch()
    (work / "odd.bin").write_bytes(bytes(2 * 2 * 3 * 5))
    before = (work / "sim.bin").stat().st_size
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert "Traceback" not in err
    assert (work / "sim.bin").stat().st_size == before


def test_a_damaged_session_is_used_when_asked_to(work, tmp_path, capsys):
    folder = tmp_path / "damaged.spikesift"
    shutil.copytree(work / "sim.spikesift", folder)
    (folder / "segments" / "000001.npy").write_bytes(b"")
    line = ["export", str(folder), "--format", "npz", "--output", str(tmp_path / "s.npz")]
    assert main(line) == 1
    assert "--repair" in capsys.readouterr().err
    status, data, err = answer(capsys, [*line, "--repair"])
    assert status == 0
    assert "000001.npy is damaged" in err
    assert data["units"] == len(open_session(folder, repair=True).sorted_recording) > 0
    assert main(["map", str(folder), str(work / "sim.spikesift"), "--repair"]) == 0


def test_an_unexpected_error_is_shown_in_full(work, monkeypatch, capsys):
    def broken(*arguments, **options):
        raise RuntimeError("the sky fell")

    monkeypatch.setattr("spikesift_core.session.open_session", broken)
    assert main(["info", str(work / "sim.spikesift")]) == 1
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "please report" in err


def test_a_file_that_shrinks_keeps_the_finished_segments(work, tmp_path, monkeypatch, capsys):
    copy = tmp_path / "rec.bin"
    copy.write_bytes((work / "sim.bin").read_bytes())
    add = SessionWriter.add

    def add_and_shrink(writer, event):
        add(writer, event)
        os.truncate(copy, 8 * 2 * 30000 * 6)

    monkeypatch.setattr(SessionWriter, "add", add_and_shrink)
    line = ["sort", str(copy), "--probe", str(work / "sim_probe.csv"), *RATE, *SHORT, "--threads", "1"]
    assert main(line) == 1
    err = capsys.readouterr().err
    assert "has become shorter" in err
    session = open_session(tmp_path / "rec.spikesift")
    assert session.state == "cancelled"
    assert 0 < session.segments < 6
    assert f"{session.segments} finished segment" in err
    assert "has become shorter" in read_journal(session.folder)[-1]["reason"]
    assert main(["info", str(session.folder)]) == 0
    assert "why it ended early: " + read_journal(session.folder)[-1]["reason"] in capsys.readouterr().out


# ---------------------------------------------------------------- Ctrl+C


def start(line):
    """The command in a process of its own, which hears Ctrl+C even where the tests run in the background and do not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "spikesift_core.cli", *line],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(os.name != "posix", reason="a signal like Ctrl+C can only be sent to a process here")
@pytest.mark.parametrize("threads", ["1", "2"])
def test_ctrl_c_keeps_finished_segments_and_says_so(work, tmp_path, threads):
    long = tmp_path / "long.bin"
    times = 50  # longer than what is sorted while the signal is on its way
    with long.open("wb") as file:
        for _ in range(times):
            file.write((work / "sim.bin").read_bytes())
    folder = tmp_path / "long.spikesift"
    line = ["sort", str(long), "--probe", str(work / "sim_probe.csv"), *RATE, *SHORT, "--threads", threads]
    process = start([*line, "--json"])
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and not (folder / "segments" / "000002.npy").exists():
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 130, err
    session = open_session(folder)
    data = json.loads(out)
    assert (session.state, data["state"]) == ("cancelled", "cancelled")
    assert 3 <= session.segments == data["segments"]
    assert session.sorted_recording.end_time() < times * 12 * 30000
    assert main(["export", str(folder), "--format", "csv", "--output", str(tmp_path / "s.csv")]) == 0


def test_ctrl_c_before_the_first_segment_leaves_no_session(work, tmp_path, monkeypatch, capsys):
    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("spikesift_core.sorting.sort_segment", stop)
    assert main(sort_line(work, tmp_path / "rec.spikesift", "--threads", "1")) == 130
    assert "nothing is kept" in capsys.readouterr().out
    assert not (tmp_path / "rec.spikesift").exists()
