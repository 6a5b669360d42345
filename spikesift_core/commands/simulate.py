"""`spikesift simulate`: a recording with known truth."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

from spikesift_core.commands import Answer
from spikesift_core.commands.options import option_name
from spikesift_core.messages import plural


@dataclass(frozen=True)
class Setting:
    """A setting of the simulator offered as an option; its default is the simulator's own."""

    name: str
    type: type
    metavar: str
    help: str


SETTINGS: tuple[Setting, ...] = (
    Setting("channels", int, "N", "contacts of the default probe"),
    Setting("seconds", float, "S", "length"),
    Setting("sampling_frequency", float, "HZ", "samples per second"),
    Setting("units", int, "N", "units with known spikes"),
    Setting("drift", float, "UM", "movement along the probe, peak to peak"),
    Setting("drift_kind", str, "KIND", "how the tissue moves: none, sine, zigzag, jumps or 'random walk'"),
    Setting("drift_period", float, "S", "period of the movement; twice the time between jumps"),
    Setting("depth_dependence", float, "X", "0: all depths move alike; 1: the deepest unit does not move"),
    Setting("noise", float, "UV", "SD of the noise of a typical channel"),
    Setting("background_per_channel", int, "N", "units too weak to sort, for each contact"),
    Setting("bursting_units", float, "X", "share of the units that fire bursts"),
    Setting("data_type", str, "TYPE", "int16, uint16, int32, float32 or float64"),
    Setting("seed", int, "N", "of all random numbers: the same settings and seed give the same file"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from spikesift_core.simulation.settings import SimulationSettings

    defaults = SimulationSettings()
    parser.add_argument(
        "--output", required=True, metavar="BASE", help="writes BASE.bin, BASE_probe.csv and BASE_truth.npz"
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace files of those names also where they were not simulated (without this: an error)",
    )
    parser.add_argument("--probe", type=Path, metavar="FILE", help="a probe file, instead of --channels")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    for setting in SETTINGS:
        default = getattr(defaults, setting.name)
        shown = f"{default:g}" if isinstance(default, float) else default
        parser.add_argument(
            option_name(setting.name),
            type=setting.type,
            metavar=setting.metavar,
            help=f"{setting.help} (default {shown})",
        )


def run(args: argparse.Namespace) -> Answer:
    """Write the files."""
    from spikesift_core.probe import read_probe
    from spikesift_core.simulate import simulate_events
    from spikesift_core.terminal import run_with_bar

    base = Path(args.output)
    _refuse_if_taken(base, args.overwrite)
    given = {setting.name: getattr(args, setting.name) for setting in SETTINGS}
    given = {name: value for name, value in given.items() if value is not None}
    if args.probe is not None and "channels" in given:
        raise ValueError("Give --channels or --probe, not both.")
    started = time.perf_counter()
    probe = None if args.probe is None else read_probe(args.probe)
    simulated = run_with_bar(simulate_events(base, probe=probe, **given), shown=not args.quiet)
    taken = time.perf_counter() - started
    recording, truth = simulated.recording(), simulated.truth
    data = {
        "recording": str(simulated.binary_file),
        "probe": str(simulated.probe_file),
        "truth": str(simulated.truth_file),
        "channels": recording.recording_channels,
        "data_type": recording.data_type.name,
        "sampling_frequency": recording.sampling_frequency,
        "seconds": recording.duration,
        "units": len(truth),
        "spikes": len(truth.times),
        "settings": truth.settings,
        "seconds_taken": taken,
    }
    text = (
        f"{recording.summary()}, {plural(len(truth), 'unit')}, {plural(len(truth.times), 'spike')}; "
        f"made in {taken:.1f} s\n"
        f"{simulated.binary_file}, {simulated.probe_file}, {simulated.truth_file}\n"
        f"Sort it: spikesift sort {_quoted(simulated.binary_file)} --probe {_quoted(simulated.probe_file)} --dtype "
        f"{recording.data_type.name} --sampling-frequency {recording.sampling_frequency:.12g}"
    )
    return Answer(text, data)


def _quoted(path: Path) -> str:
    """A path as it is typed in a terminal: in quotes where it holds a space."""
    return f'"{path}"' if " " in str(path) else str(path)


def _refuse_if_taken(base: Path, overwrite: bool) -> None:
    """A simulated recording may be made again; anything else of that name is not replaced without being asked."""
    binary, probe, truth = (base.with_name(base.name + ending) for ending in (".bin", "_probe.csv", "_truth.npz"))
    if truth.exists() or overwrite:
        return
    for taken in (binary, probe):
        if taken.exists():
            raise ValueError(
                f"{taken} exists, and no {truth.name} beside it says that it was simulated. Choose another --output, "
                "or give --overwrite."
            )
