"""NaN and infinity are found wherever they are, and what is read in their place lets a recording be sorted."""

import json

import numpy as np
import pytest

from spikesift_core.cli import main
from spikesift_core.findings import Finding
from spikesift_core.not_numbers import (
    fill_values,
    filled,
    filled_layout,
    findings,
    latest,
    look_through,
    sample_findings,
)
from spikesift_core.overview import survey
from spikesift_core.overview_checks import course_findings
from spikesift_core.progress import run_to_end
from spikesift_core.recording_checks import sample_signal
from spikesift_core.recording_layout import FileLayout, layout_described
from tests.helpers import RATE, write

LENGTH, CHANNELS = 100_000, 4
HOLE = slice(50_000, 50_050)  # between the pieces that a sample looks at


def signal(kind=np.float32):
    """Noise around 50."""
    return np.random.default_rng(0).normal(50, 9, (LENGTH, CHANNELS)).astype(kind)


@pytest.fixture
def holed(tmp_path):
    data = signal()
    data[HOLE, 1], data[90_000, 3] = np.nan, -np.inf
    return write(tmp_path / "holed.bin", data, RATE)


def test_what_no_sample_sees_is_found_and_read_as_the_median(holed):
    assert not any(one.fill for one in sample_signal(holed).findings)
    found = run_to_end(look_through(holed))
    assert found.values.tolist() == [0, 50, 0, 1]
    assert (found.samples, found.first, found.last) == (51, 50_000, 90_000)
    (finding,) = findings(holed, found)
    assert "51 values are NaN or infinity, between 2.500 s and 4.500 s, in channels 1, 3." in finding.words
    assert finding.fill == pytest.approx((50,) * CHANNELS, abs=1)
    sound = filled(holed)
    before, after = holed.read(0, LENGTH), sound.read(0, LENGTH)
    assert np.isfinite(after).all() and (after[HOLE, 1] == np.float32(finding.fill[1])).all()
    assert np.array_equal(after[np.isfinite(before)], before[np.isfinite(before)])
    assert findings(sound, run_to_end(look_through(sound))) == []


def test_the_course_of_the_recording_tells_it_once_all_was_looked_through(holed):
    overview = run_to_end(survey(holed, 20))
    assert overview.not_numbers.samples == 51
    assert [bool(one.fill) for one in course_findings(holed, overview, 30.0)] == [True]


def test_whole_numbers_are_not_read(tmp_path):
    recording = write(tmp_path / "whole.bin", signal(np.int16), RATE)
    assert run_to_end(look_through(recording)).samples == 0
    assert list(look_through(recording)) == [] and filled(recording) is recording


def test_channels_without_a_number_and_wrong_types_are_not_filled(tmp_path):
    data = signal()
    data[:, 2] = np.nan
    (finding,) = [one for one in sample_signal(write(tmp_path / "a.bin", data, RATE)).findings if "NaN" in one.words]
    assert finding.words.startswith("NaN or infinity throughout") and finding.settings == {"dead_channels": "exclude"}
    recording = write(tmp_path / "b.bin", data, RATE)
    *_, finding = sample_findings(recording, np.array([0.3, 1.0, 0.0, 0.5]))
    assert "Is the data type right?" in finding.words and not finding.fill
    recording = write(tmp_path / "c.bin", np.full_like(data, np.nan), RATE)
    assert "not a single number" in sample_signal(recording).checks[0] and fill_values(recording) == (0.0,) * CHANNELS


def test_the_sample_says_what_it_sees_until_all_was_looked_through():
    first, second, other = Finding("a", fill=(1.0,)), Finding("b", fill=(2.0,)), Finding("c")
    assert latest([first, other]) == [first, other] and latest([first, other, second]) == [other, second]


def test_a_layout_keeps_what_is_read_for_nan_and_gives_it_back():
    layout = filled_layout(None, 3, (1.0, 2.5, 3.0))
    assert layout == FileLayout(3, (0, 1, 2), fill=(1.0, 2.5, 3.0))
    assert layout_described(json.loads(json.dumps(layout.described()))) == layout
    assert filled_layout(layout, 3, ()) is None
    with pytest.raises(ValueError, match="layout.fill must have 3 values"):
        FileLayout(3, (0, 1, 2), fill=(1.0,))


def test_the_terminal_tells_it_and_sorts_with_the_option(holed, tmp_path, capsys):
    np.savetxt(tmp_path / "probe.csv", holed.probe_geometry, delimiter=",")
    given = ["--probe", tmp_path / "probe.csv", "--dtype", "float32", "--sampling-frequency", RATE]
    line = [str(part) for part in [holed.binary_file, *given]]
    assert main(["info", *line]) == 0
    out = capsys.readouterr().out
    assert "51 values are NaN or infinity" in out and "(--fill-nan)" in out
    assert main(["sort", *line, "--quiet", "--threads", "1"]) == 1
    assert "holds nan at sample 50000" in capsys.readouterr().err
    assert main(["sort", *line, "--quiet", "--threads", "1", "--fill-nan"]) == 0
    assert main(["info", *line, "--fill-nan"]) == 0
    assert "NaN" not in capsys.readouterr().out
