"""What looks odd about a recording before it is sorted, in words, from a small sample of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spikesift_core.channel_health import (
    DEAD,
    NOISY,
    QUIET,
    SATURATED,
    SATURATED_SHARE,
    ChannelVerdict,
    common_noise,
    finite_share,
    judge,
    measured_noise,
    read_pieces,
    saturated_share,
)
from spikesift_core.recording import Recording
from spikesift_core.recording_suspicions import Suspicion, suspected_type
from spikesift_core.signal_options import FEWEST_FOR_REFERENCE

MOST_CHANNELS = 10_000
# Falls by so much with the common reference: 0.35 with 10 uV of common noise on 10 uV of each channel's own, below 0.1
# in clean recordings of 32 channels and more, where the reference changes the accuracy by 0.00 on average.
COMMON_SHARE = 0.2
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
    channels : the verdict on each channel.
    suspicion : the data type or byte order that the values look like instead, which is the first of `checks`; or None.
    """

    noise: np.ndarray
    baseline: np.ndarray
    seconds: float
    checks: tuple[str, ...]
    channels: tuple[ChannelVerdict, ...] = ()
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
    raw = read_pieces(recording)
    share = finite_share(raw)
    finite = share == 1
    baseline = np.where(finite, np.median(np.where(finite, raw, 0), axis=0), np.nan)
    noise = measured_noise(recording, raw)
    verdicts = judge(noise, saturated_share(raw), recording.probe_geometry, share == 0)
    suspicion = suspected_type(recording)
    checks = [
        *_other_type(recording, suspicion),
        *recording.remarks(),
        *_not_finite(finite),
        *_constant(raw, finite),
        *_clipped(verdicts),
        *_far_baseline(baseline, noise),
        *_unlike(verdicts),
        *_common(recording, raw, noise, verdicts),
        *_short(recording),
    ]
    seconds = len(raw) / recording.sampling_frequency
    return SignalSample(noise, baseline, seconds, tuple(checks), verdicts, suspicion)


def _other_type(recording: Recording, suspicion: Suspicion | None) -> list[str]:
    if suspicion is None:
        return []
    if suspicion.swapped:
        return [
            "The values look like random bits, but not with the bytes of each in the other order (big-endian): read "
            "them so (Swap bytes, or --swap-bytes)."
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


def _of_kind(verdicts: tuple[ChannelVerdict, ...], kind: str) -> np.ndarray:
    return np.array([verdict.channel for verdict in verdicts if verdict.kind == kind], np.int64)


def _clipped(verdicts: tuple[ChannelVerdict, ...]) -> list[str]:
    clipped = _of_kind(verdicts, SATURATED)
    if len(clipped) == 0:
        return []
    return [f"At the limit of the data type more than {SATURATED_SHARE:.1%} of the time: {_listed(clipped)} (clipped)."]


def _far_baseline(baseline: np.ndarray, noise: np.ndarray) -> list[str]:
    known = np.isfinite(baseline) & (noise > 0)
    far = np.flatnonzero(known & (np.abs(baseline) > FAR_BASELINE * np.where(known, noise, 1)))
    if len(far) == 0:
        return []
    typical = np.median(baseline[far])
    return [f"The baseline is far from zero (near {typical:.0f}) on {_listed(far)}. The filter removes it."]


def _unlike(verdicts: tuple[ChannelVerdict, ...]) -> list[str]:
    """Channels whose noise is unlike that of those around them; flat ones are said to be constant."""
    noisy, quiet = _of_kind(verdicts, NOISY), _of_kind(verdicts, QUIET)
    dead = np.array([one.channel for one in verdicts if one.kind == DEAD and one.noise > 0], np.int64)
    words = []
    if len(noisy):
        words.append(f"Much noisier than those around: {_listed(noisy)}. Leave out what is not a signal.")
    if len(dead):
        words.append(f"Dead, hardly any signal: {_listed(dead)}. The default preset leaves dead channels out.")
    if len(quiet):
        words.append(f"Much quieter than those around: {_listed(quiet)}. Not connected?")
    return words


def _common(recording: Recording, raw: np.ndarray, noise: np.ndarray, verdicts) -> list[str]:
    living = np.array([one.channel for one in verdicts if one.kind != DEAD and one.noise > 0], np.int64)
    if len(living) < FEWEST_FOR_REFERENCE:
        return []
    share = common_noise(recording, raw, noise, living)
    if share < COMMON_SHARE:
        return []
    return [
        f"The channels have much of their noise in common: it falls by {share:.0%} when their median is taken off. "
        "Set the common reference to median for sorting."
    ]


def _short(recording: Recording) -> list[str]:
    if recording.duration >= 1.0:
        return []
    return [f"Only {recording.duration * 1000:.0f} ms long: too few spikes to tell units apart."]
