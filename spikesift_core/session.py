"""Results on disk: a folder `NAME.spikesift`, written while sorting.

    session.json          format and program version, state, settings, the recording with size and fingerprint; the
                          channels left out of sorting, where there are; how many segments, when it is complete
    probe_geometry.npy    float32 (channels, 2), um
    probe_shanks.npy      int64 (channels,), from 0; not there: one shank
    probe_sizes.npy       float32 (channels, 2), width and height of the contacts in um; not there: not known
    segments/000000.npy   one finished segment each, a structured array: `np.load(path)["spike_times"]`
    segments/000000.corrected.npy   the same, where it was corrected when all segments were known
    followed.npy          units followed over gaps, where there are: a row unit, segment, cluster for each cluster
    decisions.json        links made and refused by hand (see session_decisions)
    notes.json            what a person added: labels, views
    quality.json          metrics of the units, once they were measured
    journal.jsonl         what happened, one line each

Every file is written to a temporary name, synced, and put in its place, so that a program that is killed loses at
most the segment in work. A replaced file is kept as `FILE.previous`. Everything can be read with NumPy alone.
"""

from __future__ import annotations

import os
import secrets
import shutil
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spikesift_core import session_files as files
from spikesift_core.merged_files import find_signal
from spikesift_core.merged_signal import MergedSignal
from spikesift_core.probe_contacts import ProbeLayout, layout
from spikesift_core.recording import Recording
from spikesift_core.recording_identity import describe
from spikesift_core.recording_names import SUFFIX
from spikesift_core.replacing import sync_folder
from spikesift_core.results import SortedRecording
from spikesift_core.session_damage import read_or_previous, refuse_if_replaced
from spikesift_core.session_decisions import with_decisions
from spikesift_core.tracks import followed_so_far
from spikesift_core.version import VERSION

HEAD_FILES = ("session.json", "session.json.previous")  # either tells that a folder is a session
SORTING, COMPLETE, CANCELLED = "sorting", "complete", "cancelled"


