"""The probe in words: does it fit the recording, do contacts clash, what to do. Nothing here knows Qt."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spikesift_core.messages import channel_words, plural
from spikesift_core.probe import FORMATS, clashes, gaps, nearest_spacing
from spikesift_gui.asked import excluded
from spikesift_gui.state import State
from spikesift_gui.widgets.checks import Check

MILLIMETRES = 2.0  # um between neighbours; smaller ones are probably in mm
FARTHEST = 500.0  # um between neighbours; larger ones are probably in another unit too
COLUMN_PITCH, TETRODE_PITCH = 20.0, 25.0
MOST_FILES = 3
FEW = 8  # contacts too many or too few that a person may add or delete by hand


def probe_checks(state: State, nearby: tuple[Path, ...] = ()) -> list[Check]:
    """Everything there is to say about the probe, the worst first. `nearby`: probe files beside the recording."""
    fits = len(state.probe) and state.recording.channels in (None, len(state.probe))
    offered = [path for path in nearby if not fits or _is_newer_choice(path, state)]
    checks = [*_fit(state), *_clashes(state), *map(_offer, offered), *_gaps(state), *_spacing(state)]
    checks += [*_shanks(state), *_excluded(state)]
    checks += [Check("info", words) for words in state.probe.notes if not _said_here(words)]
    order = ("error", "warning", "ok", "info")
    return sorted(checks, key=lambda one: order.index(one.kind))


def _said_here(note: str) -> bool:
    """Whether a note of the import says what a check says better."""
    return note.endswith(" shanks.") or note.startswith("Marked as not connected")


def probe_files(recording: Path | None) -> tuple[Path, ...]:
    """Files beside a recording that are probably its probe; may take long on a network drive."""
    if recording is None:
        return ()
    suffixes = {row.suffix for row in FORMATS}
    try:
        files = [path for path in recording.parent.iterdir() if path.suffix.lower() in suffixes and path.is_file()]
    except OSError:
        return ()
    names = ("probe", "chanmap", "channel_map", "channelmap", "geometry", "channel_positions")
    likely = [
        path for path in files if path.suffix.lower() == ".prb" or any(name in path.stem.lower() for name in names)
    ]
    return tuple(sorted(likely, key=lambda path: (not path.stem.startswith(recording.stem), path.name))[:MOST_FILES])


def _is_newer_choice(path: Path, state: State) -> bool:
    # A probe kept from the recording before may have as many contacts and still be another one.
    return path.stem.startswith(state.recording.path.stem) and path.name != state.probe.source


def _offer(path: Path) -> Check:
    return Check("info", f"{path.name} lies beside the recording.", "Import it", "probe.import", {"path": path})


def _fit(state: State) -> list[Check]:
    contacts, channels, name = len(state.probe), state.recording.channels, state.recording.path
    if contacts == 0:
        return [_nothing(channels if name else None)]
    if name is None:
        return [Check("ok", f"{plural(contacts, 'contact')}. It will be compared with the recording you open.")]
    if channels is None:
        words = f"How many channels the file has is not known yet. As many as the probe has contacts: {contacts}?"
        return [Check("warning", words, f"Yes, {contacts}", "recording.set", {"channels": contacts})]
    if contacts == channels:
        return [Check("ok", f"{plural(contacts, 'contact')} for {plural(channels, 'channel')}.")]
    difference, told = abs(contacts - channels), state.recording.told
    if difference > FEW:
        todo = "Is this the probe that was used? If only some of its contacts were recorded, import the map of the file"
        todo = "Pick or import the probe that was used" if told else todo
    elif contacts > channels:
        todo = f"Delete {plural(difference, 'contact')} here (perhaps reference or unconnected sites)"
    else:
        todo = f"Add {plural(difference, 'contact')} here (perhaps for a sync channel, far away from the others)"
    words = (
        f"The probe has {plural(contacts, 'contact')} and the file {plural(channels, 'channel')}; every channel "
        f"needs one, in the same order. {todo}{'' if told else ', or correct the number of channels'}."
    )
    if told:  # by the recording: its number of channels is not to be corrected
        return [Check("error", words, *(("Clear", "probe.clear") if difference > FEW else ()))]
    return [Check("error", words, f"Use {contacts} channels", "recording.set", {"channels": contacts})]


def _nothing(channels: int | None) -> Check:
    words = "Pick a probe of the catalogue, import a file, or draw: choose Add and click."
    if not channels:
        return Check("info", f"No contacts yet. {words}")
    tetrode = {"entry": "family:tetrodes", "values": {"spacing": TETRODE_PITCH}}
    linear = {"entry": "family:linear", "values": {"contacts": channels, "pitch": COLUMN_PITCH}}
    arguments = tetrode if channels == 4 else linear
    shape = "a tetrode, 25 µm" if channels == 4 else f"one column of {channels}, 20 µm"
    words = f"The recording has {plural(channels, 'channel')} and the probe no contacts yet. {words}"
    return Check("warning", words, f"Start with {shape}", "probe.take", arguments)


def _clashes(state: State) -> list[Check]:
    pairs = clashes(state.probe.positions)
    if not pairs:
        return []
    first, second = pairs[0]
    more = f", and {plural(len(pairs) - 1, 'pair')} more" if len(pairs) > 1 else ""
    apart = float(np.linalg.norm(state.probe.positions[first] - state.probe.positions[second]))
    words = f"Channels {first} and {second} are {apart:.2g} µm apart{more}: two contacts cannot be at one place (red)."
    both = sorted({contact for pair in pairs for contact in pair})
    return [Check("error", words, "Choose them", "probe.choose", {"contacts": both})]


def _gaps(state: State) -> list[Check]:
    found = gaps(state.probe.positions, state.probe.shanks)
    if not found:
        return []
    lower, upper, missing = found[0]
    apart = float(state.probe.positions[upper, 1] - state.probe.positions[lower, 1])
    more = ""
    if len(found) > 1:
        more = f" There {'is' if len(found) == 2 else 'are'} {plural(len(found) - 1, 'more such gap')}."
    words = (
        f"A gap: channels {lower} and {upper} are {apart:.4g} µm apart in their column, where the others step by "
        f"{apart / (missing + 1):.4g} µm (red dotted line). Is {plural(missing, 'contact')} missing there?{more}"
    )
    both = sorted({contact for pair in found for contact in pair[:2]})
    return [Check("warning", words, "Choose them", "probe.choose", {"contacts": both})]


def _shanks(state: State) -> list[Check]:
    shanks, counts = np.unique(state.probe.shanks, return_counts=True)
    if len(shanks) < 2:
        return []
    each = f"{counts[0]} contacts each" if len(set(counts)) == 1 else f"{', '.join(map(str, counts))} contacts"
    return [Check("info", f"{len(shanks)} shanks, {each}.")]


def _excluded(state: State) -> list[Check]:
    checks = []
    left_out = excluded(state)
    unconnected = [contact for contact in state.probe.unconnected if contact not in left_out]
    if unconnected:
        words = f"The file marks {channel_words(unconnected)} as not connected."
        checks.append(Check("warning", words, "Leave out", "channels.leave_out", {"channels": unconnected}))
    if left_out:
        words = f"Left out of sorting (crossed out): {channel_words(left_out)}."
        checks.append(Check("info", words, "Sort them too", "channels.take_back", {"channels": left_out}))
    return checks


def _spacing(state: State) -> list[Check]:
    spacing = nearest_spacing(state.probe.positions)
    if not np.isfinite(spacing) or spacing == 0:
        return []
    if spacing < MILLIMETRES:
        words = f"Neighbours are {spacing:.2g} µm apart: is the file in mm?"
        return [Check("warning", words, "Multiply by 1000", "probe.scale", {"factor": 1000})]
    words = f"Neighbouring contacts are {spacing:.4g} µm apart (median)."
    if spacing > FARTHEST:
        return [Check("warning", f"{words} Is that right, or are the positions in another unit?")]
    return [Check("info", words)]
