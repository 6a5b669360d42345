"""Recordings sorted by different methods are not joined: their amplitudes are not comparable."""

from __future__ import annotations

import numpy as np
import pytest

from spikesift_core.merging import Part, check_same_equipment
from spikesift_core.results import SortedRecording, SortedSegment


def part(name, preset):
    segment = SortedSegment(0, 100, [np.array([5])], np.ones((1, 2), np.float32))
    return Part(name, SortedRecording([segment], [], [[0, 0], [0, 20]]), 30000.0, {"preset": preset} if preset else {})


def test_other_methods_are_refused_in_words():
    with pytest.raises(ValueError, match="b was sorted with the preset 'default', a with 'published'.*same preset"):
        check_same_equipment([part("a", "published"), part("b", "default")])


@pytest.mark.parametrize("presets", [("default", "default"), (None, "default"), ("published", "published")])
def test_the_same_method_or_an_unknown_one_is_taken(presets):
    check_same_equipment([part("a", presets[0]), part("b", presets[1])])
