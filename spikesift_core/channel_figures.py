"""What can be measured on each channel before anything is sorted: one table of figures, and the spectrum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.fft import rfft, rfftfreq

from spikesift_core.channel_health import DEAD, GOOD, NOISY, SATURATED, ChannelVerdict, channel_health, piece_starts
from spikesift_core.peaks import find_spikes
from spikesift_core.recording import Recording
from spikesift_core.recording_view import RecordingView
from spikesift_core.stages.neighbours import nearest_channels

MAINS = (50.0, 60.0)  # Hz
HIGHEST_HARMONIC = 500.0  # Hz
LINE_WIDTH, LINE_SURROUNDINGS = 1.5, 10.0  # Hz on either side: the line itself, and what it is compared with
SPECTRUM_SECONDS = 1.0  # of one piece: resolves the lines of mains from what is beside them
SPECTRUM_PIECES = 4
MOST_VALUES = 60_000_000  # looked at for the spectrum
BINS = 160  # of the spectrum, evenly spread over the logarithm of the frequency
AT_ONCE = 32  # channels whose spectrum is computed at a time
NEIGHBOURS = 4
PROPOSED = (DEAD, NOISY, SATURATED)  # kinds of verdict for which leaving the channel out is proposed


@dataclass(frozen=True)
class Figure:
    """One row of `FIGURES`: the attribute of `ChannelFigures`, its name and unit in words, and what it says."""

    name: str
    label: str
    unit: str
    help: str


FIGURES: tuple[Figure, ...] = (
    Figure("noise", "Noise", "units of the file", "Standard deviation of the noise in the band of spikes."),
    Figure("rate", "Spikes per second", "1/s", "Spikes of which this channel sees the deepest trough."),
    Figure("line_share", "Line noise", "share", "Share of the power that is mains hum: 50 or 60 Hz and multiples."),
    Figure("saturated", "Saturation", "share", "Share of the samples at the limit of the data type."),
    Figure("likeness", "Likeness to neighbours", "correlation", "Correlation with the nearest channels in that band."),
)


@dataclass(frozen=True, eq=False)
class ChannelFigures:
    """Figures of each channel; nan where one cannot be measured.

    Attributes
    ----------
    noise, rate, line_share, saturated, likeness : (channels,) float64, see `FIGURES`.
    mains : Hz, the frequency of mains that was looked for: the one that is stronger.
    frequencies : (bins,) float64, Hz, middle of each bin of the spectrum, ascending.
    spectrum : (channels, bins) float32, amplitude density, units of the file per root Hz; nan where not known.
    verdicts : the verdict on each channel.
    seconds : how much was looked at for noise and spikes.
    """

    noise: np.ndarray
    rate: np.ndarray
    line_share: np.ndarray
    saturated: np.ndarray
    likeness: np.ndarray
    mains: float
    frequencies: np.ndarray
    spectrum: np.ndarray
    verdicts: tuple[ChannelVerdict, ...]
    seconds: float

    def proposed(self) -> dict[int, str]:
        """Channels that should be left out of sorting, with the reason in words; {} if none would be left."""
        found = {one.channel: one.words for one in self.verdicts if one.kind in PROPOSED}
        return found if len(found) < len(self.verdicts) else {}

    def odd(self) -> dict[int, str]:
        """Channels about which there is something to say, proposed or not."""
        return {one.channel: one.words for one in self.verdicts if one.kind != GOOD}


def channel_figures(recording: Recording, sensitivity: float, reference: Sequence[int] | None = None) -> ChannelFigures:
    """Measure every channel on a few pieces, a few seconds in all.

    Parameters
    ----------
    sensitivity : detection threshold in medians of |signal|, for the rate of spikes.
    reference : channels whose median is taken off for noise-free figures (rate and likeness); None takes nothing off.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    verdicts = channel_health(recording)
    channels = recording.recording_channels
    noise = np.array([one.noise for one in verdicts])
    usable = np.flatnonzero(noise > 0)
    starts, length = piece_starts(recording)
    rate, likeness, seconds = np.full(channels, np.nan), np.full(channels, np.nan), 0.0
    if len(usable):
        view = RecordingView(recording, usable, reference)
        peaks = find_spikes(view, starts, length, lowest=min(3.0, sensitivity))
        if peaks is not None:
            rate[usable], seconds = peaks.rates(sensitivity), peaks.seconds
        likeness[usable] = likeness_to_neighbours(view, starts, length)
    frequencies, power = power_spectrum(recording)
    mains, line_share = line_noise(frequencies, power)
    middles, spectrum = _in_bins(frequencies, power)
    saturated = np.array([one.saturated for one in verdicts])
    return ChannelFigures(
        noise, rate, line_share, saturated, likeness, mains, middles, spectrum, verdicts, seconds
    )  # fmt: skip


