"""Commands of the page Home."""

from __future__ import annotations

from pathlib import Path

from spikesift_core.examples import example_events, examples_folder
from spikesift_core.simulate import SimulatedRecording
from spikesift_gui import transitions
from spikesift_gui.command import Command
from spikesift_gui.context import Context
from spikesift_gui.state import RecordingDraft, State

FOLDER = "examples_folder"  # in the preferences


def folder_of(context: Context) -> Path:
    """Where the example is written."""
    chosen = context.preferences.get(FOLDER)
    return Path(chosen) if chosen else examples_folder()


def _forget_recent(context: Context) -> None:
    context.model.apply(transitions.set_recent, ())
    context.say("The list of recent files is empty; the files themselves stay as they are.")


def _remove_recent(context: Context, path: Path) -> None:
    left = [entry for entry in context.state.recent if entry.path != Path(path)]
    context.model.apply(transitions.set_recent, left)
    context.say(f"{Path(path).name} was taken off the list; the file itself stays as it is.")


def _try(context: Context) -> None:
    context.start_job(
        "simulate",
        "Simulating a recording",
        example_events(folder_of(context)),
        on_finished=lambda made: _show(context, made),
    )


def _show(context: Context, made: SimulatedRecording) -> None:
    if _sorting(context.state):
        context.say(f"The simulated recording is ready: {made.binary_file}. Open it when sorting has ended.")
        return
    truth = made.truth
    draft = RecordingDraft(
        path=made.binary_file,
        data_type=truth.settings["data_type"],
        channels=len(truth.probe_geometry),
        sampling_frequency=truth.sampling_frequency,
        gain=truth.uv_per_bit,
    )
    context.model.apply(transitions.set_probe, truth.probe_geometry, source=made.probe_file.name)
    context.model.apply(transitions.new_recording, draft)
    context.model.apply(transitions.add_recent, "recording", made.binary_file)
    context.preferences.describe(draft)
    if context.state.page == "home":
        context.model.apply(transitions.go_to_page, "recording")
    context.say(f"A simulated recording with {len(truth)} units whose spikes are known. It is in {made.binary_file}.")


def _choose_folder(context: Context, path: Path | None = None) -> None:
    path = path or context.dialogs.open_folder("Where to write the simulated recording")
    if path is not None:
        context.preferences.set(FOLDER, str(path))
        context.run("example.open")


def _sorting(state: State) -> str | None:
    return "A recording is being sorted: wait for it, or cancel it first." if state.job("sort") else None


COMMANDS: tuple[Command, ...] = (
    Command(
        "example.open",
        "&Try a simulated recording",
        _try,
        "Make a drifting recording of 32 channels with known spikes, in some seconds, and open it.",
        refuse=_sorting,
        menu="&File",
    ),
    Command(
        "example.elsewhere",
        "Simulate in another folder…",
        _choose_folder,
        "Choose the folder to which the simulated recording is written (115 MB), and make it there.",
        refuse=_sorting,
    ),
    Command("recent.remove", "Take off the list", _remove_recent, "Take one file off the list of recent ones."),
    Command(
        "recent.forget",
        "&Forget recent files",
        _forget_recent,
        "Empty the list of recent files on Home.",
        menu="&File",
    ),
)
