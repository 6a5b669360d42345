"""Sessions of recordings made one after the other, joined into a session of their own."""

from __future__ import annotations

from collections.abc import Sequence

from spikesift_core.parameters import checked
from spikesift_core.results import SortedRecording, SortedSegment, merge_recordings
from spikesift_core.session import Session, create_session
from spikesift_core.sorting import SegmentSorted


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
    return SortedRecording(segments, recording.assignment_chain, recording.probe_geometry)


def join_sessions(
    sessions: Sequence[Session], folder, *, max_drift=30, gap: float | None = None, overwrite: bool = False
) -> SortedRecording:
    """Merge sessions and write the result as a session.

    Parameters
    ----------
    sessions : at least two, in time order, same probe and sampling rate.
    folder : the session to write.
    max_drift : um, 0 or more; rounded to a multiple of 5.
    gap : None where the sessions share a clock; else every session is moved to begin this many seconds after the end
        of the one before it.
    overwrite : see `create_session`.

    Raises
    ------
    ValueError
        For other probes, other sampling rates, sessions without a segment, or sessions that overlap.
    """
    rate = _checked_rate(sessions)
    moves = _moves(sessions, rate, gap)
    parts = [shifted(session.sorted_recording, move) for session, move in zip(sessions, moves, strict=True)]
    joined = merge_recordings(parts, max_drift=max_drift)
    description = {
        "binary_file": None,
        "sampling_frequency": rate,
        "num_samples": joined.end_time() - joined.start_time(),
        "recording_offset": joined.start_time(),
        "probe_geometry": joined.probe_geometry,
        "parts": [_part(session, part, move) for session, part, move in zip(sessions, parts, moves, strict=True)],
    }
    settings = {"max_drift": checked("max_drift", max_drift)}
    writer = create_session(folder, description, settings, overwrite=overwrite)
    links = [None, *joined.assignment_chain]
    for index, (segment, link) in enumerate(zip(joined.sorted_segments, links, strict=True)):
        writer.add(SegmentSorted(index, segment, link))
    writer.finish(joined)
    return joined


def _checked_rate(sessions: Sequence[Session]) -> float:
    if len(sessions) < 2:
        raise ValueError("At least two sessions are needed to join them.")
    for session in sessions:
        if session.sorted_recording is None:
            raise ValueError(f"{session.folder} holds no finished segment ({session.state_words}).")
    rates = [session.recording_description["sampling_frequency"] for session in sessions]
    for session, rate in zip(sessions, rates, strict=True):
        if rate != rates[0]:
            raise ValueError(
                f"{session.folder} was recorded at {rate:g} Hz, {sessions[0].folder} at {rates[0]:g} Hz: "
                "their times cannot be joined."
            )
    return rates[0]


def _moves(sessions: Sequence[Session], rate: float, gap: float | None) -> list[int]:
    """By how many samples each session is moved."""
    moves = [0]
    for before, session in zip(sessions, sessions[1:], strict=False):
        if gap is None:
            moves.append(0)
        else:
            end = before.sorted_recording.end_time() + moves[-1] + round(gap * rate)
            moves.append(end - session.sorted_recording.start_time())
    return moves


def _part(session: Session, part: SortedRecording, move: int) -> dict:
    description = {name: value for name, value in session.recording_description.items() if name != "probe_geometry"}
    return {
        "session": str(session.folder),
        "start_time": part.start_time(),
        "end_time": part.end_time(),
        "moved_by": move,
        "settings": session.settings,
        "recording": description,
    }
