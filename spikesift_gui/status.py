"""The state in words: the strip at the top, the marks in the navigation. Pure functions of the state."""

from __future__ import annotations

from dataclasses import dataclass

from spikesift_core.probe import clashes
from spikesift_gui.drafts import looked_at
from spikesift_gui.state import Job, RecordingDraft, State

SURE_AFTER = 2.0  # s; before, and below 2 %, the remaining time would be a guess
SURE_FROM = 0.02


@dataclass(frozen=True)
class Status:
    """A mark and words. `kind`: "todo", "ok", "warning", "error" or "busy"."""

    kind: str
    text: str


def recording_status(state: State) -> Status:
    """How far the description of the file is."""
    if state.recording.path is None:
        return Status("todo", "No recording yet: open one on Home or Recording.")
    if state.checked.file_problem:
        return Status("error", state.checked.file_problem)
    doubts = _doubts(state)
    if doubts:
        more = f" (and {len(doubts) - 1} more on the page Recording)" if len(doubts) > 1 else ""
        return Status("warning", f"{doubts[0]}{more}")
    return Status("ok", f"{state.recording.name} can be read as described.")


def _doubts(state: State) -> tuple[str, ...]:
    """What the page Recording found, as far as it holds for the description and the probe of now."""
    found = state.doubts
    if found.recording is state.checked.preview:
        return found.words
    if found.draft == looked_at(state.recording):
        return found.of_values
    assumed = assumed_rate_words(state.recording)  # known without a look at the values
    return (assumed,) if assumed else ()


def assumed_rate_words(draft: RecordingDraft) -> str:
    """What is to be said of a sampling frequency that neither the file nor a person said, or ""."""
    if not draft.rate_assumed or not draft.channels:
        return ""
    return (
        f"The file does not say its sampling frequency: {draft.sampling_frequency:g} Hz is only the usual one. Type in "
        "yours, or say that it is that: all times, and what sorting takes for a spike, depend on it."
    )


def probe_status(state: State) -> Status:
    """How far the probe is."""
    if len(state.probe) == 0:
        return Status("todo", "No probe yet: import, build or draw one on the page Probe.")
    if state.checked.probe_problem:
        return Status("error", state.checked.probe_problem)
    if clashes(state.probe.positions):
        return Status("warning", "Two contacts of the probe are at one place.")
    return Status("ok", f"{len(state.probe)} contacts.")


def missing_words(state: State) -> str:
    """What has to be done first, while recording and probe are not ready to be sorted."""
    found = [one.text for one in (recording_status(state), probe_status(state)) if one.kind in ("todo", "error")]
    return found[0] if found else "The recording and the probe do not fit each other yet."


def sort_status(state: State) -> Status:
    """Whether there is something sorted."""
    job = state.job("sort")
    if job:
        return Status("busy", job_words(job))
    count = len(state.results.items)
    if not count:
        return Status("todo", "Nothing sorted yet.")
    opened = f"{count} sorted recording{'s' if count > 1 else ''} open"
    path = state.recording.path
    items = state.results.items
    alone = [item for item in items if path is None or not item.merged]
    found = [item for item in alone if path is None or item.recording and item.recording.binary_file == path]
    if not found:
        return Status("todo", f"{state.recording.name} is not sorted yet ({opened}).")
    if not any(item.complete for item in found):
        return Status("warning", f"Sorted only in part ({opened}).")
    return Status("ok", f"{opened}.")


def recording_words(state: State) -> str:
    """Channels, sampling frequency and length of the recording that is open, or ""."""
    recording = state.checked.preview
    if recording is None:
        return ""
    khz = f"{recording.sampling_frequency / 1000:.6g} kHz"
    return f"{recording.recording_channels} ch · {khz} · {duration_words(recording.duration)}"


def job_words(job: Job, *, short: bool = False) -> str:
    """Such as "Sorting 41 % – 7 min left"; `short` leaves out what is left."""
    if job.cancelling:
        return f"{job.title}: stopping…"
    if job.progress is None:
        return f"{job.title}…"
    remaining = remaining_seconds(job)
    left = "" if remaining is None or short else f" – {duration_words(max(1, round(remaining)))} left"
    return f"{job.title} {100 * job.progress.fraction:.0f} %{left}"


def remaining_seconds(job: Job) -> float | None:
    """Seconds the job will still take if it goes on like this, or None when that cannot be said yet."""
    fraction = job.progress.fraction if job.progress else 0.0
    elapsed = job.now - job.started
    if elapsed < SURE_AFTER or fraction < SURE_FROM:
        return None
    return elapsed * (1 - fraction) / fraction


def duration_words(seconds: float) -> str:
    """A length of time for people: "350 ms", "12.4 s", "7 min 20 s", "3 h 5 min"."""
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f}".rstrip("0").rstrip(".") + " s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min" + (f" {rest} s" if rest and minutes < 10 else "")
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h" + (f" {minutes} min" if minutes else "")
