"""What looks odd about a recording before it is sorted, in words, from a small sample of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spikesift_core.channel_health import (
    DEAD,
    GOOD,
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
from spikesift_core.clipping import flat_tops
from spikesift_core.findings import Finding, listed
from spikesift_core.mains_hum import hum_findings
from spikesift_core.not_numbers import sample_findings
from spikesift_core.parameters import PARAMETERS
from spikesift_core.probe import clashes
from spikesift_core.recording import Recording
from spikesift_core.recording_suspicions import Suspicion, suspected_type
from spikesift_core.signal_options import FEWEST_FOR_REFERENCE
from spikesift_core.spike_width import width_findings

MOST_CHANNELS = 10_000
# Falls by so much with the common reference: 0.35 with 10 uV of common noise on 10 uV of each channel's own, below 0.1
# in clean recordings of 32 channels and more, where the reference changes the accuracy by 0.00 on average.
COMMON_SHARE = 0.2
SHORTEST, SHORT = 1.0, 10.0  # s
LOWEST_USUAL, HIGHEST_USUAL = 9_000.0, 51_000.0  # Hz
FAR_BASELINE = 20.0  # times the noise
CONVERTERS, MIDDLE_SHARE = (10, 12, 14, 16), 0.01  # bits; how far from its middle the baseline may be, of its range
FLAT_SHARE = 5e-4  # of the samples of a channel in runs at its own highest or lowest value


@dataclass(frozen=True)
class SignalSample:
    """What a sample of a recording shows.

    Attributes
    ----------
    noise : (channels,) float64, SD of the noise in the band of spikes (median absolute value of the filtered signal /
        0.6745), in the units of the file; nan where it cannot be measured.
    baseline : (channels,) float64, median, in the units of the file.
    seconds : how much was looked at.
    findings : what is odd and what to do.
    channels : the verdict on each channel.
    suspicion : the data type or byte order that the values look like instead, the first of `findings`; or None.
    """

    noise: np.ndarray
    baseline: np.ndarray
    seconds: float
    findings: tuple[Finding, ...]
    channels: tuple[ChannelVerdict, ...] = ()
    suspicion: Suspicion | None = None

    @property
    def checks(self) -> tuple[str, ...]:
        """The findings in words."""
        return tuple(finding.words for finding in self.findings)


def fitting_channel_counts(num_bytes: int, data_type, most: int = MOST_CHANNELS) -> list[int]:
    """Numbers of channels for which `num_bytes` are a whole number of samples, ascending, up to `most`."""
    values, rest = divmod(num_bytes, np.dtype(data_type).itemsize)
    if rest or values == 0:
        return []
    small = [count for count in range(1, min(most, math.isqrt(values)) + 1) if values % count == 0]
    return sorted({count for low in small for count in (low, values // low) if count <= most})


def sample_signal(recording: Recording, check_rate: bool = True) -> SignalSample:
    """Look at a few short pieces of a recording.

    Parameters
    ----------
    check_rate : whether the sampling frequency is checked; nothing tells of it in samples of mixed channels.

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
    findings = [*_other_type(recording, suspicion), *map(Finding, recording.remarks())]
    if suspicion is None:  # else the values say nothing more
        findings += [
            *sample_findings(recording, share),
            *_constant(raw, finite),
            *_clipped(verdicts),
            *_flat_tops(raw, finite, verdicts),
            *_far_baseline(baseline, noise),
            *_unlike(verdicts),
            *_common(recording, raw, noise, verdicts),
            *(_wrong_rate(recording, _of_kind(verdicts, GOOD)) if check_rate else ()),
        ]
    findings += [*_unusual_rate(recording), *_same_place(recording), *_short(recording)]
    seconds = len(raw) / recording.sampling_frequency
    return SignalSample(noise, baseline, seconds, tuple(findings), verdicts, suspicion)


def _wrong_rate(recording: Recording, usable: np.ndarray) -> list[Finding]:
    """Hum tells more exactly than spikes."""
    return hum_findings(recording, usable) or width_findings(recording, usable)


def _other_type(recording: Recording, suspicion: Suspicion | None) -> list[Finding]:
    if suspicion is None:
        return []
    if suspicion.swapped:
        words = "The values look like a signal only with the bytes of each in the other order (big-endian): read it so"
        return [Finding(f"{words} (Swap bytes, or --swap-bytes).")]
    kind = recording.data_type.name
    return [Finding(f"The values look like random bits as {kind}, but like a signal as {suspicion.data_type}.")]


def _constant(raw: np.ndarray, finite: np.ndarray) -> list[Finding]:
    constant = np.flatnonzero((raw == raw[0]).all(axis=0) & finite)
    if len(constant) == 0:
        return []
    if len(constant) == raw.shape[1]:
        return [Finding("Every channel is constant: there is no signal. Is it the right file, with its right header?")]
    words = f"Constant: {listed(constant)}. Nothing can be found there; are they connected?"
    return [Finding(words, settings={"dead_channels": "exclude"})]


def _numbers(channels: np.ndarray) -> tuple[int, ...]:
    return tuple(channels.tolist())


