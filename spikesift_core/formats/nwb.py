"""NWB: ElectricalSeries in an HDF5 file. Read in place where the array lies in one piece and is not compressed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from spikesift_core.formats.extras import needed
from spikesift_core.formats.probes import probe_beside
from spikesift_core.formats.stream import Stream
from spikesift_core.probe_contacts import ProbeLayout
from spikesift_core.probe_nwb import channel_names, electrodes
from spikesift_core.recording import DATA_TYPES
from spikesift_core.recording_layout import FileLayout

NAME = "NWB"
MAGIC = b"\x89HDF\r\n\x1a\n"
GROUPS = ("acquisition", "processing")
BYTES_AT_ONCE = 1 << 24


def find(path: Path) -> list[Path]:
    """The .nwb file itself."""
    return [path] if path.suffix.lower() == ".nwb" and not path.is_dir() else []


def read(path: Path) -> list[Stream]:
    """Each ElectricalSeries.

    Raises
    ------
    ValueError
        In words, for what is missing or wrong, and for a library that is not installed.
    """
    with path.open("rb") as file:
        if file.read(8) != MAGIC:
            raise ValueError(f"{path} is not an HDF5 file, or is damaged: a .nwb file must be one.")
    h5py = needed("h5py", path, "an NWB file")
    try:
        with h5py.File(path, "r") as file:
            found = _series(h5py, file)
            streams = [_stream(path, file, name, found[name]) for name in found]
    except OSError as error:
        raise ValueError(f"{path} cannot be read: it is damaged or was cut off ({error}).") from error
    if not streams:
        raise ValueError(f"{path} holds no ElectricalSeries (raw signal): only what was made from one.")
    return streams


def _series(h5py, file) -> dict[str, Any]:
    found = {}

    def look(name: str, item: Any) -> None:
        kind = item.attrs.get("neurodata_type", b"")
        kind = kind.decode() if isinstance(kind, bytes) else str(kind)
        if kind == "ElectricalSeries" and isinstance(item, h5py.Group) and "data" in item:
            found[name] = item

    for group in GROUPS:
        if group in file:
            file[group].visititems(lambda name, item, group=group: look(f"{group}/{name}", item))
    return found


def _stream(path: Path, file, name: str, series) -> Stream:
    data = series["data"]
    samples, channels = data.shape if data.ndim == 2 else (len(data), 1)
    kind = data.dtype.newbyteorder("=")
    if kind.name not in DATA_TYPES:
        raise ValueError(f"{path}: {name} holds {data.dtype}; a recording must be one of {', '.join(DATA_TYPES)}.")
    rate, odd = _rate(series)
    probe, names, notes = _electrodes(path, file, series, channels)
    place = data.id.get_offset()
    unit = float(data.attrs.get("conversion", 1.0)) * 1e6
    each = np.asarray(series["channel_conversion"]) if "channel_conversion" in series else np.ones(channels)
    convert = ""
    if place is None:
        convert = (
            f"{path}: {name} lies in pieces{' and is compressed' if data.compression else ''}, so it cannot be read in "
            "place. Convert it, which writes a copy: spikesift convert, or the button on the page Recording."
        )
    return Stream(
        name=name.removeprefix("acquisition/"),
        files=(path,),
        data_type=kind.name,
        sampling_frequency=rate,
        channel_names=tuple(names),
        layout=FileLayout(channels, tuple(range(channels)), swapped=not data.dtype.isnative),
        header=place or 0,
        num_samples=samples,
        gain=tuple(float(one) * unit for one in each),
        offset=(float(data.attrs.get("offset", 0.0)) * 1e6,) * channels,
        probe=probe,
        notes=tuple(notes),
        warnings=tuple(odd),
        convert=convert,
        chunks=(lambda: _chunks(path, f"{name}/data")) if convert else None,
        opened=(path,),
    )


def _rate(series) -> tuple[float, list[str]]:
    if "starting_time" in series:
        return float(series["starting_time"].attrs.get("rate", 0.0)), []
    times = series.get("timestamps")
    if times is None or len(times) < 2:
        return 0.0, ["The file tells neither a rate nor times."]
    step = float(np.median(np.diff(times[:1000])))
    longer = (float(times[-1]) - float(times[0])) / step - (len(times) - 1)
    gap = [f"By its times {longer * step:.3f} s are missing in between; times count recorded samples only."]
    return round(1 / step, 6), gap if abs(longer) > 2 + 1e-4 * len(times) else []


def _electrodes(path: Path, file, series, channels: int) -> tuple[ProbeLayout | None, list[str], list[str]]:
    """The probe, names of the channels and what to say of them, from the table of electrodes."""
    plain = [f"channel {k}" for k in range(channels)]
    if "electrodes" not in series:
        return None, plain, ["The file does not tell where the contacts are: bring a probe."]
    rows = np.asarray(series["electrodes"]).astype(int)
    probe, notes = probe_beside(path.name, partial(electrodes, path, file, rows), channels)
    return probe, channel_names(file, rows) or plain, notes


def _chunks(path: Path, name: str) -> Iterator[np.ndarray]:
    h5py = needed("h5py", path, "an NWB file")
    with h5py.File(path, "r") as file:
        data = file[name]
        width = data.dtype.itemsize * (data.shape[1] if data.ndim == 2 else 1)
        step = max(1, BYTES_AT_ONCE // width)
        for start in range(0, len(data), step):
            yield np.asarray(data[start : start + step]).reshape(-1, 1 if data.ndim == 1 else data.shape[1])
