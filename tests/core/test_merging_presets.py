"""Recordings sorted by different methods, or by troughs and peaks, are not joined: amplitudes are not comparable."""

from __future__ import annotations

import numpy as np
import pytest

from spikesift_core.merging import Part, check_same_equipment
from spikesift_core.results import SortedRecording, SortedSegment


def part(name, preset, polarity=None):
    segment = SortedSegment(0, 100, [np.array([5])], np.ones((1, 2), np.float32))
    origin = {"preset": preset} if preset else {}
    origin |= {"settings": {"detection_polarity": polarity}} if polarity else {}
    return Part(name, SortedRecording([segment], [], [[0, 0], [0, 20]]), 30000.0, origin)


def test_other_methods_are_refused_in_words():
    with pytest.raises(ValueError, match="b was sorted with the preset 'default', a with 'published'.*same preset"):
        check_same_equipment([part("a", "published"), part("b", "default")])


@pytest.mark.parametrize("presets", [("default", "default"), (None, "default"), ("published", "published")])
def test_the_same_method_or_an_unknown_one_is_taken(presets):
    check_same_equipment([part("a", presets[0]), part("b", presets[1])])


def test_troughs_and_peaks_are_refused_in_words():
    with pytest.raises(ValueError, match=r"b was sorted by its peaks .*, a by its troughs .*same detection_polarity"):
        check_same_equipment([part("a", "default", -1.0), part("b", "default", 1.0)])
    for polarities in ((-1.0, -1.0), (None, 1.0), (1.0, 1.0)):
        check_same_equipment([part("a", "default", polarities[0]), part("b", "default", polarities[1])])
