"""Sentences of the engine name what stands in the window, not its arguments and options."""

import pytest

from spikesift_gui.window_words import window_words


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("binary_file /a/b.bin cannot be read.", "The file /a/b.bin cannot be read."),
        ("num_samples is 9, but 8 are there.", "“Samples to use” is 9, but 8 are there."),
        (
            "Check data_type, the number of channels in probe_geometry and header.",
            "Check the data type, the number of channels in the probe and header.",
        ),
        ("It is odd. max_drift must be 0.", "It is odd. “Largest drift between segments” must be 0."),
        ("Read it so (Swap bytes, or --swap-bytes).", "Read it so."),
        ("Read the median (--fill-nan), and go on (or not).", "Read the median, and go on (or not)."),
        (
            "a.plx is mixed. Convert it, which writes a copy: spikesift convert, or the button on the page Recording.",
            "a.plx is mixed. Convert it, which writes a copy.",
        ),
        ("/data/num_samples/data_type.bin is empty.", "/data/num_samples/data_type.bin is empty."),
    ],
)
def test_names_of_arguments_become_those_in_the_window(words, said):
    assert window_words(words) == said
