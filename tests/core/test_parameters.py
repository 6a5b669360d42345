"""The table of sorting parameters: limits, floors, rounding, presets."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from spikesift_core import parameters, perform_spike_sorting
from spikesift_core.signal_options import OPTION_TABLE


@pytest.mark.parametrize(
    ("name", "value", "used"),
    [
        ("min_segment_length", 0.01, 0.1),
        ("min_spikes_per_cluster", 1, 2),
        ("min_spikes_per_cluster", 3.7, 3.7),
        ("max_drift", 52, 50),
        ("max_drift", 0, 0),
        ("detection_polarity", 3, 3),
        ("merging_threshold", np.float32(0.5), 0.5),
    ],
)
def test_values_are_raised_and_rounded(name, value, used):
    assert parameters.checked(name, value) == used


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("detection_sensitivity", 0, "detection_sensitivity must be above 0, not 0"),
        ("merging_threshold", 0, "merging_threshold must be between 0 and 1, both excluded, not 0"),
        ("merging_threshold", 1.0, "both excluded, not 1.0"),
        ("max_drift", -5, "max_drift must be 0 or more, not -5"),
        ("detection_polarity", 0, "detection_polarity must be any number but 0, not 0"),
        ("min_segment_length", "long", "min_segment_length must be a number .*, not 'long'"),
        ("min_segment_length", float("nan"), "min_segment_length must be a number"),
        ("min_spikes_per_cluster", True, "min_spikes_per_cluster must be a number"),
    ],
)
def test_what_is_not_allowed_is_said(name, value, words):
    with pytest.raises(ValueError, match=words):
        parameters.checked(name, value)


def test_given_values_win_over_the_preset():
    values = parameters.resolve("published", {"max_drift": 40, "merging_threshold": None})
    assert values["max_drift"] == 40
    assert values["merging_threshold"] == 0.4
    assert parameters.changed_from_preset(values, "published") == {"max_drift": (30, 40)}


def test_what_was_changed_is_told_for_sessions_of_other_versions_too():
    older = {"max_drift": 40.0, "exclude_channels": [2], "merging_threshold": None}
    expected = {"max_drift": (30, 40), "exclude_channels": ((), (2,))}
    assert parameters.changed_from_preset(older, "default") == expected
    assert parameters.changed_from_preset(older, "of a newer version") == {}
    assert parameters.changed_from_preset(older, None) == {}


def test_published_defaults():
    assert parameters.resolve("published") == {
        "min_segment_length": 10,
        "detection_sensitivity": 10,
        "min_spikes_per_cluster": 5,
        "merging_threshold": 0.4,
        "max_drift": 30,
        "detection_polarity": -1,
        "common_reference": "none",
        "dead_channels": "keep",
        "exclude_channels": (),
    }


def test_unknown_presets_and_parameters_are_named():
    with pytest.raises(ValueError, match="preset must be one of 'default', 'published', not 'fast'"):
        parameters.resolve("fast")
    with pytest.raises(ValueError, match="'max_dirft' is not a sorting parameter; there are: .*max_drift"):
        parameters.resolve(None, {"max_dirft": 3})


def test_the_table_is_complete():
    arguments = inspect.signature(perform_spike_sorting).parameters
    for parameter in parameters.TABLE:
        assert parameter.name in arguments
        assert parameter.help and parameter.more and parameter.less and parameter.label
        assert parameter.soft_low < parameter.soft_high
    for option in OPTION_TABLE:
        assert option.name in arguments and option.help and option.label
    names = {row.name for row in (*parameters.TABLE, *OPTION_TABLE)}
    assert set(parameters.PRESETS) == set(parameters.PRESET_HELP)
    for values in parameters.PRESETS.values():
        assert set(values) == names