@dataclass(frozen=True)
class Session:
    """A session as it was found on disk.

    Attributes
    ----------
    folder : where it is.
    recording_description : fields of `Recording` (with `probe_geometry`), size and fingerprint of the file.
    recording : the recording, of joined ones a MergedSignal; None if its file is missing or is another one.
    recording_problem : in words why there is no recording, or not all of it, else "".
    settings, preset : sorting parameters used, and the preset they began from.
    program_version : of the program that wrote it.
    state : "complete", "cancelled" or "sorting" (still running, or killed).
    sorted_recording : what is there, or None before the first segment.
    notes : what `save_notes` kept.
    created : when, ISO 8601 in UTC.
    problems : what was found wrong and passed over, one sentence each.
    """

    folder: Path
    recording_description: dict[str, Any]
    recording: Recording | MergedSignal | None
    recording_problem: str
    settings: dict[str, Any]
    preset: str | None
    program_version: str
    state: str
    sorted_recording: SortedRecording | None
    notes: dict[str, Any]
    created: str
    problems: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every segment was sorted."""
        return self.state == COMPLETE

    @property
    def segments(self) -> int:
        """Finished segments."""
        return 0 if self.sorted_recording is None else len(self.sorted_recording.sorted_segments)

    @property
    def state_words(self) -> str:
        """The state in words, such as "cancelled; 3 segments, the first 45.0 of 120.0 s, kept"."""
        if self.complete:
            return f"complete, {self._segment_words()}"
        words = "cancelled" if self.state == CANCELLED else "not finished"
        if self.sorted_recording is None:
            return f"{words}; no segment is there"
        rate = self.recording_description["sampling_frequency"]
        done = (self.sorted_recording.end_time() - self.sorted_recording.start_time()) / rate
        whole = self.recording_description["num_samples"] / rate
        return f"{words}; {self._segment_words()}, the first {done:.1f} of {whole:.1f} s, kept"

    def _segment_words(self) -> str:
        return "1 segment" if self.segments == 1 else f"{self.segments} segments"


class SessionWriter:
    """Writes a session while its recording is sorted. Made by `create_session`."""

    def __init__(self, folder: Path, head: dict[str, Any]):
        """`folder` and `written` (segments that are safe on the disk) are there to be read."""
        self.folder = folder
        self.written = 0
        self._head = head
        self._clusters_before = 0
        self._checksums: list[int] = []

    def add(self, event) -> None:
        """Write one finished segment (a `SegmentSorted`); when this returns it is safe on the disk.

        Raises
        ------
        ValueError
            If segments come out of order or the link does not fit.
        OSError
            If the disk refuses, with what is saved until then; `SessionReplaced` if the folder is not this session's.
        """
        self._refuse_if_replaced()
        if event.index != self.written:
            raise ValueError(f"Segment {event.index} was handed over where segment {self.written} was expected.")
        link = np.zeros(0, np.int64) if event.assignment is None else np.asarray(event.assignment)
        if len(link) != self._clusters_before:
            raise ValueError(
                f"Segment {event.index} links {len(link)} clusters; the one before has {self._clusters_before}."
            )
        data = files.npy(files.packed(event.segment, link, event.links))
        try:
            if event.index == 0 and event.excluded:
                self._head["excluded"] = {str(channel): words for channel, words in event.excluded.items()}
                files.write_json(self.folder / "session.json", self._head)
            files.write_file(self.folder / files.segment_file(event.index), data, keep_previous=False)
            self._checksums.append(zlib.crc32(data))
            record_action(self.folder, "segment finished", index=event.index, checksum=self._checksums[-1])
        except OSError as error:
            raise OSError(
                f"Segment {event.index} could not be written to {self.folder}: {error.strerror or error}. "
                f"{self.written} segments are saved there."
            ) from error
        self.written += 1
        self._clusters_before = len(event.segment)

    def finish(self, sorted_recording: SortedRecording) -> None:
        """Write what was corrected when all segments were known, and mark the session as complete.

        The segments as they were written first stay, so that a program that is killed in between leaves a session that
        is not finished, but whole.

        Raises
        ------
        ValueError
            If `sorted_recording` has another number of segments than were written.
        """
        segments = len(sorted_recording.sorted_segments)
        if segments != self.written:
            raise ValueError(f"The result has {segments} segments, but {self.written} were written.")
        self._refuse_if_replaced()
        self._write_corrected(sorted_recording)
        self._head |= {"segments": segments, "followed": sorted_recording.followed is not None}
        if sorted_recording.followed is not None:
            data = files.npy(files.packed_tracks(sorted_recording.followed))
            files.write_file(self.folder / files.FOLLOWED_FILE, data)
        self._close(COMPLETE, "finished", segments=segments)

    def _write_corrected(self, result: SortedRecording) -> None:
        links = result.links or [None] * self.written
        chain = [np.zeros(0, np.int64), *result.assignment_chain]
        for index, parts in enumerate(zip(result.sorted_segments, chain, links, strict=True)):
            data = files.npy(files.packed(*parts))
            checksum = zlib.crc32(data)
            if checksum != self._checksums[index]:
                files.write_file(self.folder / files.segment_file(index, True), data, keep_previous=False)
                record_action(self.folder, "segment corrected", index=index, checksum=checksum)

    def abandon(self, reason: str) -> None:
        """Mark the session as cancelled or failed; what was written stays valid."""
        self._refuse_if_replaced()
        self._close(CANCELLED, "cancelled", reason=reason, segments=self.written)

    def discard(self) -> None:
        """Remove a session in which no segment was finished.

        Raises
        ------
        ValueError
            If there is one.
        """
        if self.written:
            raise ValueError(f"{self.folder} holds {self.written} finished segments and is not removed.")
        self._refuse_if_replaced()
        shutil.rmtree(self.folder)

    def _refuse_if_replaced(self) -> None:
        refuse_if_replaced(self.folder, self._head["created"], self.written)

    def _close(self, state: str, action: str, **details) -> None:
        self._head["state"] = state
        files.write_json(self.folder / "session.json", self._head)
        record_action(self.folder, action, **details)


def create_session(
    folder, recording: Recording | Mapping, settings: Mapping, *, preset: str | None = None, overwrite: bool = False
) -> SessionWriter:
    """Begin a session.

    Parameters
    ----------
    folder : its folder, usually `NAME.spikesift`; it appears all at once.
    recording : the recording sorted; for joined recordings a dict with `probe_geometry`, `sampling_frequency` and
        whatever else is to be kept about them, and `binary_file` None. `probe_geometry` may be a ProbeLayout.
    settings : sorting parameters, ready for JSON.
    preset : the preset they began from.
    overwrite : an existing session is moved aside to `NAME.previous.spikesift`; without it that is an error.

    Raises
    ------
    ValueError
        If something is in the way.
    OSError
        If the folder cannot be written.
    """
    folder = Path(os.path.abspath(folder))
    refuse_if_taken(folder, overwrite)
    building = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}.building")
    try:
        building.mkdir(parents=True)
        head = _write_first_files(building, folder, recording, settings, preset)
        if folder.exists():
            _move_aside(folder)
        os.replace(building, folder)
    except OSError as error:
        raise OSError(f"The session {folder} cannot be written: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)  # where it was not put in its place
    sync_folder(folder.parent)
    return SessionWriter(folder, head)


def refuse_if_taken(folder, overwrite: bool = False) -> None:
    """Raise ValueError if `create_session` would; to ask before a long job."""
    folder = Path(os.path.abspath(folder))
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not is_session(folder):
        raise ValueError(f"{folder} exists and is not a session; choose another name for the results.")
    if not overwrite:
        raise ValueError(
            f"{folder} holds a session already. Choose another name, or overwrite it (--overwrite): it is "
            f"then kept as {_aside(folder).name}."
        )


def save_notes(folder, notes: Mapping) -> None:
    """Keep what a person added (labels of units, views): replaces the notes kept before.

    Raises
    ------
    ValueError
        If `folder` is not a session.
    """
    files.write_json(_session_folder(folder) / "notes.json", notes)


def record_action(folder, action: str, **details) -> None:
    """Add a line to the journal: time, action in words, details."""
    files.append_line(Path(folder) / "journal.jsonl", {"time": files.now(), "action": action, **details})


def read_journal(folder) -> list[dict[str, Any]]:
    """The journal, one dict for each line, oldest first."""
    return files.read_lines(_session_folder(folder) / "journal.jsonl")


def open_session(folder, recording_file=None, *, repair: bool = False) -> Session:
    """Read a session, complete or not. Nothing is written.

    Parameters
    ----------
    folder : the session's folder.
    recording_file : where the recording is now, if it was moved elsewhere than beside the session.
    repair : use what is intact where files are damaged, and say so in `problems`.

    Raises
    ------
    ValueError
        If this is not a session, comes from a newer program, or a file is damaged: which, what is wrong with it,
        and what is saved; `session_damage.DamagedSession` where `repair` would help.
    """
    folder = _session_folder(folder)
    problems: list[str] = []
    head = read_or_previous(folder / "session.json", files.read_head, repair, problems)
    probe = files.read_probe(folder, str(head.get("probe_part", "")), repair, problems)
    complete = head["state"] == COMPLETE
    expected = head.get("segments", 0) if complete else 0  # sessions of before it was kept have none
    segments, chain, links = files.read_segments(folder, len(probe), complete, repair, problems, expected)
    found = len(problems)
    if complete:
        followed = files.read_followed(folder, segments, bool(head.get("followed")), repair, problems)
    if not complete or len(problems) > found:
        followed = followed_so_far(links)
    excluded = {int(channel): words for channel, words in head.get("excluded", {}).items()}
    kept = {"followed": followed, "links": links, "excluded": excluded}
    sorted_recording = None
    if segments:
        joined = _joined(folder, segments, chain, probe, **kept)
        sorted_recording = with_decisions(joined, folder, repair, problems)
    notes = {}
    if (folder / "notes.json").exists():
        notes = read_or_previous(folder / "notes.json", files.read_json, repair, problems, without={})
    description = {**head["recording"], "probe_geometry": probe.positions}
    recording, recording_problem = find_signal(description, probe, folder, recording_file)
    return Session(
        folder=folder,
        recording_description=description,
        recording=recording,
        recording_problem=recording_problem,
        settings=head["settings"],
        preset=head.get("preset"),
        program_version=head["program_version"],
        state=head["state"],
        sorted_recording=sorted_recording,
        notes=notes,
        created=head["created"],
        problems=tuple(problems),
    )


def is_session(path) -> bool:
    """Whether `path` is a folder that holds a session."""
    return any(os.path.isfile(Path(path) / name) for name in HEAD_FILES)


def _session_folder(folder) -> Path:
    folder = Path(os.path.abspath(folder))
    if folder.name == "session.json" and folder.is_file():
        folder = folder.parent
    if not folder.exists():
        raise ValueError(f"{folder} does not exist; a session is a folder such as NAME{SUFFIX}.")
    if not is_session(folder):
        raise ValueError(f"{folder} is not a session: a session is a folder with a file session.json.")
    return folder


def _joined(folder: Path, segments: list, chain: list, probe: ProbeLayout, **kept) -> SortedRecording:
    try:
        return SortedRecording(segments, chain, probe, **kept)
    except ValueError as error:
        raise ValueError(f"The files in {folder / 'segments'} do not fit together: {error}") from error


def _write_first_files(building: Path, folder: Path, recording, settings: Mapping, preset: str | None) -> dict:
    if isinstance(recording, Recording):
        probe, description = recording.probe, describe(recording, folder)
    else:
        probe = layout(recording["probe_geometry"])
        description = {name: value for name, value in recording.items() if name != "probe_geometry"}
    head = {
        "format": files.FORMAT,
        "format_version": files.FORMAT_VERSION,
        "program_version": VERSION,
        "created": files.now(),
        "state": SORTING,
        "preset": preset,
        "settings": dict(settings),
        "recording": description,
        **({"probe_part": probe.part} if probe.part else {}),
    }
    (building / "segments").mkdir()
    files.write_probe(building, probe)
    files.write_json(building / "session.json", head)
    record_action(building, "created", program_version=VERSION)
    return head


def _aside(folder: Path) -> Path:
    """A free name for the session that is replaced."""
    stem = folder.name.removesuffix(SUFFIX)
    names = (f"{stem}.previous{number}{SUFFIX}" for number in ["", *range(2, 10_000)])
    return next(path for path in map(folder.with_name, names) if not path.exists())


def _move_aside(folder: Path) -> None:
    if is_session(folder):
        os.replace(folder, _aside(folder))
    else:
        folder.rmdir()  # empty, or it was refused
