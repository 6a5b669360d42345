"""Which channels are dead, quiet, noisy or saturated: a verdict in words for each, from a few pieces of the recording.

The noise of a channel (median of the absolute filtered signal / 0.6745) is compared with that of the living channels
around it, and the difference with how much channels of this recording differ anyway. Medians on both sides: spikes,
however large, hardly move them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikesift_core.recording import Recording
from spikesift_core.recording_view import RecordingView
from spikesift_core.stages.filtering import Minima, filter_blocks, make_filter
from spikesift_core.stages.minima import NOISE_UNIT, medians_of
from spikesift_core.stages.neighbours import nearest_to

PIECES = 8  # looked at, evenly spread
PIECE_SECONDS = 0.25
SHORTEST_PIECE = 0.05  # s
MOST_VALUES = 4_000_000  # looked at, as long as the pieces do not become shorter than that

AROUND = 12  # channels around a channel that it is compared with
DEAD_SHARE = 0.2  # of the noise around: a dead channel has less ...
QUIET_SHARE = 1 / 3  # ... a quiet one less than this; amplifiers alone make about half of what tissue does
NOISY_SHARE = 3.0  # a noisy channel has more
# Deviations from what is usual between channels, on top of that: to be left out, and to be spoken of.
OUTSIDE_DEAD, OUTSIDE = 6.0, 4.0
LEAST_SPREAD, MOST_SPREAD = 0.1, 0.35  # of log noise between channels, taken where few channels cannot tell
SATURATED_SHARE, MOSTLY_SATURATED = 1e-3, 0.2  # of the samples at the limit of the data type

GOOD, DEAD, QUIET, NOISY, SATURATED, UNKNOWN = "good", "dead", "quiet", "noisy", "saturated", "unknown"


@dataclass(frozen=True)
class ChannelVerdict:
    """What is to be thought of one channel.

    Attributes
    ----------
    channel : its number, from 0.
    kind : "good", "dead" (the default preset leaves it out), "quiet", "noisy", "saturated", or "unknown" (NaN or
        infinity, or too short to be measured).
    noise : SD of its noise after the filter, in the units of the file; nan where it cannot be measured.
    around : median noise of the living channels around it; nan without any.
    saturated : share of the samples at the limit of the data type, 0 to 1.
    words : the verdict with its numbers, such as "dead: noise 0.04 times that of the channels around it".
    """

    channel: int
    kind: str
    noise: float
    around: float
    saturated: float
    words: str


def channel_health(recording: Recording) -> tuple[ChannelVerdict, ...]:
    """The verdict on each channel, in order; reads about two seconds of the recording.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    pieces = read_pieces(recording)
    noise, empty = measured_noise(recording, pieces), finite_share(pieces) == 0
    return judge(noise, saturated_share(pieces), recording.probe_geometry, empty)


def dead_channels(verdicts: tuple[ChannelVerdict, ...]) -> dict[int, str]:
    """Numbers of the dead channels, and why in words; {} when no channel is alive, because then nothing is left."""
    dead = {verdict.channel: verdict.words for verdict in verdicts if verdict.kind == DEAD}
    return dead if len(dead) < len(verdicts) else {}


# ---------------------------------------------------------------- looking


