"""What looks odd about a recording before it is sorted, in words, from a small sample of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spikesift_core.recording import Recording
from spikesift_core.recording_suspicions import Suspicion, suspected_type
from spikesift_core.stages.filtering import make_filter

PIECES = 8  # looked at, evenly spread
PIECE_SECONDS = 0.25
SHORTEST_PIECE = 0.05  # s
MOST_VALUES = 3_000_000  # looked at, as long as the pieces do not become shorter than that
MOST_CHANNELS = 10_000
SD_PER_MEDIAN = 1 / 0.6745  # of the absolute value of normal noise
UNLIKE = 3.0  # times the median noise of the other channels
CLIPPED_SHARE = 1e-3
FAR_BASELINE = 20.0  # times the noise


@dataclass(frozen=True)
class SignalSample:
    """What a sample of a recording shows.

    Attributes
    ----------
    noise : (channels,) float64, SD of the noise in the band of spikes (median absolute value of the filtered signal /
        0.6745), in the units of the file; nan where it cannot be measured.
    baseline : (channels,) float64, median, in the units of the file.
    seconds : how much was looked at.
    checks : what is odd and what to do, one sentence or two each.
    suspicion : the data type or byte order that the values look like instead, which is the first of `checks`; or None.
    """

    noise: np.ndarray
    baseline: np.ndarray
    seconds: float
    checks: tuple[str, ...]
    suspicion: Suspicion | None = None


def fitting_channel_counts(num_bytes: int, data_type, most: int = MOST_CHANNELS) -> list[int]:
    """Numbers of channels for which `num_bytes` are a whole number of samples, ascending, up to `most`."""
    values, rest = divmod(num_bytes, np.dtype(data_type).itemsize)
    if rest or values == 0:
        return []
    small = [count for count in range(1, min(most, math.isqrt(values)) + 1) if values % count == 0]
    return sorted({count for low in small for count in (low, values // low) if count <= most})


def sample_signal(recording: Recording) -> SignalSample:
    """Look at a few short pieces of a recording.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    pieces = _pieces(recording)
    raw = np.concatenate(pieces)
    finite = np.isfinite(raw).all(axis=0) if raw.dtype.kind == "f" else np.ones(raw.shape[1], bool)
    baseline = np.where(finite, np.median(np.where(finite, raw, 0), axis=0), np.nan)
    noise = np.where(finite, _noise(recording, pieces), np.nan)
    suspicion = suspected_type(recording)
    checks = [
        *_other_type(recording, suspicion),
        *recording.remarks(),
        *_not_finite(finite),
        *_constant(raw, finite),
        *_clipped(raw),
        *_far_baseline(baseline, noise),
        *_unlike(noise),
        *_short(recording),
    ]
    return SignalSample(noise, baseline, len(raw) / recording.sampling_frequency, tuple(checks), suspicion)


def _pieces(recording: Recording) -> list[np.ndarray]:
    few_values = MOST_VALUES / (PIECES * recording.recording_channels * recording.sampling_frequency)
    seconds = min(PIECE_SECONDS, max(SHORTEST_PIECE, few_values))
    length = min(recording.num_samples, max(1, round(seconds * recording.sampling_frequency)))
    count = min(PIECES, recording.num_samples // length)
    starts = np.linspace(0, recording.num_samples - length, count).astype(int)
    return [recording.read(int(start), length) for start in starts]


def _noise(recording: Recording, pieces: list[np.ndarray]) -> np.ndarray:
    channels = recording.recording_channels
    spike_filter = make_filter(recording.samples_per_ms, -1.0, "default")
    inside = slice(spike_filter.margin, -spike_filter.margin)
    if len(pieces[0][inside]) == 0:
        return np.full(channels, np.nan)
    filtered = [
        _smooth(piece, spike_filter.narrow)[inside] - _smooth(piece, spike_filter.wide)[inside] for piece in pieces
    ]
    return np.median(np.abs(np.concatenate(filtered)), axis=0).astype(np.float64) * SD_PER_MEDIAN


def _smooth(piece: np.ndarray, half: int) -> np.ndarray:
    """Four moving averages in a row along time, as the sorter's filter has them."""
    from scipy.ndimage import uniform_filter1d

    values = np.where(np.isfinite(piece), piece, 0).astype(np.float64)
    smooth = values - values[0]
    for _ in range(4):
        smooth = uniform_filter1d(smooth, 2 * half + 1, axis=0)
    return smooth


def _other_type(recording: Recording, suspicion: Suspicion | None) -> list[str]:
    if suspicion is None:
        return []
    if suspicion.swapped:
        return [
            "The values look like random bits, but not with the bytes of each in the other order (big-endian): convert "
            "the file, only the byte order of this computer can be sorted."
        ]
    return [
        f"The values look like random bits as {recording.data_type.name}, but like a signal as {suspicion.data_type}."
    ]


def _listed(channels: np.ndarray) -> str:
    shown = ", ".join(map(str, channels[:8]))
    return f"{'channel' if len(channels) == 1 else 'channels'} {shown}{', …' if len(channels) > 8 else ''}"


def _not_finite(finite: np.ndarray) -> list[str]:
    bad = np.flatnonzero(~finite)
    if len(bad) == 0:
        return []
    return [f"NaN or infinity in {_listed(bad)}: sorting will refuse it. Is the data type right?"]


def _constant(raw: np.ndarray, finite: np.ndarray) -> list[str]:
    constant = np.flatnonzero((raw == raw[0]).all(axis=0) & finite)
    if len(constant) == 0:
        return []
    if len(constant) == raw.shape[1]:
        return ["Every channel is constant: there is no signal."]
    return [f"Constant: {_listed(constant)}. Nothing can be found there; are they connected?"]


def _clipped(raw: np.ndarray) -> list[str]:
    if raw.dtype.kind not in "iu":
        return []
    limits = np.iinfo(raw.dtype)
    share = ((raw == limits.min) | (raw == limits.max)).mean(axis=0)
    if raw.dtype.kind == "u":  # 0 is a common value of an unused channel
        share = (raw == limits.max).mean(axis=0)
    clipped = np.flatnonzero(share > CLIPPED_SHARE)
    if len(clipped) == 0:
        return []
    return [f"At the limit of the data type more than {CLIPPED_SHARE:.1%} of the time: {_listed(clipped)} (clipped)."]


def _far_baseline(baseline: np.ndarray, noise: np.ndarray) -> list[str]:
    known = np.isfinite(baseline) & (noise > 0)
    far = np.flatnonzero(known & (np.abs(baseline) > FAR_BASELINE * np.where(known, noise, 1)))
    if len(far) == 0:
        return []
    typical = np.median(baseline[far])
    return [f"The baseline is far from zero (near {typical:.0f}) on {_listed(far)}. The filter removes it."]


def _unlike(noise: np.ndarray) -> list[str]:
    known = np.isfinite(noise) & (noise > 0)
    if known.sum() < 3:
        return []
    typical = np.median(noise[known])
    noisy = np.flatnonzero(known & (noise > UNLIKE * typical))
    quiet = np.flatnonzero(known & (noise < typical / UNLIKE))
    words = [f"Much noisier than the others: {_listed(noisy)}."] if len(noisy) else []
    return words + ([f"Much quieter than the others: {_listed(quiet)}. Dead or not connected?"] if len(quiet) else [])


def _short(recording: Recording) -> list[str]:
    if recording.duration >= 1.0:
        return []
    return [f"Only {recording.duration * 1000:.0f} ms long: too few spikes to tell units apart."]
