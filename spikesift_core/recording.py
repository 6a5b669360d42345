"""A recording: a flat binary file of many channels, sample after sample, and the positions of its contacts."""

from __future__ import annotations

import math
import operator
import os
from numbers import Real
from pathlib import Path

import numpy as np

DATA_TYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64")
LOWEST_SAMPLING_FREQUENCY = 1000.0


class Recording:
    """A flat binary file, sample-major, channels interleaved. Treated as read-only; the file is never changed.

    Parameters
    ----------
    binary_file : path of the file.
    data_type : NumPy dtype or its name, one of `DATA_TYPES`.
    probe_geometry : (channels, 2), x and y of each contact in um; row order is the channel order in the file.
    sampling_frequency : Hz, at least 1000.
    num_samples : samples (of all channels) to use; None takes all.
    header : bytes to skip at the start of the file.
    sample_offset : samples to skip after the header.
    recording_offset : logical time of the first sample used, in samples; moves reported times, not what is read.

    Attributes
    ----------
    recording_channels : number of channels.
    samples_per_ms : floor(sampling_frequency / 1000), the length of a block.
    bytes_per_sample : bytes of one sample of all channels.
    file_size : bytes of the file when it was opened.
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
    ):
        self.binary_file = _path("binary_file", binary_file)
        self.data_type = _data_type(data_type)
        self.probe_geometry = _geometry(probe_geometry)
        self.sampling_frequency = _frequency(sampling_frequency)
        self.header = _whole_number("header", header, 0)
        self.sample_offset = _whole_number("sample_offset", sample_offset, 0)
        self.recording_offset = _whole_number("recording_offset", recording_offset)
        self.recording_channels = len(self.probe_geometry)
        self.samples_per_ms = int(self.sampling_frequency // 1000)
        self.bytes_per_sample = self.data_type.itemsize * self.recording_channels
        self.file_size = _file_size(self.binary_file)
        asked = None if num_samples is None else _whole_number("num_samples", num_samples, 1)
        self.num_samples = self._samples_in_file() if asked is None else asked
        self.validate()

    def __repr__(self) -> str:
        return (
            f"Recording({str(self.binary_file)!r}, {self.data_type.name}, {self.recording_channels} channels, "
            f"{self.sampling_frequency:g} Hz, {self.num_samples} samples)"
        )

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.num_samples / self.sampling_frequency

    @property
    def channel_numbers(self) -> np.ndarray:
        """Number of each channel in the file, (channels,) int64: all of them, see `RecordingView`."""
        return np.arange(self.recording_channels)

    def _first_byte(self) -> int:
        return self.header + self.sample_offset * self.bytes_per_sample

    def _bytes_available(self, file_size: int) -> int:
        available = file_size - self._first_byte()
        if available <= 0:
            raise ValueError(
                f"header ({self.header} bytes) and sample_offset ({self.sample_offset} samples of "
                f"{self.bytes_per_sample} bytes) leave no data: {self.binary_file} has {file_size} bytes."
            )
        return available

    def _samples_in_file(self) -> int:
        available = self._bytes_available(self.file_size)
        whole, rest = divmod(available, self.bytes_per_sample)
        if rest:
            raise ValueError(
                f"{self.binary_file} does not hold a whole number of samples: {available} bytes after header and "
                f"sample_offset are {whole} samples of {self.bytes_per_sample} bytes ({self.recording_channels} "
                f"channels of {self.data_type.name}) and {rest} bytes more. Check data_type, the number of channels "
                f"in probe_geometry and header; or give num_samples (at most {whole}) to use that many."
            )
        return whole

    def validate(self, verbose: bool = False) -> None:
        """Check again that the file holds what was promised; with `verbose`, log a summary.

        Raises
        ------
        ValueError
            If the file cannot be read or has become shorter.
        """
        size = _file_size(self.binary_file)
        available = self._bytes_available(size) // self.bytes_per_sample
        if self.num_samples > available:
            raise ValueError(
                f"num_samples is {self.num_samples}, but {self.binary_file} holds {available} samples of "
                f"{self.bytes_per_sample} bytes after header and sample_offset; give at most {available}."
                + (f" The file had {self.file_size} bytes when it was opened." if size != self.file_size else "")
            )
        if verbose:
            from spikesift_core.messages import say

            say(self.summary())

    def summary(self) -> str:
        """The recording in words, one line."""
        return (
            f"{self.binary_file.name}: {self.recording_channels} channels, {self.data_type.name}, "
            f"{self.sampling_frequency:g} Hz, {self.num_samples} samples ({self.duration:.1f} s)"
        )

    def read(self, start: int, num_samples: int) -> np.ndarray:
        """Samples as they are in the file.

        Parameters
        ----------
        start : first sample, counted after header and offset.
        num_samples : how many.

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
        values = count * self.recording_channels
        try:
            data = np.fromfile(
                self.binary_file,
                dtype=self.data_type,
                count=values,
                offset=self._first_byte() + start * self.bytes_per_sample,
            )
        except OSError as error:
            raise ValueError(f"binary_file {self.binary_file} cannot be read: {error}.") from error
        if data.size < values:
            raise ValueError(
                f"{self.binary_file} has become shorter while it was read: samples {start} to {start + count} were "
                f"asked for, {data.size // self.recording_channels} are left of them. Nothing was changed in the "
                "file; check the disk or the copy, then sort again."
            )
        return data.reshape(count, self.recording_channels)


def _path(name: str, value) -> Path:
    try:
        return Path(os.fspath(value))
    except TypeError:
        raise ValueError(f"{name} must be a path, not {value!r}.") from None


def _data_type(value) -> np.dtype:
    try:
        data_type = np.dtype(value)
    except TypeError:
        data_type = None
    if value is None or data_type is None or data_type.name not in DATA_TYPES or not data_type.isnative:
        raise ValueError(f"data_type must be one of {', '.join(DATA_TYPES)} (native byte order), not {value!r}.")
    return data_type


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


def _frequency(value) -> float:
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


def _file_size(path: Path) -> int:
    try:
        if path.is_dir():
            raise ValueError(f"binary_file {path} is a folder; give the binary file inside it.")
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_size
    except OSError as error:
        raise ValueError(f"binary_file {path} cannot be read: {error.strerror or error}.") from error