def _of_kind(verdicts: tuple[ChannelVerdict, ...], kind: str) -> np.ndarray:
    return np.array([verdict.channel for verdict in verdicts if verdict.kind == kind], np.int64)


def _clipped(verdicts: tuple[ChannelVerdict, ...]) -> list[Finding]:
    clipped = _of_kind(verdicts, SATURATED)
    if len(clipped) == 0:
        return []
    words = (
        f"At the limit of the data type more than {SATURATED_SHARE:.1%} of the time: {listed(clipped)} (clipped). What "
        "was cut off is lost; leave the channels out if they hold nothing else, and record with less gain next time."
    )
    return [Finding(words, leave_out=_numbers(clipped))]


def _flat_tops(raw: np.ndarray, finite: np.ndarray, verdicts: tuple[ChannelVerdict, ...]) -> list[Finding]:
    share = np.zeros(raw.shape[1])
    share[finite] = flat_tops(raw[:, finite])
    cut = np.setdiff1d(np.flatnonzero(share > FLAT_SHARE), _of_kind(verdicts, SATURATED))
    if len(cut) == 0:
        return []
    words = (
        f"Cut off at one value again and again: {listed(cut)} ({share.max():.2%} of the samples). The amplifier was "
        "saturated; leave the channels out if they hold nothing else, and record with less gain next time."
    )
    return [Finding(words, leave_out=_numbers(cut))]


def _far_baseline(baseline: np.ndarray, noise: np.ndarray) -> list[Finding]:
    known = np.isfinite(baseline) & (noise > 0)
    far = np.flatnonzero(known & (np.abs(baseline) > FAR_BASELINE * np.where(known, noise, 1)))
    if len(far) == 0:
        return []
    typical = np.median(baseline[far])
    words = f"The baseline is far from zero (near {typical:.0f} in the values of the file) on {listed(far)}."
    bits = next((bits for bits in CONVERTERS if abs(typical - 2 ** (bits - 1)) < MIDDLE_SHARE * 2**bits), None)
    if bits is not None and len(far) == np.count_nonzero(known):
        more = f"That is the middle of a converter of {bits} bits that counts from 0; the filter takes it off."
        return [Finding(f"{words} {more}", "info")]
    more = "The filter takes it off; look at the raw traces whether spikes are cut off at the limits of the data type."
    return [Finding(f"{words} {more}")]


def _unlike(verdicts: tuple[ChannelVerdict, ...]) -> list[Finding]:
    """Channels whose noise is unlike that of those around them; flat ones are said to be constant."""
    noisy, quiet = _of_kind(verdicts, NOISY), _of_kind(verdicts, QUIET)
    dead = np.array([one.channel for one in verdicts if one.kind == DEAD and one.noise > 0], np.int64)
    found = []
    if len(noisy):
        words = f"Much noisier than those around: {listed(noisy)}. Leave out what is not a signal."
        found.append(Finding(words, leave_out=_numbers(noisy)))
    if len(dead):
        words = f"Dead, hardly any signal: {listed(dead)}. The default preset leaves dead channels out."
        found.append(Finding(words, settings={"dead_channels": "exclude"}))
    if len(quiet):
        words = f"Much quieter than those around: {listed(quiet)}. Not connected?"
        found.append(Finding(words, leave_out=_numbers(quiet)))
    return found


def _common(recording: Recording, raw: np.ndarray, noise: np.ndarray, verdicts) -> list[Finding]:
    living = np.array([one.channel for one in verdicts if one.kind != DEAD and one.noise > 0], np.int64)
    if len(living) < FEWEST_FOR_REFERENCE:
        return []
    share = common_noise(recording, raw, noise, living)
    if share < COMMON_SHARE:
        return []
    words = (
        f"The channels have much of their noise in common: it falls by {share:.0%} when their median is taken off. "
        "Set the common reference to median for sorting."
    )
    return [Finding(words, settings={"common_reference": "median"})]


def _unusual_rate(recording: Recording) -> list[Finding]:
    rate = recording.sampling_frequency
    if LOWEST_USUAL <= rate <= HIGHEST_USUAL:
        return []
    return [Finding(f"{rate:g} Hz is unusual for spikes (10 to 50 kHz): is it right? All times depend on it.")]


def _same_place(recording: Recording) -> list[Finding]:
    pairs = clashes(recording.probe_geometry)
    if not pairs:
        return []
    more = f" and {len(pairs) - 1} more pairs" if len(pairs) > 1 else ""
    first, second = pairs[0]
    words = f"Channels {first} and {second}{more} are at one place: two contacts cannot be. Correct the probe."
    return [Finding(words)]


def _short(recording: Recording) -> list[Finding]:
    seconds = recording.duration
    if seconds < SHORTEST:
        words = f"Only {seconds * 1000:.0f} ms long: too few spikes to tell units apart. Are the samples to use right?"
        return [Finding(words)]
    if seconds < SHORT:
        slowest = PARAMETERS["min_spikes_per_cluster"].default / seconds
        words = f"Only {seconds:.1f} s long: units under {slowest:.2g} spikes a second are too rare to be found."
        return [Finding(words, "info")]
    return []
