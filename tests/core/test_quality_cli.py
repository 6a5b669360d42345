"""Quality from the terminal and from Python: `info --quality` and the table as CSV."""

import csv
import json

import pytest

from spikesift_core.cli import main
from spikesift_core.progress import run_to_end
from spikesift_core.quality import METRICS, session_quality
from spikesift_core.session import create_session, open_session
from spikesift_core.sorting import SegmentSorted
from tests.core.quality_example import made


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quality-cli")
    recording, found = made(folder)
    writer = create_session(folder / "rec.spikesift", recording, {"detection_polarity": -1.0}, preset="default")
    for index, segment in enumerate(found.sorted_segments):
        writer.add(SegmentSorted(index, segment, found.assignment_chain[index - 1] if index else None))
    writer.finish(found)
    return writer.folder


def test_info_measures_the_units_and_keeps_what_it_found(session, capsys):
    assert main(["info", str(session), "--quality"]) == 0
    text = capsys.readouterr().out
    assert "of 3 units keep every limit" in text and "contamination %" in text and "isolation d′" in text
    assert (session / "quality.json").is_file()
    assert main(["info", str(session), "--quality", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["quality"]
    assert [one["name"] for one in found["metrics"]] == [metric.name for metric in METRICS]
    assert [unit["id"] for unit in found["units"]] == [0, 1, 2]
    assert found["units"][2]["amplitude_cutoff"] is None and found["units"][0]["snr"] > 10
    assert any("lost in segment 2" in reason for one in found["look_at_first"] for reason in one["reasons"])


def test_quality_is_asked_of_sessions_only(session, capsys):
    assert main(["info", str(session.parent / "quality.bin"), "--quality"]) == 1
    assert "--quality measures the units of a session" in capsys.readouterr().err


@pytest.mark.parametrize("choice", ["all", "followed"])
def test_the_table_as_csv_is_that_of_python(session, tmp_path, choice):
    path = tmp_path / "quality.csv"
    line = ["export", str(session), "--format", "quality", "--output", str(path), "--units", choice]
    assert main(line) == 0
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    quality = run_to_end(session_quality(open_session(session)))
    assert [row["unit"] for row in rows] == (["0", "1", "2"] if choice == "all" else ["0", "1"])
    for row in rows:
        figures = quality.row(int(row["unit"]))
        for metric in METRICS:
            if row[metric.name]:
                assert float(row[metric.name]) == pytest.approx(figures[metric.name], rel=1e-4)
            else:
                assert figures[metric.name] != figures[metric.name], "empty is not known"
    assert rows[0]["spikes"].isdigit()
