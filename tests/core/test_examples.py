import numpy as np
import pytest

from spikesift_core.examples import example_events, examples_folder
from spikesift_core.progress import Progress, run_to_end

SMALL = {"channels": 4, "seconds": 0.5, "units": 2}


def test_it_is_made_once_and_used_again(tmp_path):
    events = list(example_events(tmp_path / "new" / "folder", "try", **SMALL))
    assert events and all(isinstance(event, Progress) for event in events)
    made = run_to_end(example_events(tmp_path / "new" / "folder", "try", **SMALL))
    first = made.binary_file.stat().st_mtime_ns
    assert made.recording().recording_channels == 4 and made.probe_file.exists()
    assert list(example_events(tmp_path / "new" / "folder", "try", **SMALL)) == []
    assert made.binary_file.stat().st_mtime_ns == first


def test_it_is_made_again_when_it_is_not_what_is_wanted(tmp_path):
    made = run_to_end(example_events(tmp_path, "try", **SMALL))
    assert list(example_events(tmp_path, "try", **SMALL | {"units": 1}))
    whole = np.fromfile(made.binary_file, np.int16)
    whole[:100].tofile(made.binary_file)
    assert list(example_events(tmp_path, "try", **SMALL | {"units": 1})), "cut short: made again"
    assert made.binary_file.stat().st_size == whole.nbytes


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ValueError, match="Choose another"):
        list(example_events(tmp_path / "file" / "folder", **SMALL))


def test_the_usual_folder_is_one_that_people_see():
    assert examples_folder().name == "SpikeSift examples"