def likeness_to_neighbours(recording: Recording | RecordingView, starts: Sequence[int], length: int) -> np.ndarray:
    """Mean correlation of each channel with its nearest ones in the band of spikes, (channels,) float64."""
    from spikesift_core.traces import read_filtered

    nearest = nearest_channels(recording.probe_geometry, NEIGHBOURS + 1)[:, 1:]
    if nearest.shape[1] == 0:
        return np.full(recording.recording_channels, np.nan)
    found = []
    for start in starts:
        signal = read_filtered(recording, start, length)
        signal = signal - signal.mean(axis=0)
        size = np.sqrt((signal**2).mean(axis=0))
        signal /= np.where(size > 0, size, 1)
        together = [(signal[:, one] * signal).mean(axis=0) for one in nearest.T]
        found.append(np.mean(together, axis=0))
    return np.mean(found, axis=0, dtype=np.float64)


def power_spectrum(recording: Recording) -> tuple[np.ndarray, np.ndarray]:
    """Power density of each channel: frequencies (n,) float64 Hz, power (channels, n) float32, units squared per Hz.

    Pieces of a second, Hann window, averaged (Welch, IEEE Trans. Audio Electroacoust. 15, 1967, without overlap). nan
    on channels with NaN or infinity; (0,) and (channels, 0) for recordings of fewer than 64 samples.
    """
    rate, channels = recording.sampling_frequency, recording.recording_channels
    length = min(recording.num_samples, round(SPECTRUM_SECONDS * rate))
    if length < 64:
        return np.zeros(0), np.zeros((channels, 0), np.float32)
    count = max(1, min(SPECTRUM_PIECES, recording.num_samples // length, MOST_VALUES // (length * channels)))
    starts = np.linspace(0, recording.num_samples - length, count + 2)[1:-1].astype(int)
    window = np.hanning(length).astype(np.float32)
    power = np.zeros((channels, length // 2 + 1), np.float32)
    for start in starts:
        raw = recording.read(int(start), length)
        for first in range(0, channels, AT_ONCE):
            signal = raw[:, first : first + AT_ONCE].T.astype(np.float32)
            signal = (signal - signal.mean(axis=1, keepdims=True)) * window
            power[first : first + AT_ONCE] += np.abs(rfft(signal, axis=1)) ** 2
    density = power * np.float32(2 / (rate * np.sum(window.astype(float) ** 2) * len(starts)))
    return rfftfreq(length, 1 / rate), density


def line_noise(frequencies: np.ndarray, power: np.ndarray) -> tuple[float, np.ndarray]:
    """Frequency of mains (50 or 60 Hz, the stronger one) and its share of the power of each channel (channels,).

    Counted is what stands out from the frequencies around each multiple up to `HIGHEST_HARMONIC`.
    """
    if len(frequencies) < 2 or frequencies[1] > LINE_WIDTH or frequencies[-1] < HIGHEST_HARMONIC:
        return MAINS[0], np.full(len(power), np.nan)
    total = power[:, 1:].sum(axis=1, dtype=np.float64)
    shares = []
    for mains in MAINS:
        above = np.zeros(len(power))
        for line in np.arange(mains, HIGHEST_HARMONIC + 1, mains):
            away = np.abs(frequencies - line)
            inside, around = away <= LINE_WIDTH, (away > LINE_WIDTH) & (away <= LINE_SURROUNDINGS)
            floor = np.median(power[:, around], axis=1, keepdims=True)
            above += np.maximum(power[:, inside] - floor, 0).sum(axis=1, dtype=np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            shares.append(np.where(total > 0, above / total, np.nan))
    known = [np.nanmean(share) if np.isfinite(share).any() else 0.0 for share in shares]
    stronger = int(known[1] > known[0])
    return MAINS[stronger], shares[stronger]


def _in_bins(frequencies: np.ndarray, power: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Amplitude density (channels, bins) in bins evenly spread over log frequency, none of them empty."""
    if len(frequencies) < 3:
        return np.zeros(0), np.zeros((len(power), 0), np.float32)
    edges = np.geomspace(frequencies[1], frequencies[-1] * 1.0001, BINS + 1)
    starts = np.unique(np.searchsorted(frequencies, edges[:-1]))
    counts = np.diff(np.append(starts, len(frequencies)))
    middles = np.add.reduceat(frequencies, starts) / counts
    return middles, np.sqrt(np.add.reduceat(power, starts, axis=1) / counts).astype(np.float32)
