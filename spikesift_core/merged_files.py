"""Finding the files of all recordings that a session joins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from spikesift_core.merged_signal import MergedSignal, merged_signal
from spikesift_core.probe_contacts import ProbeLayout
from spikesift_core.recording import Recording
from spikesift_core.recording_identity import file_name, files_described, find_recording, missing_field

NOT_DESCRIBED = "Where its recording is was not kept."
JOINED = "This session joins several recordings, each with a signal of its own: open one of them to see it."


def find_signal(
    description: Mapping, probe: ProbeLayout, folder, given=None
) -> tuple[Recording | MergedSignal | None, str]:
    """The recording of a session as `find_recording` finds it; of a session that joins several all that are there.

    Returns
    -------
    the recording and "", or what is there of it (None: nothing) and in words what is not.
    """
    if files_described(description):
        return find_recording(description, probe, folder, given)
    parts = description.get("parts") or ()
    if not parts or not all(isinstance(part, Mapping) and "moved_by" in part for part in parts):
        return None, JOINED
    found = [_find_part(part, probe, folder, given) for part in parts]
    return merged_signal(parts, found, probe)


def _find_part(part: Mapping, probe: ProbeLayout, folder, given) -> tuple[Recording | MergedSignal | None, str]:
    """Beside the session that was merged, and beside the one it was merged into."""
    description = part.get("recording") or {}
    if description.get("parts"):
        return find_signal(description, probe, folder, given)
    if not files_described(description) or missing_field(description):
        return None, description.get("missing") or NOT_DESCRIBED
    here = [None] if given is None else [None, Path(given), Path(given).parent / file_name(description)]
    problems = []
    for home in (part.get("session") or folder, folder):
        for place in here:
            recording, problem = find_recording(description, probe, home, place)
            if recording is not None:
                return recording, ""
            problems.append(problem)
    return None, problems[0]
