"""Commands that open and close files."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

from spikesift_core import probe, session
from spikesift_core.formats import FORMATS, checked_path, recognise
from spikesift_core.merged_parts import spans_of
from spikesift_core.progress import Progress
from spikesift_core.recording_identity import files_described
from spikesift_core.session_damage import DamagedSession
from spikesift_core.session_decisions import decisions_between, movements_between
from spikesift_core.session_notes import session_started
from spikesift_core.tracks import Track, tracks
from spikesift_gui import transitions
from spikesift_gui.by_hand import put_decisions, put_movements
from spikesift_gui.command import Command, Refused
from spikesift_gui.context import Context
from spikesift_gui.state import Result, State

PLAIN = ("*.bin", "*.dat", "*.raw")
_RECORDINGS = " ".join(dict.fromkeys([*PLAIN, *(pattern for row in FORMATS for pattern in row.patterns)]))
RECORDING_FILTERS = f"Recordings ({_RECORDINGS});;Probe files (*.prb *.json *.csv *.npy *.mat);;All files (*)"
PROBE_SUFFIXES = frozenset(row.suffix for row in probe.FORMATS)


def _open(context: Context, path: Path | Sequence[Path] | None = None) -> None:
    """One path of any kind, or several files of one recording in the order of time."""
    path = path or context.dialogs.open_files("Open a recording", RECORDING_FILTERS)
    paths = [Path(path)] if isinstance(path, (str, Path)) else [Path(one) for one in path]
    if len(paths) > 1:
        context.run("recording.open", path=in_natural_order(paths))
    elif paths:
        _open_one(context, paths[0])


def _open_one(context: Context, path: Path) -> None:
    path = checked_path(path)
    if path.name in session.HEAD_FILES:  # a file of a session was taken for the session
        path = path.parent
    if path.is_dir() and session.is_session(path):
        context.run("session.open", path=path)
    elif path.suffix.lower() in PROBE_SUFFIXES and not path.is_dir() and recognise(path) is None:
        context.run("probe.import", path=path)
    else:
        context.run("recording.open", path=path)


def _open_folder(context: Context) -> None:
    path = context.dialogs.open_folder("Open the folder of a recording")
    if path is not None:
        _open_one(context, Path(path))


def in_natural_order(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Paths by their names, numbers in them by size: part2 before part10."""
    return tuple(sorted(paths, key=lambda path: [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", path.name)]))


def _open_session(context: Context, path: Path | None = None) -> None:
    path = path or context.dialogs.open_folder("Open a session folder")
    if path is None:
        return
    open_sessions(context, [Path(path)], lambda _ids: _look_at(context))


def _look_at(context: Context) -> None:
    """Go to Inspect; on Match one more recording is there to be matched, and the person stays."""
    if context.state.page != "match":
        context.model.apply(transitions.go_to_page, "inspect")


def open_sessions(
    context: Context, folders: Sequence[Path], on_opened: Callable[[list[int]], Any], repair: bool = False
) -> None:
    """Read sessions in the background, put them into the window, and call `on_opened(ids of the results)`. Of a damaged
    one what is intact is opened if the person wants it, or at once with `repair`."""

    def show(found: list[tuple[session.Session, tuple[Track, ...]]] | DamagedSession) -> None:
        if not isinstance(found, DamagedSession):
            on_opened([_show_session(context, *one) for one in found])
        elif _wants_repair(context, found):
            open_sessions(context, folders, on_opened, repair=True)

    names = ", ".join(folder.name for folder in folders)
    context.start_job(f"open {names}", f"Opening {names}", _reading(folders, repair), on_finished=show)


def _wants_repair(context: Context, found: DamagedSession) -> bool:
    words = f"{found.words}\n\nIt can be opened all the same: that {found.effect}. Nothing on the disk is changed."
    if context.dialogs.confirm("The session is damaged", words, "Open what is intact"):
        return True
    context.say("Not opened.")
    return False


def _reading(
    folders: Sequence[Path], repair: bool
) -> Generator[Progress, None, list[tuple[session.Session, tuple[Track, ...]]] | DamagedSession]:
    """Sessions and their units, or what is damaged: a job."""
    found = []
    for place, folder in enumerate(folders):
        yield Progress("Reading sessions", place, len(folders), "sessions")
        try:
            opened = session.open_session(folder, repair=repair)
        except DamagedSession as damage:
            return damage
        if opened.sorted_recording is None:
            words = f"The session {folder} holds no finished segment: sorting was stopped before the first one."
            raise ValueError(words)
        found.append((opened, tuple(tracks(opened.sorted_recording))))
    return found


def _show_session(context: Context, opened: session.Session, units: tuple[Track, ...]) -> int:
    result = _result(context.state, opened, units)
    context.model.apply(transitions.put_result, result)
    for other in context.state.results.items:
        if other.folder is not None and other.id != result.id:
            folders = result.folder, other.folder
            context.model.apply(put_decisions, result, other, decisions_between(*folders))
            context.model.apply(put_movements, result, other, movements_between(*folders))
    context.model.apply(put_movements, result, result, movements_between(result.folder))
    if context.state.recording.path is None and len(context.state.probe) == 0:
        context.model.apply(transitions.take_recording, result)
    context.model.apply(transitions.add_recent, "session", opened.folder)
    problems = [*([opened.recording_problem] if opened.recording_problem else []), *opened.problems]
    context.say(" ".join([f"{result.name}: {opened.state_words}.", *problems]))
    return result.id


def _result(state: State, opened: session.Session, units: tuple[Track, ...]) -> Result:
    spans = spans_of(opened.recording_description.get("parts", ()))
    same = next((item for item in state.results.items if item.folder == opened.folder), None)
    return Result(
        id=same.id if same else state.results.next_id,
        name=opened.folder.name.removesuffix(session.SUFFIX),
        sorted_recording=opened.sorted_recording,
        tracks=units,
        recording=opened.recording,
        recording_problem=opened.recording_problem,
        settings=opened.settings,
        preset=opened.preset or "",
        version=opened.program_version,
        folder=opened.folder,
        complete=opened.complete and not opened.problems,
        gain=opened.notes.get("gain"),
        sampling_frequency=opened.recording_description["sampling_frequency"],
        merged=not files_described(opened.recording_description),
        spans=spans,
        began=session_started(opened) or (spans[0].began if spans else None),
    )


def _show_result(context: Context, result_id: int) -> None:
    if context.state.results.get(result_id) is None:
        raise Refused("That sorted recording is not open any more.")
    context.model.apply(transitions.show_result, result_id)


def _close_result(context: Context, result_id: int | None = None) -> None:
    wanted = context.state.results.current_id if result_id is None else result_id
    context.model.apply(transitions.close_result, wanted)


def _nothing_open(state: State) -> str | None:
    return None if state.results.items else "No sorted recording is open."


COMMANDS = (
    Command(
        "file.open",
        "&Open recording…",
        _open,
        "Open a recording, a session folder or a probe file; you can also drop it on the window.",
        key="Ctrl+O",
        menu="&File",
    ),
    Command(
        "file.open_folder",
        "Open recording fol&der…",
        _open_folder,
        "Open a recording that is a folder: Open Ephys, Neuralynx, a SpikeGLX run, Intan in several files.",
        menu="&File",
    ),
    Command(
        "session.open",
        "Open &session…",
        _open_session,
        "Open the folder of a sorted recording that was saved before.",
        key="Ctrl+Shift+O",
        menu="&File",
    ),
    Command("result.show", "Show sorted recording", _show_result, "Look at another sorted recording."),
    Command(
        "result.close",
        "&Close sorted recording",
        _close_result,
        "Close it in the window; its session folder stays as it is.",
        key="Ctrl+W",
        refuse=_nothing_open,
        menu="&File",
    ),
)
