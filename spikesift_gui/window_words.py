"""Sentences of the engine as the window says them: its arguments and options have other names there."""

from __future__ import annotations

import re

from spikesift_core.parameters import PARAMETERS
from spikesift_core.signal_options import OPTIONS

NAMES = {
    "binary_file": "the file",
    "data_type": "the data type",
    "probe_geometry": "the probe",
    "sampling_frequency": "the sampling frequency",
    "num_samples": "“Samples to use”",
    "sample_offset": "“Samples to skip”",
    "recording_offset": "“Time of the first”",
    **{row.name: f"“{row.label}”" for row in (*PARAMETERS.values(), *OPTIONS.values())},
}
# Words of their own, not parts of a path.
_NAMED = re.compile(rf"(?<![\w/\\.'\"-])({'|'.join(NAMES)})(?![\w/\\'\"-]|\.\w)")
# Beside a button that does the same.
_FOR_TERMINAL = re.compile(
    r" \((?:[^()]*, or |or )?--[a-z-]+\)|: spikesift convert, or the button on the page Recording"
)
_BEGIN = re.compile(r"(?:^|[.!?] )$")


def window_words(words: str) -> str:
    """The same with the names that stand in the window, and without options of the terminal in brackets."""
    return _NAMED.sub(_named, _FOR_TERMINAL.sub("", words))


def _named(found: re.Match) -> str:
    name = NAMES[found[1]]
    begins = _BEGIN.search(found.string, 0, found.start())
    return name[0].upper() + name[1:] if begins else name
