"""Recordings with known truth, for the demo, the labs, the tests and the benchmark.

A simulated recording is made of units with known spikes, background units too weak to sort, noise that is correlated
over contacts and over time, and tissue that moves along the probe. It is made block by block, so that its length does
not matter to the memory; the blocks depend on the number of channels only, so the same settings give the same file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from spikesift_core.kernels.simulate import add_spikes
from spikesift_core.progress import Progress, run_to_end
from spikesift_core.recording import Recording
from spikesift_core.replacing import replacing
from spikesift_core.simulation.drift import DRIFT_FREQUENCY, drift_at, drift_curve
from spikesift_core.simulation.layout import contacts_of, default_probe
from spikesift_core.simulation.noise import NoiseSource, noise_levels
from spikesift_core.simulation.settings import DRIFTS, SimulationSettings, settings_from
from spikesift_core.simulation.trains import Spikes, SpikeSource, join, silenced
from spikesift_core.simulation.units import Units, make_units
from spikesift_core.truth import Truth, write_truth
from spikesift_core.version import VERSION

__all__ = ["DRIFTS", "SimulatedRecording", "SimulationSettings", "default_probe", "simulate", "simulate_events"]

BLOCK_VALUES = 2**20
SHORTEST_BLOCK, LONGEST_BLOCK = 1024, 32_768


@dataclass(frozen=True)
class SimulatedRecording:
    """The files of a simulated recording and what is known about it.

    Attributes
    ----------
    binary_file : BASE.bin, sample-major, no header.
    probe_file : BASE_probe.csv, a row x, y in um for each channel.
    truth_file : BASE_truth.npz, see `Truth`.
    truth : what the truth file holds.
    """

    binary_file: Path
    probe_file: Path
    truth_file: Path
    truth: Truth

    def recording(self) -> Recording:
        """The recording, ready to be sorted."""
        truth = self.truth
        return Recording(
            binary_file=self.binary_file,
            data_type=truth.settings["data_type"],
            probe_geometry=truth.probe_geometry,
            sampling_frequency=truth.sampling_frequency,
        )


@dataclass(frozen=True)
class _Plan:
    """All that is drawn before the first sample."""

    settings: SimulationSettings
    contacts: np.ndarray
    units: Units
    levels: np.ndarray
    drift: np.ndarray
    block: int
    train_rng: np.random.Generator
    noise_rng: np.random.Generator


def simulate(output_base, *, probe=None, **settings) -> SimulatedRecording:
    """Write BASE.bin, BASE_probe.csv and BASE_truth.npz, and return where they are and what is known.

    Parameters
    ----------
    output_base : path without suffix; its folder must be there. Files of the same names are replaced.
    probe : (channels, 2), x and y of the contacts in um; None takes `default_probe(channels)`.
    settings : any attribute of `SimulationSettings`, such as channels=32, seconds=60, units=20, drift=20, seed=0.

    Raises
    ------
    ValueError
        For a setting or a probe that is not allowed, or files that cannot be written.
    """
    return run_to_end(simulate_events(output_base, probe=probe, **settings))


def simulate_events(output_base, *, probe=None, **settings) -> Generator[Progress, None, SimulatedRecording]:
    """The job behind `simulate`: yields `Progress`, returns the result. Closed early, it leaves no file behind.

    Settings are checked when the first event is asked for.
    """
    asked = settings_from(settings)
    contacts = contacts_of(probe, settings.get("channels"))
    plan = _plan(replace(asked, channels=len(contacts)), contacts)
    binary, probe_file, truth_file = _files(output_base)
    try:
        with replacing(binary) as part:
            spikes = yield from _write_recording(part, plan)
        truth = _truth(plan, spikes)
        with replacing(probe_file) as part:
            np.savetxt(part, contacts, fmt="%.10g", delimiter=",", encoding="utf-8")
        write_truth(truth_file, truth)
    except OSError as error:
        raise ValueError(f"The simulated recording {binary} cannot be written: {error.strerror or error}.") from error
    return SimulatedRecording(binary, probe_file, truth_file, truth)


def _files(output_base):
    try:
        base = Path(os.fspath(output_base))
    except TypeError:
        raise ValueError(f"output_base must be a path, not {output_base!r}.") from None
    if not base.name:
        raise ValueError(f"output_base must be a path that ends with a name for the files, not {str(base)!r}.")
    if not base.parent.is_dir():
        raise ValueError(f"There is no folder {base.parent}; make it, or give another output_base.")
    return tuple(base.with_name(base.name + ending) for ending in (".bin", "_probe.csv", "_truth.npz"))


def _plan(settings, contacts):
    streams = [np.random.default_rng(child) for child in np.random.SeedSequence(settings.seed).spawn(5)]
    return _Plan(
        settings=settings,
        contacts=contacts,
        units=make_units(settings, contacts, streams[0]),
        levels=noise_levels(settings, len(contacts), streams[1]),
        drift=drift_curve(settings, streams[2]),
        block=int(np.clip(BLOCK_VALUES // len(contacts), SHORTEST_BLOCK, LONGEST_BLOCK)),
        train_rng=streams[3],
        noise_rng=streams[4],
    )


def _write_recording(path, plan):
    """Write the samples to `path`, yield Progress after each chunk, return the known spikes."""
    settings = plan.settings
    per_chunk = max(1, round(settings.chunk_seconds * settings.sampling_frequency / plan.block))
    written, known = 0, []
    with path.open("wb") as file:
        for number, (block, spikes) in enumerate(_blocks(plan), 1):
            _as_output(block, settings).tofile(file)
            known.append(spikes)
            written += len(block)
            if number % per_chunk == 0 or written == settings.num_samples:
                done = written / settings.sampling_frequency
                yield Progress("Simulating", done, settings.num_samples / settings.sampling_frequency, "s of recording")
    return join(known)


def _blocks(plan: _Plan) -> Iterator[tuple[np.ndarray, Spikes]]:
    """Each block in turn: (samples, channels) float32 in uV, and its known spikes."""
    samples = plan.settings.num_samples
    source = SpikeSource(plan.settings, plan.units.rates, plan.units.known, plan.units.positions, plan.train_rng)
    noise = NoiseSource(plan.settings, plan.contacts, plan.levels, plan.noise_rng)
    length = plan.units.shapes.shape[3]

    def spikes_before(stop):
        drawn = source.draw(float(stop))
        inside = (drawn.times >= plan.units.trough) & (drawn.times < samples - length + plan.units.trough)
        return silenced(drawn.where(inside), plan.settings.silences, plan.settings.sampling_frequency)

    around = [spikes_before(0), spikes_before(0), spikes_before(plan.block)]
    for start in range(0, samples, plan.block):
        around = [*around[1:], spikes_before(start + 2 * plan.block)]
        block = noise.draw(plan.block)
        _render(block, start, join(around), plan)
        yield block[: samples - start], around[1].where(around[1].units < plan.units.known)


def _render(block, start, spikes, plan):
    units, settings = plan.units, plan.settings
    reach = 2 * units.shapes.shape[3]
    spikes = spikes.where((spikes.times > start - reach) & (spikes.times < start + len(block) + reach))
    moves = drift_at(plan.drift, spikes.times / settings.sampling_frequency) * units.gains[spikes.units]
    add_spikes(
        block,
        start,
        spikes.times,
        spikes.units,
        spikes.sizes,
        moves,
        units.footprints,
        units.shapes,
        units.neighbours,
        plan.contacts,
        units.trough,
    )


def _as_output(block, settings):
    """Samples in uV as numbers of the file's type; an integer's steps are worked out in place."""
    kind = np.dtype(settings.data_type)
    if kind.kind == "f":
        return block.astype(kind)
    limits = np.iinfo(kind)
    middle = (limits.max + 1) // 2 if kind.kind == "u" else 0
    block *= np.float32(1 / settings.uv_per_bit)
    np.rint(block, out=block)
    if kind.itemsize > 2:
        return block.astype(kind)  # no voltage comes near its limits
    block += np.float32(middle)
    return block.clip(limits.min, limits.max, out=block).astype(kind)


def _truth(plan, spikes):
    units, settings = plan.units, plan.settings
    times = np.rint(spikes.times).astype(np.int64)
    order = np.argsort(times, kind="stable")
    noise = np.sqrt(plan.levels**2 + units.variances)
    vectors = units.vectors
    with np.errstate(divide="ignore", invalid="ignore"):
        snr = np.nan_to_num(vectors / noise, posinf=np.inf).max(axis=1, initial=0.0)
    positions = units.positions[: units.known].astype(np.float32)
    counts = np.bincount(spikes.units, minlength=units.known)
    return Truth(
        times=times[order],
        labels=spikes.units[order],
        unit_xy=positions[:, :2],
        unit_z=positions[:, 2],
        amplitude_uv=vectors.max(axis=1, initial=0.0),
        amplitude_vectors=vectors,
        snr=snr.astype(np.float32),
        rates=(counts * settings.sampling_frequency / settings.num_samples).astype(np.float32),
        noise_sd=noise.astype(np.float32),
        drift_um=plan.drift,
        drift_gain=units.gains[: units.known].astype(np.float32),
        drift_frequency=DRIFT_FREQUENCY,
        sampling_frequency=settings.sampling_frequency,
        uv_per_bit=settings.uv_per_bit if np.dtype(settings.data_type).kind != "f" else 1.0,
        probe_geometry=plan.contacts.astype(np.float32),
        # As it will be read back: lists, no tuples.
        settings=json.loads(json.dumps(asdict(settings) | {"probe": plan.contacts.tolist(), "version": VERSION})),
    )
