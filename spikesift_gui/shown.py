"""What the strip at the top calls what is shown: the recording described, or what Inspect and Match look at."""

from __future__ import annotations

from collections.abc import Sequence

from spikesift_gui.matching import question
from spikesift_gui.state import Result, State
from spikesift_gui.status import duration_words, recording_words
from spikesift_gui.together import seconds_of, told_apart

LONGEST = 36  # letters of a name


def shown(state: State) -> tuple[str, str, str]:
    """Its name, what there is to say about it, and its files."""
    results = _results(state)
    if results:
        names = " → ".join(shortened(name, LONGEST // len(results)) for name in told_apart(results).values())
        files = [str(one.folder) if one.folder else f"{one.name}: not saved" for one in results]
        return names, _words(results), "\n".join(files)
    draft = state.recording
    if not draft.path:
        return "No recording", "", ""
    return shortened(draft.name), recording_words(state), "\n".join(map(str, draft.opened or draft.binary_files))


def _results(state: State) -> tuple[Result, ...]:
    """The sorted recordings that the page shows."""
    if state.page == "match" and (asked := question(state)):
        return tuple(dict.fromkeys(asked.results))
    current = state.results.current
    return (current,) if current and state.page == "inspect" else ()


def _words(results: Sequence[Result]) -> str:
    first = results[0]
    parts = [f"{len(first.sorted_recording.probe_geometry)} ch"]
    if first.sampling_frequency is not None:
        parts.append(f"{first.sampling_frequency / 1000:.6g} kHz")
    lengths = [seconds_of(one) for one in results]
    if None not in lengths:
        parts.append(" and ".join(map(duration_words, lengths)))
    return " · ".join(parts)


def shortened(name: str, longest: int = LONGEST) -> str:
    """A name with its middle left out if it is too long."""
    half = longest // 2
    return name if len(name) <= longest else f"{name[:half]}…{name[-half + 1 :]}"
