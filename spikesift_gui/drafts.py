"""What is described before it is sorted: file, probe, what the two amount to, settings. Parts of the state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from spikesift_core.formats.stream import Stream
from spikesift_core.parameters import DEFAULT_PRESET
from spikesift_core.probe_contacts import ProbeLayout, layout
from spikesift_core.recording import LOWEST_SAMPLING_FREQUENCY, Recording
from spikesift_core.recording_layout import FileLayout
from spikesift_core.recording_names import recording_name
from spikesift_core.sort_to_session import session_folder


@dataclass(frozen=True)
class RecordingDraft:
    """What the Recording form holds, right or wrong.

    Attributes
    ----------
    path : the binary file, or None.
    data_type : one of `spikesift_core.recording.DATA_TYPES`.
    channels : channels in the file; None is not known yet (then it follows the probe).
    sampling_frequency : Hz.
    header : bytes to skip.
    sample_offset : samples to skip after the header.
    num_samples : samples to use; None is all.
    recording_offset : logical time of the first sample used, in samples.
    gain : uV per bit, or None when not known; used for showing only.
    rate_assumed : the sampling frequency is only the usual one: neither the file nor a person said it.
    channels_assumed : the number of channels is only that of the probe that is open: nobody said it of this file.
    opened : the files or folders that were opened, in the order of time; () is `path` alone.
    files : the binary files, where they are more than `path`; those of `stream` if there is one.
    layout : where the samples are in the files, None for sample after sample of just these channels.
    streams : what was recognised in what was opened; () for a plain binary file.
    stream : the one chosen of them, which the other fields then repeat.
    """

    path: Path | None = None
    data_type: str = "int16"
    channels: int | None = None
    sampling_frequency: float = 30000.0
    header: int = 0
    sample_offset: int = 0
    num_samples: int | None = None
    recording_offset: int = 0
    gain: float | None = None
    rate_assumed: bool = False
    channels_assumed: bool = False
    opened: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    layout: FileLayout | None = None
    streams: tuple[Stream, ...] = ()
    stream: Stream | None = None

    @property
    def binary_files(self) -> tuple[Path, ...]:
        """All binary files."""
        return self.files or ((self.path,) if self.path else ())

    @property
    def told(self) -> bool:
        """Whether an acquisition system tells how the file was written, so that nobody has to."""
        return self.stream is not None or self.layout is not None

    @property
    def place(self) -> Path | None:
        """What its session is named after and put beside."""
        return self.opened[0] if self.stream is not None and self.opened else self.path

    def session_folder(self, parent: Path | None) -> Path:
        """Where its session goes, see `sort_to_session.session_folder`."""
        return session_folder(self.place, parent, self.stream_of_several)

    @property
    def name(self) -> str:
        """For titles: of what was opened, and which stream of several."""
        opened = self.opened[0] if self.opened else self.path
        if opened is None:
            return ""
        told = self.stream is not None and recording_name(opened) not in (opened.stem, opened.name)
        more = f" + {len(self.opened) - 1} more" if len(self.opened) > 1 else ""
        which = f" · {self.stream_of_several}" if self.stream_of_several else ""
        return f"{recording_name(opened) if told else opened.name}{more}{which}"

    @property
    def stream_of_several(self) -> str:
        """The name of the stream, where there are several to choose from."""
        return self.stream.name if self.stream is not None and len(self.streams) > 1 else ""


@dataclass(frozen=True, eq=False)
class ProbeDraft:
    """The probe as it is drawn.

    Attributes
    ----------
    layout : positions, shanks, sizes and part number; row order is the channel order. Never None.
    chosen : indices of the contacts chosen in the editor.
    source : where it came from in words ("probe.csv", "4 x 8 grid"), or "".
    notes : what was done and what looked odd when it was imported, one sentence each.
    unconnected : contacts that the file it came from marks as not connected.
    """

    layout: ProbeLayout = field(default_factory=lambda: layout(np.zeros((0, 2))))
    chosen: tuple[int, ...] = ()
    source: str = ""
    notes: tuple[str, ...] = ()
    unconnected: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.layout)

    @property
    def positions(self) -> np.ndarray:
        """(contacts, 2) float32, x and y in um, read-only."""
        return self.layout.positions

    @property
    def shanks(self) -> np.ndarray:
        """(contacts,) int64, from 0."""
        return self.layout.shanks


@dataclass(frozen=True, eq=False)
class Checked:
    """What the drafts amount to; computed by `checking.check` whenever a draft changes, never set by hand.

    Attributes
    ----------
    preview : the file as described, good for showing traces; its positions are a stand-in (a column, 20 um apart)
        while the probe does not fit. None when the file cannot be read like that.
    recording : file and probe agree: ready to be sorted. None otherwise.
    file_problem : what is wrong with the description of the file, in words, or "".
    probe_problem : what is wrong with the probe, in words, or "".
    """

    preview: Recording | None = None
    recording: Recording | None = None
    file_problem: str = ""
    probe_problem: str = ""


@dataclass(frozen=True)
class Settings:
    """Sorting settings: a preset and the values given on top of it (only those that differ)."""

    preset: str = DEFAULT_PRESET
    given: Mapping[str, Any] = field(default_factory=dict)


def looked_at(draft: RecordingDraft) -> RecordingDraft:
    """The part of a description that what the values say depends on."""
    return replace(draft, gain=None, recording_offset=0, rate_assumed=False, channels_assumed=False)


NOBODY_SAID = RecordingDraft(rate_assumed=True)  # of a file of which nothing is known yet


def draft_of(
    stream: Stream, streams: tuple[Stream, ...], opened: tuple[Path, ...], before: RecordingDraft
) -> RecordingDraft:
    """The draft of what an acquisition system tells; the rate of `before` where it does not tell one fit for spikes."""
    known = stream.sampling_frequency >= LOWEST_SAMPLING_FREQUENCY
    return RecordingDraft(
        path=stream.files[0],
        data_type=stream.data_type,
        channels=stream.channels,
        sampling_frequency=stream.sampling_frequency if known else before.sampling_frequency,
        rate_assumed=not known and before.rate_assumed,
        header=stream.header,
        gain=stream.one_gain,
        opened=opened,
        files=stream.files,
        layout=stream.layout,
        streams=streams,
        stream=stream,
    )
