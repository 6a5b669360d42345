"""What the recording draft and the probe draft amount to: a Recording, or words that say what is wrong."""

from __future__ import annotations

import numpy as np

from spikesift_core.probe_contacts import ProbeLayout, layout
from spikesift_core.recording import Recording
from spikesift_gui.state import Checked, ProbeDraft, RecordingDraft
from spikesift_gui.window_words import window_words

STAND_IN_PITCH = 20.0  # um, between contacts of the column shown while there is no fitting probe


def check(draft: RecordingDraft, probe: ProbeDraft) -> Checked:
    """Check file and probe together; opens the file to learn its size and reads nothing."""
    if draft.path is None:
        return Checked()
    if nothing := _nothing_left(draft):
        return Checked(file_problem=nothing)
    if not draft.channels:
        return Checked(file_problem="The number of channels in the file is not known yet: type it in or bring a probe.")
    if draft.stream is not None and draft.stream.convert:
        problem = window_words(draft.stream.convert)
        return Checked(file_problem=problem, probe_problem=_probe_problem(draft, probe))
    fits = len(probe) == draft.channels
    contacts = probe.layout if fits else stand_in(draft.channels)
    try:
        preview, file_problem = _recording(draft, contacts, draft.num_samples), ""
    except ValueError as error:
        preview, file_problem = _whole_part(draft, contacts), window_words(str(error))
    ready = preview if fits and not file_problem else None
    return Checked(preview, ready, file_problem, _probe_problem(draft, probe))


def stand_in(channels: int) -> ProbeLayout:
    """Contacts for showing traces before there is a probe: one column, channel 0 at its top."""
    return layout(np.column_stack([np.zeros(channels), STAND_IN_PITCH * np.arange(channels)[::-1]]))


def _recording(draft: RecordingDraft, contacts: ProbeLayout, num_samples: int | None) -> Recording:
    if num_samples is None and draft.stream is not None and draft.stream.num_samples is not None:
        num_samples = draft.stream.num_samples - draft.sample_offset
    made = Recording(
        binary_file=draft.binary_files,
        data_type=draft.data_type,
        probe_geometry=contacts,
        sampling_frequency=draft.sampling_frequency,
        num_samples=num_samples,
        header=draft.header,
        sample_offset=draft.sample_offset,
        recording_offset=draft.recording_offset,
        layout=draft.layout,
        clock=draft.stream.clock if draft.stream else None,
    )
    made.stream = draft.stream
    return made


def _nothing_left(draft: RecordingDraft) -> str:
    # In the words of the form: those of the engine name its arguments.
    if draft.told or len(draft.binary_files) > 1:
        return ""
    try:
        size = draft.path.stat().st_size
    except OSError:
        return ""
    if size == 0:
        return f"{draft.path.name} is empty: it has no samples. Copy it again from where it was recorded."
    skipped = draft.header + draft.sample_offset * np.dtype(draft.data_type).itemsize * (draft.channels or 0)
    if skipped < size:
        return ""
    return f"Header and samples to skip leave nothing of the file: they are {skipped:,} bytes, and it has {size:,}."


def _whole_part(draft: RecordingDraft, contacts: ProbeLayout) -> Recording | None:
    # A wrong channel count is recognised by eye best: show what the file looks like although its size does not fit.
    if draft.told or len(draft.binary_files) > 1:
        return None
    sample_bytes = np.dtype(draft.data_type).itemsize * len(contacts)
    try:
        size = draft.path.stat().st_size
        samples = (size - draft.header) // sample_bytes - draft.sample_offset
        return _recording(draft, contacts, samples)
    except (OSError, ValueError):
        return None


def _probe_problem(draft: RecordingDraft, probe: ProbeDraft) -> str:
    if len(probe) == 0 or len(probe) == draft.channels:
        return ""
    todo = "Bring the probe that was used." if draft.told else "Change the number of channels, or the probe."
    return (
        f"The probe has {len(probe)} contacts and the file {draft.channels} channels: every channel of the file needs "
        f"one contact, in the same order. {todo}"
    )
