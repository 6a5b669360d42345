"""One signal of a recording as an acquisition system describes it: files, numbers, channels, gain, probe, and words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from spikesift_core.acquisition_clock import AcquisitionClock, Gap, moved
from spikesift_core.messages import plural
from spikesift_core.probe_contacts import ProbeLayout, layout
from spikesift_core.recording import Recording
from spikesift_core.recording_files import size_of
from spikesift_core.recording_layout import FileLayout, check_side_by_side

MOST_LISTED = 8


@dataclass(frozen=True, eq=False)
class Stream:
    """What can be sorted in what was opened: one of several where there are several probes, bands or parts.

    Attributes
    ----------
    name : such as "imec0.ap".
    files : binary files in the order of time.
    data_type : NumPy name of the numbers.
    sampling_frequency : Hz.
    channel_names : one for each channel of `layout.used`.
    layout : where the samples are in the files.
    header : bytes before the first sample of each file.
    num_samples : to be used; None is all.
    gain : uV per step of each channel; () where the file does not tell.
    offset : uV at 0 of each channel; () is 0 for all.
    probe : contacts in the order of the channels; None where the file does not tell.
    clock : of the acquisition system, from the first sample of the files on; None where they do not tell.
    notes : what was taken from the file and what was left out, one sentence each.
    warnings : what looks wrong and what it means, one sentence or two each.
    convert : why the file cannot be read in place ("" if it can be): it has to be converted first.
    chunks : for that, gives the signal piece by piece, each (samples, channels).
    began : when its first sample was recorded, by the clock on the wall; None where the file does not tell, or where
        `recording_started` reads it from the files.
    format : name of the format.
    opened : the paths it came from, in order.
    """

    name: str
    files: tuple[Path, ...]
    data_type: str
    sampling_frequency: float
    channel_names: tuple[str, ...]
    layout: FileLayout
    header: int = 0
    num_samples: int | None = None
    gain: tuple[float, ...] = ()
    offset: tuple[float, ...] = ()
    probe: ProbeLayout | None = None
    clock: AcquisitionClock | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    convert: str = ""
    chunks: Callable[[], Iterator[np.ndarray]] | None = None
    began: datetime | None = None
    format: str = ""
    opened: tuple[Path, ...] = ()

    @property
    def channels(self) -> int:
        """Channels to be sorted."""
        return len(self.layout.used)

    @property
    def one_gain(self) -> float | None:
        """uV per step where it is one and the same on all channels, else None."""
        return self.gain[0] if self.gain and np.ptp(self.gain) <= 1e-6 * abs(self.gain[0]) else None

    def recording(
        self,
        probe_geometry=None,
        *,
        num_samples: int | None = None,
        sample_offset: int = 0,
        recording_offset: int = 0,
    ) -> Recording:
        """The recording, for sorting.

        Parameters
        ----------
        probe_geometry : (channels, 2), um, or a ProbeLayout, instead of the probe in the file.
        num_samples, sample_offset, recording_offset : as in `Recording`.

        Raises
        ------
        ValueError
            If it cannot be read in place, or there is no probe, or the probe has another number of contacts.
        """
        if self.convert:
            raise ValueError(self.convert)
        geometry = self.probe if probe_geometry is None else probe_geometry
        if geometry is None:
            raise ValueError(
                f"{self.files[0]} ({self.format}) does not tell where its {self.channels} contacts are: give "
                "probe_geometry, or --probe in the terminal."
            )
        geometry = layout(geometry)
        if len(geometry) != self.channels:
            raise ValueError(
                f"The probe has {len(geometry)} contacts, but stream {self.name} of {self.files[0]} has "
                f"{self.channels} channels to be sorted{self._left_out_words()}."
            )
        made = Recording(
            binary_file=self.files,
            data_type=self.data_type,
            probe_geometry=geometry,
            sampling_frequency=self.sampling_frequency,
            num_samples=self._samples_left(sample_offset) if num_samples is None else num_samples,
            header=self.header,
            sample_offset=sample_offset,
            recording_offset=recording_offset,
            layout=self.layout,
            clock=self.clock,
        )
        made.stream = self
        return made

    def _samples_left(self, sample_offset: int) -> int | None:
        return None if self.num_samples is None else self.num_samples - sample_offset

    def _left_out_words(self) -> str:
        left = self.layout.channels - len(self.layout.used)
        return f" ({left} others are left out)" if left else ""

    def samples_in(self) -> int:
        """Samples in the files; whole ones."""
        if self.num_samples is not None:
            return self.num_samples
        block = self.layout.block_bytes(np.dtype(self.data_type).itemsize)
        sizes = [size_of(path) for path in self.files[:: self.layout.side_by_side]]
        bodies = [size - self.header - self.layout.skipped(file) for file, size in enumerate(sizes)]
        return sum(max(0, body) // block for body in bodies) * self.layout.block_samples


# What must be the same in files that follow each other.
SAME: tuple[tuple[str, Callable[[Stream], Any]], ...] = (
    ("format", lambda stream: stream.format),
    ("data type", lambda stream: stream.data_type),
    ("sampling frequency", lambda stream: stream.sampling_frequency),
    ("channels", lambda stream: stream.channel_names),
    ("order of channels", lambda stream: replace(stream.layout, skips=())),
    ("length of header", lambda stream: stream.header),
    ("gain", lambda stream: stream.gain),
)


def whole_samples(stream: Stream) -> Stream:
    """The stream with what is there: a file that ends inside a sample is used up to there, and it is said.

    Raises
    ------
    ValueError
        If nothing is left, a file cannot be read, or files side by side differ.
    """
    sizes = [size_of(path) for path in stream.files]
    check_side_by_side(stream.files, sizes, stream.layout)
    block = stream.layout.block_bytes(np.dtype(stream.data_type).itemsize)
    for path, size in zip(stream.files, sizes, strict=True):
        if size - stream.header < block:
            what = "is empty" if size == 0 else f"holds no sample: it has {size} bytes, {stream.header} of them header"
            raise ValueError(f"{path} {what}. Was the recording stopped at once, or the copy broken off?")
    rest = (sizes[-1] - stream.header - stream.layout.skipped(len(sizes) - 1)) % block
    if rest == 0 or stream.num_samples is not None:
        return stream
    words = (
        f"{stream.files[-1].name} ends in the middle of a sample ({rest} bytes more than whole ones): the recording or "
        "a copy was broken off. What is whole is used."
    )
    return replace(stream, num_samples=stream.samples_in(), warnings=(*stream.warnings, words))


def joined(streams: Sequence[Stream]) -> Stream:
    """Streams of recordings made one after the other, as one.

    Raises
    ------
    ValueError
        If they differ in what must be the same.
    """
    first, *others = streams
    for other in others:
        for words, of in SAME:
            if of(first) != of(other):
                raise ValueError(
                    f"{other.files[0]} cannot follow {first.files[0]}: another {words} "
                    f"({_shown(of(other))} after {_shown(of(first))})."
                )
    if not others:
        return first
    if any(stream.num_samples is not None for stream in streams[:-1]):
        raise ValueError("A file that is used in part cannot be followed by another one.")
    same_probe = all(_same(first.probe, other.probe) for other in others)
    last = streams[-1].num_samples
    clock, odd = _joined_clock(streams)
    return replace(
        first,
        files=tuple(path for stream in streams for path in stream.files),
        layout=_joined_layout(streams),
        num_samples=None if last is None else sum(stream.samples_in() for stream in streams),
        clock=clock,
        notes=tuple(dict.fromkeys(note for stream in streams for note in stream.notes)),
        warnings=(
            *dict.fromkeys(words for stream in streams for words in stream.warnings),
            *odd,
            *([] if same_probe else ["The files do not agree where the contacts are; the first one is followed."]),
        ),
        opened=tuple(path for stream in streams for path in stream.opened),
    )


def _joined_layout(streams: Sequence[Stream]) -> FileLayout:
    """The layout of all files, with what is skipped in each of them."""
    before, skips = 0, []
    for stream in streams:
        skips += [(before + file, sample, size) for file, sample, size in stream.layout.skips]
        before += len(stream.files)
    return replace(streams[0].layout, skips=tuple(skips))


def _joined_clock(streams: Sequence[Stream]) -> tuple[AcquisitionClock | None, list[str]]:
    """The clock of files that follow each other, with the gaps between them, and what is odd about it in words."""
    if any(stream.clock is None for stream in streams):
        return None, []
    gaps: list[Gap] = []
    odd, samples, paced, number = [], 0, 0.0, streams[0].clock.start
    for place, stream in enumerate(streams):
        between = stream.clock.start - number
        if between > 0:
            gaps.append(Gap(samples, between))
        elif between < 0:
            names = f"{streams[place - 1].files[0].name} and {stream.files[0].name}"
            odd.append(f"By their clock {names} overlap, or are not in the order of time: change the order.")
        gaps += moved(stream.clock.gaps, samples)
        samples += stream.samples_in()
        paced += stream.samples_in() * stream.clock.pace
        number = stream.clock.start + round(stream.samples_in() * stream.clock.pace) + stream.clock.missing
    return AcquisitionClock(streams[0].clock.start, tuple(gaps), paced / samples if samples else 1.0), odd


def _same(one: ProbeLayout | None, other: ProbeLayout | None) -> bool:
    return one is other or (one is not None and other is not None and np.array_equal(one.positions, other.positions))


def listed(names: Sequence[str]) -> str:
    """The first few names."""
    names = list(names)
    return ", ".join(names[:MOST_LISTED]) + (f", … ({len(names)})" if len(names) > MOST_LISTED else "")


def left_out(what: str, names: Sequence[str]) -> list[str]:
    """The sentence for channels that are not sorted."""
    names = list(names)
    return [f"Left out: {len(names)} {what}{'s' if len(names) > 1 else ''} ({listed(names)})."] if names else []


def _shown(value) -> str:
    if isinstance(value, FileLayout):
        return plural(value.channels, "channel")
    words = str(value) if not isinstance(value, tuple) else listed(list(map(str, value)))
    return words or "not told"