def piece_starts(recording: Recording) -> tuple[list[int], int]:
    """First samples of the pieces that are looked at, and their length in samples."""
    few_values = MOST_VALUES / (PIECES * recording.recording_channels * recording.sampling_frequency)
    seconds = min(PIECE_SECONDS, max(SHORTEST_PIECE, few_values))
    length = min(recording.num_samples, max(1, round(seconds * recording.sampling_frequency)))
    count = min(PIECES, recording.num_samples // length)
    return np.linspace(0, recording.num_samples - length, count).astype(int).tolist(), length


def read_pieces(recording: Recording) -> np.ndarray:
    """The pieces that are looked at, one after the other, (samples, channels) as in the file."""
    starts, length = piece_starts(recording)
    return np.concatenate([recording.read(start, length) for start in starts])


def finite_share(raw: np.ndarray) -> np.ndarray:
    """Share of the values of each channel that are numbers, (channels,) float64."""
    return np.isfinite(raw).mean(axis=0) if raw.dtype.kind == "f" else np.ones(raw.shape[1])


def saturated_share(raw: np.ndarray) -> np.ndarray:
    """Share of the values of each channel at the limit of the data type, (channels,) float64; 0 for floats."""
    if raw.dtype.kind == "f":
        return np.zeros(raw.shape[1])
    limits = np.iinfo(raw.dtype)
    shares = [(raw == limits.max).mean(axis=0)]
    if raw.dtype.kind == "i":  # 0 is a common value of an unused channel, and no limit
        shares.append((raw == limits.min).mean(axis=0))
    constant = np.max(shares, axis=0) == 1  # a channel that never leaves one limit
    return np.where(constant, 0.0, np.sum(shares, axis=0))


def measured_noise(recording: Recording, pieces: np.ndarray, reference: np.ndarray | None = None) -> np.ndarray:
    """SD of each channel's noise after the sorter's filter, (channels,) float64: 0 for a channel that is constant in
    the pieces, nan for one with NaN or infinity. `reference` : channels whose median is taken off first."""
    constant = (pieces == pieces[0]).all(axis=0)
    usable = (finite_share(pieces) == 1) & ~constant
    noise = np.where(constant, 0.0, np.nan)
    view = RecordingView(recording, np.flatnonzero(usable), reference)
    spike_filter, block = make_filter(recording.samples_per_ms, -1.0, "default"), recording.samples_per_ms
    starts, length = piece_starts(recording)
    first = -(-spike_filter.margin // block)  # the filter needs the blocks before
    last = recording.num_samples // block - first
    blocks = min(length // block, last - first)
    if blocks < 1 or not usable.any():
        return noise
    firsts = []
    for start in starts:
        found = Minima.empty(view.recording_channels, blocks)
        filter_blocks(view, spike_filter, min(max(first, start // block), last - blocks), found)
        firsts.append(found.firsts)
    noise[usable] = medians_of(np.concatenate(firsts, axis=1)) / NOISE_UNIT
    return noise


def common_noise(recording: Recording, pieces: np.ndarray, noise: np.ndarray, living: np.ndarray) -> float:
    """By which share the noise of the channels falls when their common median is taken off, at most 1.

    Parameters
    ----------
    noise : (channels,) of each channel, see `measured_noise`. living : (k,) int64, channels that are not dead.
    """
    if len(living) == 0:
        return 0.0
    less = measured_noise(recording, pieces, living)
    return float(1 - np.median(less[living] / noise[living]))


# ---------------------------------------------------------------- judging


def judge(noise: np.ndarray, saturated: np.ndarray, probe_geometry: np.ndarray, empty=None) -> tuple:
    """The verdict on each channel from what was measured.

    Parameters
    ----------
    noise : (channels,) SD of each channel's noise, nan where it is not known.
    saturated : (channels,) share of its samples at the limit of the data type.
    probe_geometry : (channels, 2) um.
    empty : (channels,) bool, channels without a single number; None is none.

    Returns
    -------
    ChannelVerdict of each channel, in order.
    """
    empty = np.zeros(len(noise), bool) if empty is None else empty
    around = _noise_around(noise, np.asarray(probe_geometry, np.float32))
    known = (noise > 0) & (around > 0)
    unlike = np.zeros(len(noise))
    unlike[known] = np.log(noise[known] / around[known])
    usual = unlike[known] if known.any() else np.zeros(1)
    spread = np.median(np.abs(usual - np.median(usual))) / 0.6745
    spread = min(max(spread, LEAST_SPREAD), MOST_SPREAD)
    return tuple(
        _verdict(channel, noise[channel], around[channel], unlike[channel], spread, saturated[channel], empty[channel])
        for channel in range(len(noise))
    )


def _verdict(channel, noise, around, unlike, spread, saturated, empty) -> ChannelVerdict:
    pair = f"noise {noise / around if around > 0 else np.nan:.2g} times that of the channels around it"
    if empty:
        kind, words = DEAD, "dead: it holds not a single number"
    elif saturated > MOSTLY_SATURATED:  # its noise says nothing
        kind, words = SATURATED, f"saturated: {saturated:.1%} of its samples are at the limit of the data type"
    elif np.isnan(noise):
        kind, words = UNKNOWN, "unknown: its noise could not be measured"
    elif noise == 0:
        kind, words = DEAD, "dead: flat, the channels around it are not" if around > 0 else "dead: flat"
    elif unlike < min(-OUTSIDE_DEAD * spread, np.log(DEAD_SHARE)):
        kind, words = DEAD, f"dead: {pair}"
    elif saturated > SATURATED_SHARE:
        kind, words = SATURATED, f"saturated: {saturated:.1%} of its samples are at the limit of the data type"
    elif unlike > max(OUTSIDE * spread, np.log(NOISY_SHARE)):
        kind, words = NOISY, f"noisy: {pair}"
    elif unlike < min(-OUTSIDE * spread, np.log(QUIET_SHARE)):
        kind, words = QUIET, f"quiet: {pair}"
    else:
        kind, words = GOOD, f"good: noise {noise:.3g}"
    return ChannelVerdict(channel, kind, float(noise), float(around), float(saturated), words)


def _noise_around(noise: np.ndarray, probe_geometry: np.ndarray) -> np.ndarray:
    """Median noise of the living channels nearest to each, (channels,) float64, nan where there is none.

    Channels far below the upper half of all are not counted among the living: of a tetrode with two broken wires the
    other two are compared with each other.
    """
    around = np.full(len(noise), np.nan)
    known = noise[noise > 0]
    if len(known) == 0:
        return around
    living = np.flatnonzero(noise > DEAD_SHARE * np.percentile(known, 75))
    count = min(AROUND + 1, len(living))
    near = nearest_to(probe_geometry, probe_geometry[living], count)[1]
    for channel in range(len(noise)):
        others = living[near[channel]]
        others = others[others != channel][:AROUND]
        if len(others):
            around[channel] = np.median(noise[others])
    return around
