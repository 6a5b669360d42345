"""A recording: one or several flat binary files, sample after sample, and the positions of the contacts."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from functools import cached_property
from numbers import Real
from pathlib import Path

import numpy as np

from spikesift_core.acquisition_clock import AcquisitionClock, Gap, gaps_within, gaps_words
from spikesift_core.messages import plural, say
from spikesift_core.probe_contacts import ProbeLayout
from spikesift_core.probe_contacts import layout as probe_layout
from spikesift_core.recording_files import as_paths, mapped_part, named, parts_of, read_into, repeated, size_of
from spikesift_core.recording_layout import FileLayout, check_side_by_side, read_laid_out

DATA_TYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64")
LOWEST_SAMPLING_FREQUENCY = 1000.0
LATEST = 2**62  # sample of the logical clock: leaves room for the length of any recording


class Recording:
    """A flat binary file, sample-major, channels interleaved. Treated as read-only; the file is never changed.

    Several files, written one after the other, are one recording: samples are counted on from file to file.

    Parameters
    ----------
    binary_file : path of the file, or a list of paths in the order of time (same channels, type and header).
    data_type : NumPy dtype or its name, one of `DATA_TYPES`.
    probe_geometry : (channels, 2), x and y of each contact in um, in the order of the channels; or a ProbeLayout.
    sampling_frequency : Hz, at least 1000.
    num_samples : samples (of all channels) to use; None takes all.
    header : bytes to skip at the start of each file.
    sample_offset : samples to skip after the (first) header.
    recording_offset : logical time of the first sample used, in samples; moves reported times, not what is read.
    layout : where the samples are in a file that holds more than these channels, or in another order; None for sample
        after sample of just these.
    clock : of the acquisition system, counted from the first sample of the files; None where it is not known.

    Attributes
    ----------
    binary_files : all of them, a tuple; binary_file is the first.
    recording_channels : number of channels; probe : their contacts, a ProbeLayout with probe_geometry as positions.
    samples_per_ms : floor(sampling_frequency / 1000), the length of a block.
    bytes_per_sample : bytes of one sample of all channels in the file.
    stream : what an acquisition system says of these channels (`formats.Stream`), None where nobody asked.
    file_size : bytes of the files when they were opened; file_sizes : of each.
    num_samples : samples used.

    Raises
    ------
    ValueError
        For any argument that is not allowed or does not fit the file; the sentence names the argument.
    """

    def __init__(
        self,
        *,
        binary_file,
        data_type,
        probe_geometry,
        sampling_frequency,
        num_samples=None,
        header=0,
        sample_offset=0,
        recording_offset=0,
        layout: FileLayout | None = None,
        clock: AcquisitionClock | None = None,
    ):
        self.binary_files = as_paths(binary_file)
        self.data_type = _data_type(data_type)
        self.probe, self.probe_geometry = _probe(probe_geometry)
        self.sampling_frequency = checked_frequency(sampling_frequency)
        self.header = _whole_number("header", header, 0)
        self.sample_offset = _whole_number("sample_offset", sample_offset, 0)
        self.recording_offset = _on_clock(recording_offset)
        self.recording_channels = len(self.probe_geometry)
        self.samples_per_ms = int(self.sampling_frequency // 1000)
        self.layout = _layout(layout, self.recording_channels)
        file_channels = self.recording_channels if layout is None else layout.channels
        self.bytes_per_sample = self.data_type.itemsize * file_channels
        self.clock = clock
        self.stream = None
        self.file_sizes = tuple(size_of(path) for path in self.binary_files)
        self._file_samples = _samples_in_files(self, self.file_sizes, rest_allowed=num_samples is not None)
        asked = None if num_samples is None else _whole_number("num_samples", num_samples, 1)
        self.num_samples = sum(self._file_samples) - self.sample_offset if asked is None else asked
        self.validate()

    def __getstate__(self) -> dict:
        """Sent to another process it still means the same files, wherever that process runs."""
        return {**self.__dict__, "binary_files": tuple(path.absolute() for path in self.binary_files)}

    def __repr__(self) -> str:
        return (
            f"Recording({named(self.binary_files)!r}, {self.data_type.name}, {self.recording_channels} channels, "
            f"{self.sampling_frequency:g} Hz, {self.num_samples} samples)"
        )

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.num_samples / self.sampling_frequency

    @property
    def whole(self) -> bool:
        """Whether files of just these channels are used to their very end."""
        rests = [(size - self.header) % self.bytes_per_sample for size in self.file_sizes]
        used = self.layout is None and self.num_samples == sum(self._file_samples) - self.sample_offset
        return used and not any(rests)

    @property
    def channel_numbers(self) -> np.ndarray:
        """Number of each channel in the file, (channels,) int64: all of them, see `RecordingView`."""
        return np.arange(self.recording_channels)

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """Where samples are missing inside what is used, counted from its first sample."""
        return () if self.clock is None else gaps_within(self.clock.gaps, self.sample_offset, self.num_samples)

    @property
    def binary_file(self) -> Path:
        """The file, or the first of several."""
        return self.binary_files[0]

    @property
    def file_size(self) -> int:
        """Bytes of all files."""
        return sum(self.file_sizes)

    @property
    def _files_in_time(self) -> tuple[Path, ...]:
        """The files that follow each other: of those side by side the first."""
        return self.binary_files[:: self.layout.side_by_side if self.layout else 1]

    @property
    def _block(self) -> tuple[int, int]:
        """What can be read of a file at least: samples and bytes."""
        if self.layout is None:
            return 1, self.bytes_per_sample
        return self.layout.block_samples, self.layout.block_bytes(self.data_type.itemsize)

    def validate(self, verbose: bool = False) -> None:
        """Check again that the files hold what was promised; with `verbose`, log a summary.

        Raises
        ------
        ValueError
            If a file cannot be read or has become shorter.
        """
        sizes = [size_of(path) for path in self.binary_files]
        found = _samples_in_files(self, sizes, rest_allowed=True)
        for path, now, before in list(zip(self._files_in_time, found, self._file_samples, strict=True))[:-1]:
            if now < before:  # the next file would begin too early
                raise ValueError(f"{path} has become shorter: it holds {now} samples, {before} when it was opened.")
        available = sum(self._file_samples[:-1]) + found[-1] - self.sample_offset
        if self.num_samples > available:
            raise ValueError(
                f"num_samples is {self.num_samples}, but {named(self.binary_files)} holds {self._long(available)}, "
                f"of {self.bytes_per_sample} bytes each after header and sample_offset; give at most {available}."
                + (f" It had {self.file_size} bytes when it was opened." if sum(sizes) != self.file_size else "")
            )
        if verbose:
            say(self.summary())

    def _long(self, samples: int) -> str:
        return f"{samples} samples, {samples / self.sampling_frequency:.6g} s"

    def remarks(self) -> list[str]:
        """What is odd about the files themselves, in words."""
        warnings = self.stream.warnings if self.stream else ()
        return [*repeated(self.binary_files), *warnings, *gaps_words(self.gaps, self.sampling_frequency)]

    def summary(self) -> str:
        """The recording in words, one line."""
        return (
            f"{named(self.binary_files)}: {plural(self.recording_channels, 'channel')}, {self.data_type.name}, "
            f"{self.sampling_frequency:g} Hz, {plural(self.num_samples, 'sample')} ({self.duration:.1f} s)"
        )

    def read(self, start: int, num_samples: int, room: np.ndarray | None = None) -> np.ndarray:
        """Samples as they are in the file.

        Parameters
        ----------
        start : first sample, counted after header and offset.
        num_samples : how many.
        room : see `read_pieces`.

        Returns
        -------
        (num_samples, channels) array in the file's dtype.

        Raises
        ------
        ValueError
            For samples outside the recording, or when the file has become shorter.
        """
        start = _whole_number("start", start)
        count = _whole_number("num_samples", num_samples)
        if start < 0 or count < 0 or start + count > self.num_samples:
            raise ValueError(
                f"start={start} and num_samples={count} reach outside the recording: "
                f"samples 0 to {self.num_samples} are available."
            )
        return self.read_pieces(np.array([start]), np.array([count]), room)

    def read_pieces(self, starts: np.ndarray, counts: np.ndarray, room: np.ndarray | None = None) -> np.ndarray:
        """Several stretches of samples, one after the other.

        Parameters
        ----------
        starts, counts : (k,) int64, first sample and number of samples of each; they must lie inside the recording.
        room : (any,) in the file's dtype; memory for the answer, used where there is enough of it: the system hands
            out fresh memory slowly.

        Returns
        -------
        (counts.sum(), channels) array in the file's dtype.

        Raises
        ------
        ValueError
            When a file cannot be read, or has become shorter.
        """
        pieces = list(zip((starts + self.sample_offset).tolist(), counts.tolist(), strict=True))
        if self.layout is not None:
            return self._read_laid_out(pieces, room)
        size = int(counts.sum()) * self.recording_channels
        enough = room is not None and room.dtype == self.data_type and len(room) >= size
        data = (room[:size] if enough else np.empty(size, self.data_type)).reshape(-1, self.recording_channels)
        size = self.bytes_per_sample
        if len(self.binary_files) == 1:  # most often, and then there is nothing to look up
            parts = [(0, self.header + start * size, count * size) for start, count in pieces]
        else:
            parts = [
                (file, self.header + first * size, part * size)
                for start, count in pieces
                for file, first, part in parts_of(self._file_samples, start, count)
            ]
        missing = read_into(self.binary_files, parts, data.reshape(-1).view(np.uint8))
        if missing is not None:
            raise ValueError(self._shorter_words(missing))
        return data

    def _read_laid_out(self, pieces: list[tuple[int, int]], room: np.ndarray | None) -> np.ndarray:
        data, missing = read_laid_out(
            self.binary_files, self.header, self._file_samples, self.layout, self.data_type, pieces, room
        )
        if missing is not None:
            raise ValueError(self._shorter_words(missing))
        return data

    def _shorter_words(self, missing: tuple[int, int, int]) -> str:
        file, first_byte, bytes_there = missing
        in_block, size = self._block
        first = in_block * ((first_byte - self.header) // size)
        return (
            f"{self.binary_files[file]} has become shorter while it was read: samples from {first} on after its "
            f"header were asked for, {in_block * (bytes_there // size)} are left of them. Nothing was changed in the "
            "file; check the disk or the copy, then sort again."
        )


def _samples_in_files(recording: Recording, sizes: Sequence[int], rest_allowed: bool) -> tuple[int, ...]:
    """Whole samples after the header of each file (or group of files side by side), the rest of bytes checked."""
    files = recording._files_in_time
    if recording.layout is not None:
        check_side_by_side(recording.binary_files, sizes, recording.layout)
        sizes = sizes[:: recording.layout.side_by_side]
        sizes = [size - recording.layout.skipped(file) for file, size in enumerate(sizes)]
    in_block, block = recording._block
    counts = [divmod(max(0, size - recording.header), block) for size in sizes]
    several = len(sizes) > 1
    for place, (path, size, (whole, rest)) in enumerate(zip(files, sizes, counts, strict=True), 1):
        last = place == len(sizes)
        if rest and not (last and rest_allowed):
            most = in_block * sum(whole for whole, _ in counts) - recording.sample_offset
            raise ValueError(_rest_words(recording, path, size, most if last else None))
        if several and whole == 0:
            raise ValueError(f"{path} has {size} bytes: a header of {recording.header} bytes leaves no data.")
    samples = tuple(in_block * whole for whole, _ in counts)
    if sum(samples) <= recording.sample_offset:
        raise ValueError(
            f"header ({recording.header} bytes) and sample_offset ({recording._long(recording.sample_offset)}) leave "
            f"no data: {named(recording.binary_files)} has {sum(sizes)} bytes: {recording._long(sum(samples))}."
        )
    return samples


def _rest_words(recording: Recording, path: Path, size: int, most: int | None) -> str:
    """What to do about a file that ends inside a sample; `most` could be used, None if another file follows."""
    in_block, block = recording._block
    whole, rest = divmod(size - recording.header, block)
    what = f"samples of {block} bytes" if in_block == 1 else f"blocks of {in_block} samples in {block} bytes"
    channels = recording.bytes_per_sample // recording.data_type.itemsize
    use = f"or give num_samples (at most {most}) to use that many"
    use = "another file follows, so this one must be whole" if most is None else use
    return (
        f"{path} does not hold a whole number of samples: {size - recording.header} bytes after the header are {whole} "
        f"{what} ({channels} channels of {recording.data_type.name}) and {rest} bytes more. Check data_type, the "
        f"number of channels in probe_geometry and header; {use}."
    )


def _data_type(value) -> np.dtype:
    try:
        data_type = np.dtype(value)
    except TypeError:
        data_type = None
    if value is None or data_type is None or data_type.name not in DATA_TYPES or not data_type.isnative:
        raise ValueError(
            f"data_type must be one of {', '.join(DATA_TYPES)}, in this machine's byte order, not {value!r}. For the "
            "other byte order give layout=FileLayout(channels, tuple(range(channels)), swapped=True), or --swap-bytes."
        )
    return data_type


def _probe(value) -> tuple[ProbeLayout, np.ndarray]:
    given = value if isinstance(value, ProbeLayout) else None
    positions = _geometry(value if given is None else given.positions)
    return given or probe_layout(positions), positions


def _geometry(value) -> np.ndarray:
    try:
        geometry = np.asarray(value)
        if geometry.dtype.kind not in "iuf":
            raise TypeError
        geometry = np.array(geometry, dtype=np.float32)
    except (TypeError, ValueError):
        raise ValueError(
            "probe_geometry must be an array of numbers, one row (x, y in um) for each channel, "
            f"not {type(value).__name__} {str(value)[:60]!r}."
        ) from None
    if geometry.ndim != 2 or geometry.shape[1] != 2 or len(geometry) == 0:
        raise ValueError(
            "probe_geometry must have the shape (channels, 2): x, y in um, at least one channel; "
            f"it has the shape {geometry.shape}."
        )
    if not np.isfinite(geometry).all():
        row = int(np.flatnonzero(~np.isfinite(geometry).all(axis=1))[0])
        raise ValueError(f"probe_geometry must hold finite numbers; row {row} is {geometry[row].tolist()}.")
    geometry.setflags(write=False)
    return geometry


def _layout(layout: FileLayout | None, channels: int) -> FileLayout | None:
    if layout is None:
        return None
    if len(layout.used) != channels:
        raise ValueError(f"layout names {len(layout.used)} channels, but probe_geometry has {channels} rows.")
    return None if layout.whole else layout  # the plain way to read is the faster one


def checked_frequency(value) -> float:
    """A sampling frequency in Hz as a float; ValueError for what is none, or too low for spikes."""
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise ValueError(f"sampling_frequency must be a number of Hz, at least 1000, not {value!r}.")
    if value < LOWEST_SAMPLING_FREQUENCY:
        raise ValueError(f"sampling_frequency must be at least 1000 Hz, not {value!r}.")
    return float(value)


def _whole_number(name: str, value, lowest: int | None = None) -> int:
    allowed = "a whole number" if lowest is None else f"a whole number, {lowest} or more"
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, (bool, np.bool_)) or (lowest is not None and number < lowest):
        raise ValueError(f"{name} must be {allowed}, not {value!r}.")
    return number


def _on_clock(value) -> int:
    offset = _whole_number("recording_offset", value)
    if abs(offset) > LATEST:
        raise ValueError(f"recording_offset must be between -{LATEST} and {LATEST}: times have 64 bits.")
    return offset


def mapped(recording, start: int, num_samples: int) -> np.ndarray | None:
    """The samples that `Recording.read` gives, without a copy; None where they are not in one file as they are.

    See `recording_files.mapped_part`.
    """
    if not isinstance(recording, Recording) or len(recording.binary_files) > 1 or recording.layout is not None:
        return None
    size = recording.bytes_per_sample
    first_byte = recording.header + (recording.sample_offset + start) * size
    data = mapped_part(recording.binary_files[0], first_byte, num_samples * size, recording.data_type)
    return None if data is None else data.reshape(-1, recording.recording_channels)
