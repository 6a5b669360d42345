"""Formats that the library neo reads. None of them can be read in place: they are converted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from spikesift_core.formats.extras import needed
from spikesift_core.formats.stream import Stream
from spikesift_core.recording import DATA_TYPES, LOWEST_SAMPLING_FREQUENCY
from spikesift_core.recording_layout import FileLayout

NAME = "read by neo"
# Ending: reader in neo, words.
READERS = {
    ".pl2": ("Plexon2RawIO", "a Plexon 2 file"),
    ".smr": ("CedRawIO", "a Spike2 file"),
    ".smrx": ("CedRawIO", "a Spike2 file"),
    ".rec": ("SpikeGadgetsRawIO", "a SpikeGadgets file"),
    ".continuous": ("OpenEphysRawIO", "an Open Ephys file of the older kind"),
    ".tev": ("TdtRawIO", "a TDT file"),
    ".mpx": ("AlphaOmegaRawIO", "an Alpha Omega file"),
    ".xdat": ("NeuroNexusRawIO", "a NeuroNexus file"),
    ".brw": ("BiocamRawIO", "a 3Brain file"),
    ".vhdr": ("BrainVisionRawIO", "a BrainVision file"),
    ".abf": ("AxonRawIO", "an Axon file"),
    ".edf": ("EDFRawIO", "an EDF file"),
}
IN_FOLDERS = (".continuous", ".tev", ".mpx")  # the reader takes the folder
PATTERNS = tuple(f"*{ending}" for ending in READERS)
UNITS = {"V": 1e6, "mV": 1e3, "uV": 1.0, "µV": 1.0, "nV": 1e-3}
BYTES_AT_ONCE = 1 << 24


def find(path: Path) -> list[Path]:
    """The file itself, by its ending; or the first such file in a folder."""
    if not path.is_dir():
        return [path] if path.suffix.lower() in READERS else []
    return [one for one in sorted(path.iterdir()) if one.suffix.lower() in READERS][:1]


def read(path: Path) -> list[Stream]:
    """Every stream and segment that neo finds and that is fast enough for spikes.

    Raises
    ------
    ValueError
        In words, where neo is not installed or cannot read the file.
    """
    source = find(path)[0]
    reader = _reader(source)
    streams = [
        _stream(source, reader, index, block, segment)
        for block in range(reader.block_count())
        for segment in range(reader.segment_count(block))
        for index in range(reader.signal_streams_count())
        if reader.get_signal_size(block, segment, index) > 0
    ]
    fast = [stream for stream in streams if stream.sampling_frequency >= LOWEST_SAMPLING_FREQUENCY]
    if not fast:
        raise ValueError(f"{source} holds no continuous signal that is fast enough for spikes (1000 Hz).")
    return sorted(fast, key=lambda stream: -stream.sampling_frequency * stream.channels)


def _reader(source: Path) -> Any:
    name, what = READERS[source.suffix.lower()]
    folder = source.suffix.lower() in IN_FOLDERS
    rawio = needed("neo.rawio", source, what)
    try:
        made = getattr(rawio, name)(**{"dirname" if folder else "filename": str(source.parent if folder else source)})
        made.parse_header()
    except Exception as error:  # of many kinds: whatever that reader met
        raise ValueError(
            f"{source} cannot be read by neo ({name}): {str(error) or type(error).__name__}. It may be damaged or not "
            "complete, or need a library of its maker."
        ) from error
    return made


def _stream(source: Path, reader: Any, index: int, block: int, segment: int) -> Stream:
    told = reader.header["signal_streams"][index]
    channels = reader.header["signal_channels"]
    channels = channels[channels["stream_id"] == told["id"]]
    kind = np.dtype(channels["dtype"][0])
    known = kind.newbyteorder("=").name in DATA_TYPES
    several = reader.block_count() * sum(reader.segment_count(b) for b in range(reader.block_count())) > 1
    part = f", part {block + 1}.{segment + 1}" if several else ""
    scale = [UNITS.get(str(unit).strip(), 0.0) for unit in channels["units"]]
    known_units = all(scale) and known
    what = READERS[source.suffix.lower()][1]
    return Stream(
        name=f"{told['name'] or told['id']}{part}",
        files=(source,),
        data_type=kind.newbyteorder("=").name if known else "float32",
        sampling_frequency=float(channels["sampling_rate"][0]),
        channel_names=tuple(map(str, channels["name"])),
        layout=FileLayout(len(channels), tuple(range(len(channels)))),
        num_samples=int(reader.get_signal_size(block, segment, index)),
        gain=tuple(float(g * s) for g, s in zip(channels["gain"], scale, strict=True)) if known_units else (),
        offset=tuple(float(o * s) for o, s in zip(channels["offset"], scale, strict=True)) if known_units else (),
        notes=(f"Read by neo as {what}.",),
        warnings=("Recording was paused: each part is a stream of its own.",) if several else (),
        convert=(
            f"{source} is {what}, which cannot be read in place. Convert it, which writes a copy: spikesift convert, "
            "or the button on the page Recording."
        ),
        chunks=lambda: _chunks(source, index, block, segment),
        began=_began(reader, index, block, segment),
        opened=(source,),
    )


def _began(reader: Any, index: int, block: int, segment: int) -> datetime | None:
    """When the signal begins, where the reader tells when the recording or this part of it does."""
    told = (getattr(reader, "raw_annotations", None) or {}).get("blocks", [])
    whole = told[block] if block < len(told) else {}
    parts = whole.get("segments", [])
    of_whole, of_part = (one.get("rec_datetime") for one in (whole, parts[segment] if segment < len(parts) else {}))
    if isinstance(of_part, datetime) and of_part != of_whole:
        return of_part
    if not isinstance(of_whole, datetime):
        return None
    return of_whole + timedelta(seconds=float(reader.get_signal_t_start(block, segment, index)))


def _chunks(source: Path, index: int, block: int, segment: int) -> Iterator[np.ndarray]:
    reader = _reader(source)
    told = reader.header["signal_streams"][index]
    channels = reader.header["signal_channels"]
    width = np.dtype("f8").itemsize * int((channels["stream_id"] == told["id"]).sum())
    size = reader.get_signal_size(block, segment, index)
    step = max(1, BYTES_AT_ONCE // width)
    for start in range(0, size, step):
        yield reader.get_analogsignal_chunk(block, segment, start, min(size, start + step), stream_index=index)
