"""What a detection threshold finds, before anything is sorted: measured once, then answered for any threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikesift_core.channel_health import piece_starts
from spikesift_core.peaks import Peaks, find_spikes
from spikesift_core.preparing import prepared
from spikesift_core.recording import Recording
from spikesift_core.recording_view import RecordingView

LOWEST = 3.0  # medians: the lowest threshold that can be asked for


@dataclass(frozen=True, eq=False)
class DetectionPreview:
    """The troughs in pieces of a recording, on the channels that are sorted.

    Attributes
    ----------
    view : the recording as it is sorted: without the channels left out, less the common reference.
    excluded : channels that are left out, to the reason in words.
    peaks : in pieces spread over the recording; its thresholds are those of these pieces. Sorting measures them anew
        in each segment. None for a recording too short to look at.
    polarity, method : of the filter.
    """

    view: Recording | RecordingView
    excluded: Mapping[int, str]
    peaks: Peaks | None
    polarity: float
    method: str

    def thresholds(self, sensitivity: float) -> np.ndarray:
        """Threshold of each channel of the file, (channels,) float64, in its units with the sign of the signal; nan on
        channels that are left out."""
        found = np.full(len(self.view.channel_numbers) + len(self.excluded), np.nan)
        if self.peaks is not None:
            found[self.view.channel_numbers] = self.peaks.medians * sensitivity * np.sign(self.polarity)
        return found

    def spikes_between(self, start: int, num_samples: int) -> Peaks | None:
        """All troughs in one stretch (samples from the recording's first one), with the thresholds of the preview.

        Raises
        ------
        ValueError
            If the file cannot be read, or holds NaN or infinity there.
        """
        if self.peaks is None:
            return None
        block = self.view.samples_per_ms
        return find_spikes(
            self.view,
            [max(0, start - 2 * block)],
            num_samples + 4 * block,
            lowest=LOWEST,
            polarity=self.polarity,
            method=self.method,
            medians=self.peaks.medians,
        )


def preview_detection(recording: Recording, values: Mapping[str, Any], method: str) -> DetectionPreview:
    """Look at about two seconds of a recording as it would be sorted.

    Parameters
    ----------
    values : every sorting parameter and option; the threshold among them does not matter.

    Raises
    ------
    ValueError
        If the file cannot be read, or holds NaN or infinity there.
    """
    view, excluded = prepared(recording, values)
    starts, length = piece_starts(recording)
    polarity = float(np.sign(values["detection_polarity"]))
    peaks = find_spikes(view, starts, length, lowest=LOWEST, polarity=polarity, method=method)
    return DetectionPreview(view, excluded, peaks, polarity, method)
