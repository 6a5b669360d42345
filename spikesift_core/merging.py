"""Recordings made one after the other, sorted one by one, joined into one; and written as a session of its own."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from spikesift_core.deciding import decide
from spikesift_core.decisions import Decision
from spikesift_core.parameters import checked, method_of
from spikesift_core.progress import Progress, run_to_end
from spikesift_core.results import SortedRecording, SortedSegment, merge_recordings
from spikesift_core.session import Session, create_session
from spikesift_core.session_decisions import decisions_between, save_decisions, shift_between
from spikesift_core.session_notes import session_started
from spikesift_core.sort_to_session import end_early
from spikesift_core.sorting import SegmentSorted
from spikesift_core.unit_links import REFUSED


@dataclass(frozen=True, eq=False)
class Part:
    """A sorted recording to be joined with others.

    Attributes
    ----------
    name : how messages call it.
    sorted_recording : the units.
    sampling_frequency : Hz.
    origin : where it came from, kept with the result: session folder, settings, fields of the recording.
    """

    name: str
    sorted_recording: SortedRecording
    sampling_frequency: float
    origin: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Joined:
    """Recordings joined into one.

    Attributes
    ----------
    sorted_recording : all segments and links.
    sampling_frequency : Hz.
    parts : for each recording its start and end (samples), by how much it was moved, its origin, the channels left out
        of it where there are, and where a person set how far the tissue moved since the one before the shift (um, see
        `linking.Match`).
    settings : those of the joining.
    """

    sorted_recording: SortedRecording
    sampling_frequency: float
    parts: tuple[Mapping[str, Any], ...]
    settings: Mapping[str, float]


def shifted(recording: SortedRecording, samples: int) -> SortedRecording:
    """The same recording with all its times `samples` later."""
    segments = [
        SortedSegment(
            segment.start_time + samples,
            segment.duration,
            [times + samples for times in segment.spike_clusters],
            segment.amplitude_vectors,
        )
        for segment in recording.sorted_segments
    ]
    base = recording.undecided
    kept = {"followed": base.followed, "links": base.links, "excluded": base.excluded}
    return decide(SortedRecording(segments, base.assignment_chain, base.probe, **kept), recording.decisions)


def join_recordings(
    parts: Sequence[Part],
    *,
    max_drift=30,
    gap: float | Sequence[float] | None = None,
    matches=None,
    decisions=None,
    refuse_above: float = REFUSED,
    shifts: Sequence[float | None] | None = None,
) -> Joined:
    """Merge recordings, moved in time if that is wanted.

    Parameters
    ----------
    parts : at least two, in time order, same probe and sampling rate.
    max_drift : um, 0 or more; rounded to a multiple of 5.
    gap : None where they share a clock; else every one is moved to begin this many seconds after the end of the one
        before it. Several: one for each recording but the first.
    matches, decisions, refuse_above, shifts : see `merge_recordings`.

    Raises
    ------
    ValueError
        For other probes, other sampling rates, or recordings that overlap, by name.
    """
    if len(parts) < 2:
        raise ValueError("At least two recordings are needed to join them.")
    settings = {"max_drift": checked("max_drift", max_drift), "refuse_above": float(refuse_above)}
    check_same_equipment(parts)
    moves = _moves(parts, gap)
    moved = [shifted(part.sorted_recording, move) for part, move in zip(parts, moves, strict=True)]
    for place in range(1, len(parts)):
        _check_order(parts[place - 1], moved[place - 1], parts[place], moved[place])
    how = {"matches": matches, "decisions": decisions, "refuse_above": refuse_above, "shifts": shifts}
    joined = merge_recordings(moved, max_drift=max_drift, **how)
    before = [None, *(shifts or [None] * (len(parts) - 1))]
    origins = tuple(_origin(*one) for one in zip(parts, moved, moves, before, strict=True))
    return Joined(joined, parts[0].sampling_frequency, origins, settings)


def check_same_equipment(parts: Sequence[Part]) -> None:
    """Raise ValueError if a part has another sampling rate, probe or method of sorting than the first."""
    for part in parts[1:]:
        _check_pair(parts[0], part)


def save_joined(joined: Joined, folder, *, overwrite: bool = False) -> Generator[Progress, None, None]:
    """Write joined recordings as a session; see `create_session`. Closed before the end, the session is incomplete."""
    recording = joined.sorted_recording.undecided
    description = {
        "binary_file": None,
        "sampling_frequency": joined.sampling_frequency,
        "num_samples": recording.end_time() - recording.start_time(),
        "recording_offset": recording.start_time(),
        "probe_geometry": recording.probe,
        "parts": list(joined.parts),
    }
    writer = create_session(folder, description, joined.settings, overwrite=overwrite)
    chain = [None, *recording.assignment_chain]
    links = recording.links or [None] * len(chain)
    try:
        for index, event in enumerate(zip(recording.sorted_segments, chain, links, strict=True)):
            writer.add(SegmentSorted(index, *event, recording.excluded))
            yield Progress("Writing segments", index + 1, len(chain), "segments")
        writer.finish(recording)
        save_decisions(writer.folder, joined.sorted_recording.decisions)
    except BaseException as error:
        end_early(writer, "stopped" if isinstance(error, GeneratorExit) else str(error))
        raise


def join_sessions(
    sessions: Sequence[Session], folder, *, max_drift=30, gap: float | None = None, overwrite: bool = False
) -> SortedRecording:
    """Merge sessions and write the result as a session; what was decided by hand about and between them is used.

    Parameters
    ----------
    sessions, max_drift, gap : see `join_recordings`.
    folder : the session to write.
    overwrite : see `create_session`.

    Raises
    ------
    ValueError
        For other probes, other sampling rates, sessions without a segment, sessions that overlap, or one named twice.
    """
    for before, after in combinations(sessions, 2):
        if before.folder.resolve() == after.folder.resolve():
            raise ValueError(f"{after.folder} is named twice: a recording cannot follow itself.")
    parts = [part_of(session) for session in sessions]
    decisions = decisions_among(sessions)
    shifts = shifts_among(sessions)
    joined = join_recordings(parts, max_drift=max_drift, gap=gap, decisions=decisions, shifts=shifts)
    run_to_end(save_joined(joined, folder, overwrite=overwrite))
    return joined.sorted_recording


def decisions_among(sessions: Sequence[Session]) -> dict[tuple[int, int], tuple[Decision, ...]]:
    """What was decided by hand between each two of several sessions, by their places; for `merge_recordings`."""
    return {
        (here, there): decisions_between(sessions[here].folder, sessions[there].folder)
        for here, there in combinations(range(len(sessions)), 2)
    }


def shifts_among(sessions: Sequence[Session]) -> list[float | None]:
    """The shift that a person set between each two sessions that follow each other, or None; for `merge_recordings`."""
    return [
        shift_between(before.folder, after.folder, len(before.sorted_recording.sorted_segments))
        for before, after in pairwise(sessions)
    ]


def part_of(session: Session) -> Part:
    """A session as a part; ValueError where no segment was finished."""
    if session.sorted_recording is None:
        raise ValueError(f"{session.folder} holds no finished segment ({session.state_words}).")
    description = {name: value for name, value in session.recording_description.items() if name != "probe_geometry"}
    origin = {"session": str(session.folder), "settings": session.settings, "recording": description}
    origin["version"] = session.program_version
    if session.preset:
        origin["preset"] = session.preset
    if began := session_started(session):
        origin["started"] = began.isoformat()
    return Part(str(session.folder), session.sorted_recording, description["sampling_frequency"], origin)


def _check_pair(first: Part, part: Part) -> None:
    if part.sampling_frequency != first.sampling_frequency:
        raise ValueError(
            f"{part.name} was recorded at {part.sampling_frequency:g} Hz, {first.name} at "
            f"{first.sampling_frequency:g} Hz: their times cannot be joined."
        )
    if not np.array_equal(part.sorted_recording.probe_geometry, first.sorted_recording.probe_geometry):
        counts = [len(one.sorted_recording.probe_geometry) for one in (part, first)]
        raise ValueError(
            f"{part.name} has another probe than {first.name} ({counts[0]} and {counts[1]} contacts, or other "
            "positions): units can only be joined when they were recorded with the same contacts."
        )
    presets = [one.origin.get("preset") for one in (part, first)]
    if all(presets) and method_of(presets[0]) != method_of(presets[1]):
        raise ValueError(
            f"{part.name} was sorted with the preset {presets[0]!r}, {first.name} with {presets[1]!r}: these filter "
            "the signal differently, so their amplitude vectors cannot be compared. Sort both with the same preset."
        )
    polarities = [(one.origin.get("settings") or {}).get("detection_polarity") for one in (part, first)]
    if all(polarities) and np.sign(polarities[0]) != np.sign(polarities[1]):
        raise ValueError(
            f"{part.name} was sorted by its {_peaks(polarities[0])}, {first.name} by its {_peaks(polarities[1])}: the "
            "same unit has other amplitudes in the two. Sort both with the same detection_polarity."
        )


def _peaks(polarity: float) -> str:
    return "troughs (detection_polarity -1)" if polarity < 0 else "peaks (detection_polarity 1)"


def _check_order(before: Part, moved_before: SortedRecording, part: Part, moved: SortedRecording) -> None:
    if moved.start_time() < moved_before.end_time():
        raise ValueError(
            f"{part.name} begins at sample {moved.start_time()}, before {before.name} ends at sample "
            f"{moved_before.end_time()}: recordings that are joined must be in time order and not overlap."
        )


def _moves(parts: Sequence[Part], gap: float | Sequence[float] | None) -> list[int]:
    """By how many samples each one is moved."""
    moves = [0]
    if gap is None:
        return moves * len(parts)
    gaps = gap if isinstance(gap, Sequence) else [gap] * (len(parts) - 1)
    if len(gaps) != len(parts) - 1:
        raise ValueError(f"gap must be one number, or one for each recording but the first: {len(parts) - 1}.")
    for (before, part), seconds in zip(pairwise(parts), gaps, strict=True):
        end = before.sorted_recording.end_time() + moves[-1] + round(seconds * part.sampling_frequency)
        moves.append(end - part.sorted_recording.start_time())
    return moves


def _origin(part: Part, moved: SortedRecording, move: int, shift: float | None) -> dict[str, Any]:
    by_hand = {} if shift is None else {"shift_by_hand": shift}
    times = {"start_time": moved.start_time(), "end_time": moved.end_time(), "moved_by": move}
    excluded = part.sorted_recording.excluded
    return {**times, **by_hand, **({"excluded": dict(excluded)} if excluded else {}), **part.origin}
