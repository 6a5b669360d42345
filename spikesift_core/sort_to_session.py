"""Sort a recording and write every finished segment to its session at once: what the terminal and the window do."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any

from spikesift_core.parameters import resolve
from spikesift_core.progress import Progress
from spikesift_core.recording import Recording
from spikesift_core.recording_names import in_file_name, recording_name
from spikesift_core.results import SortedRecording
from spikesift_core.session import SUFFIX, SessionWriter, create_session, refuse_if_taken, save_notes
from spikesift_core.session_damage import SessionReplaced
from spikesift_core.sorting import SegmentSorted, sort_by_segment

MOST_NAMES = 10_000


def sort_to_session(
    recording: Recording,
    folder,
    *,
    preset: str | None = None,
    threads: int = 1,
    executor: Any | None = None,
    overwrite: bool = False,
    notes: Mapping[str, Any] | None = None,
    while_writing: Callable[[], AbstractContextManager] = nullcontext,
    **parameters,
) -> Generator[Progress | SegmentSorted, None, SortedRecording]:
    """Sort as `sort_by_segment` does; a segment that was yielded is safe on the disk.

    Closed before the end, or stopped by an error, it keeps what is finished and marks the session as cancelled;
    without a finished segment the session is removed.

    Parameters
    ----------
    folder : of the session.
    overwrite : a session already there is moved aside; without it that is an error.
    notes : kept with the session from the start, see `save_notes`.
    while_writing : makes a context manager that is entered around every write (the terminal holds Ctrl+C back there).
    parameters : sorting parameters.

    Raises
    ------
    ValueError
        At once: for a parameter or a recording that is not allowed, or a folder that is taken.
    OSError
        Later, when the disk refuses.
    """
    job = sort_by_segment(recording, preset=preset, threads=threads, executor=executor, **parameters)
    refuse_if_taken(folder, overwrite)
    settings = resolve(preset, parameters)

    def begin() -> SessionWriter:
        writer = create_session(folder, recording, settings, preset=preset, overwrite=overwrite)
        if notes:
            save_notes(writer.folder, notes)
        return writer

    return _write_segments(job, begin, while_writing)


def _write_segments(job: Generator, begin: Callable[[], SessionWriter], while_writing: Callable):
    writer = begin()
    try:
        while True:
            try:
                event = next(job)
            except StopIteration as stop:
                result = stop.value
                break
            if isinstance(event, SegmentSorted):
                with while_writing():
                    writer.add(event)
            yield event
        with while_writing():
            writer.finish(result)
    except BaseException as error:
        job.close()
        end_early(writer, "stopped" if isinstance(error, (GeneratorExit, KeyboardInterrupt)) else str(error))
        raise
    return result


def end_early(writer: SessionWriter, reason: str) -> None:
    """Mark a session as cancelled; remove it when no segment was finished."""
    with suppress(SessionReplaced):  # nothing in that folder is ours any more
        if writer.written:
            writer.abandon(reason)
        else:
            writer.discard()


def session_folder(recording_file, parent=None, stream: str = "") -> Path:
    """Where the session of a recording goes: NAME.spikesift beside it, or in the folder `parent`.

    Parameters
    ----------
    recording_file : what was opened, a file or a folder; see `recording_name` for its name.
    stream : which of several in it; "" where there is one only.
    """
    path = Path(recording_file)
    name = " ".join(filter(None, [recording_name(path), in_file_name(stream)]))
    return (path.parent if parent is None else Path(parent)) / f"{name}{SUFFIX}"


def free_folder(folder) -> Path:
    """`folder`, or with -2, -3, … behind its name the first that is not taken."""
    folder = Path(folder)
    stem = folder.name.removesuffix(SUFFIX)
    names = [folder.name, *(f"{stem}-{number}{SUFFIX}" for number in range(2, MOST_NAMES))]
    return next(path for path in map(folder.with_name, names) if not path.exists())


def can_write(folder) -> bool:
    """Whether files can be made in this folder; tried with one that is gone at once."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
