"""Commands of the page Recording."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from spikesift_core.formats import choose_stream, read_streams, recognise
from spikesift_core.formats.convert import convert
from spikesift_core.formats.stream import Stream
from spikesift_core.overview import survey
from spikesift_gui import transitions
from spikesift_gui.command import Command, Refused
from spikesift_gui.context import Context
from spikesift_gui.drafts import NOBODY_SAID, draft_of
from spikesift_gui.state import RecordingDraft, State


def _open(context: Context, path: Path | Sequence[Path]) -> None:
    """One path, or several in the order of time."""
    opened = (Path(path),) if isinstance(path, (str, Path)) else tuple(map(Path, path))
    known = recognise(opened[0])
    if known is not None and known.slow:
        job = _read_in_background(opened)
        context.start_job("open", "Opening", job, on_finished=lambda streams: _show(context, opened, streams))
    else:
        _show(context, opened, tuple(read_streams(opened)))


def _read_in_background(opened: tuple[Path, ...]) -> Generator[None, None, tuple[Stream, ...]]:
    yield from ()
    return tuple(read_streams(opened))


def _show(context: Context, opened: tuple[Path, ...], streams: tuple[Stream, ...]) -> None:
    if streams:
        _take_stream(context, opened, streams, streams[0])
        said = f"recognised as {streams[0].format}."
    else:
        said = _take_plain(context, opened)
    context.model.apply(transitions.go_to_page, "recording")
    if len(opened) == 1:
        context.model.apply(transitions.add_recent, "recording", opened[0])
    if len(opened) > 1:
        said += f" {len(opened)} files as one recording; to sort them one by one, drop them on Queue of the page Sort."
    context.say(f"Opened {context.state.recording.name}: {said}")


def _take_plain(context: Context, opened: tuple[Path, ...]) -> str:
    """Returns what to say."""
    known = context.preferences.description(opened[0])
    contacts = len(context.state.probe)
    draft = known or replace(NOBODY_SAID, path=opened[0], channels=contacts or None, channels_assumed=contacts > 0)
    files = opened if len(opened) > 1 else ()
    context.model.apply(transitions.new_recording, replace(draft, opened=opened, files=files))
    return "the description typed in last time is used." if known else "say how it was written."


def _take_stream(context: Context, opened: tuple[Path, ...], streams: tuple[Stream, ...], stream: Stream) -> None:
    before = context.state.recording
    said = before if before.path == stream.files[0] else NOBODY_SAID
    context.model.apply(transitions.new_recording, draft_of(stream, streams, opened, said))
    if stream.probe is not None:
        context.model.apply(transitions.set_probe, stream.probe, source=f"as in {context.state.recording.name}")


def _choose_stream(context: Context, name: str) -> None:
    draft = context.state.recording
    _take_stream(context, draft.opened, draft.streams, choose_stream(draft.streams, name))


def _files(context: Context, paths: Sequence[Path]) -> None:
    """The same recording with other files, or in another order."""
    if not paths:
        raise Refused("A recording needs at least one file.")
    before, opened = context.state.recording, tuple(map(Path, paths))
    streams = tuple(read_streams(opened))
    if streams:
        same = [stream for stream in streams if before.stream and stream.name == before.stream.name]
        _take_stream(context, opened, streams, (same or streams)[0])
        return
    if before.told:
        raise ValueError(f"{opened[-1]} is a plain binary file, and the recording is not: they cannot be joined.")
    changes = {"path": opened[0], "opened": opened, "files": opened if len(opened) > 1 else ()}
    context.model.apply(transitions.set_recording, **changes)


def _add_files(context: Context) -> None:
    draft = context.state.recording
    added = context.dialogs.open_files("Files that follow in time")
    if added:
        _files(context, (*(draft.opened or draft.binary_files), *added))


def _by_hand(context: Context) -> None:
    draft = context.state.recording
    if draft.layout is not None and draft.layout.side_by_side > 1:
        raise Refused("The channels are in files of their own: such a recording cannot be described by hand.")
    plain = replace(draft, stream=None, streams=(), layout=None, opened=draft.binary_files)
    channels = draft.channels if draft.layout is None else draft.layout.channels
    context.model.apply(transitions.new_recording, replace(plain, channels=channels))
    context.say("Now all of the file is described by hand, with the channels that were left out.")


def _convert(context: Context, folder: Path | None = None) -> None:
    stream = context.state.recording.stream
    if stream is None or not stream.convert:
        raise Refused("This recording is read in place: nothing has to be converted.")
    stream = replace(stream, sampling_frequency=context.state.recording.sampling_frequency)
    folder = folder or context.dialogs.save_file("Folder for the converted copy", f"{stream.files[0].stem}_converted")
    if folder is None:
        return
    job = convert(stream, folder)
    context.start_job("convert", "Converting", job, on_finished=lambda made: context.run("recording.open", path=made))


def _set(context: Context, **changes: Any) -> None:
    assumed = {"sampling_frequency": "rate_assumed", "channels": "channels_assumed"}
    said = {flag: False for name, flag in assumed.items() if name in changes}
    context.model.apply(transitions.set_recording, **said, **changes)
    if not context.state.checked.file_problem:
        context.preferences.describe(context.state.recording)


def _sorting(state: State) -> str | None:
    return "The recording cannot be changed while it is sorted: cancel sorting first." if state.job("sort") else None


def _close(context: Context) -> None:
    if context.state.recording.path is None:
        raise Refused("No recording is open.")
    context.model.apply(transitions.new_recording, RecordingDraft())


def _survey(context: Context) -> None:
    """Look over the recording as it is described now; a look at an earlier description is given up first."""
    preview = context.state.checked.preview
    if preview is None or context.state.seen.recording is preview:
        return
    if context.state.job("survey"):
        context.cancel_job("survey")
        return  # started again when it has stopped

    def show(overview: Any) -> None:
        if context.state.checked.preview is preview:
            context.model.apply(transitions.set_seen, overview=overview)

    def again(*_ended: Any) -> None:
        context.run("recording.survey")

    def given_up() -> None:
        context.say("")  # nobody asked for it, and another one follows
        show(context.state.seen.overview)
        again()

    context.model.apply(transitions.set_seen, recording=preview, overview=None)
    context.start_job(
        "survey",
        "Looking the recording over",
        _as_far_as_it_goes(survey(preview)),
        on_event=show,
        on_finished=lambda overview: (show(overview), again()),
        on_failed=again,
        on_cancelled=given_up,
    )


def _as_far_as_it_goes(job: Generator) -> Generator:
    """What cannot be read is said by the checks; nobody has asked for this job, so it does not complain too."""
    try:
        return (yield from job)
    except ValueError:
        return None


COMMANDS: tuple[Command, ...] = (
    Command("recording.open", "Open recording", _open, "Open files of a recording.", refuse=_sorting),
    Command("recording.set", "Describe recording", _set, "Change the description of the file.", refuse=_sorting),
    Command("recording.survey", "Look the recording over", _survey, "Find its noise and activity along time."),
    Command("recording.choose_stream", "Choose stream", _choose_stream, "Sort another stream of it.", refuse=_sorting),
    Command("recording.files", "Files of the recording", _files, "Change the files or their order.", refuse=_sorting),
    Command(
        "recording.add_files",
        "Add files…",
        _add_files,
        "Add files that were recorded after this one: they are sorted as one recording.",
        refuse=_sorting,
    ),
    Command(
        "recording.by_hand",
        "Describe by hand",
        _by_hand,
        "Leave aside what the recording tells and describe its file as plain binary.",
        refuse=_sorting,
    ),
    Command(
        "recording.convert",
        "Convert…",
        _convert,
        "Write a copy of the recording that can be sorted; the recording itself stays as it is.",
        refuse=_sorting,
    ),
    Command(
        "recording.close",
        "Close &recording",
        _close,
        "Close the recording; what was sorted stays open.",
        refuse=_sorting,
        menu="&File",
    ),
)
