"""Converting a recording that cannot be read in place: an act of its own, which writes a copy and leaves the file."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Generator
from pathlib import Path

import numpy as np

from spikesift_core.formats.spikeinterface_folder import FILE, PROBE
from spikesift_core.formats.stream import Stream
from spikesift_core.probe import write_probe
from spikesift_core.progress import Progress
from spikesift_core.recording_started import started

RAW = "traces.raw"


def convert(stream: Stream, folder) -> Generator[Progress, None, Path]:
    """Write a stream as plain binary with its description, in the folder format of SpikeInterface.

    Closed before the end, it leaves nothing behind.

    Parameters
    ----------
    stream : one whose `convert` says that it has to be converted.
    folder : to be made; it appears when all of it is written.

    Returns
    -------
    the folder, ready for `open_recording`.

    Raises
    ------
    ValueError
        At once: for a stream that needs no conversion, or a folder that is there; later, where the file is damaged.
    OSError
        When the disk refuses or is too small.
    """
    folder = Path(os.path.abspath(folder))
    if stream.chunks is None:
        raise ValueError(f"{stream.opened[0]} is read in place: nothing has to be converted.")
    if folder.exists():
        raise ValueError(f"{folder} exists already: choose another name for the converted recording.")
    size = stream.num_samples * stream.channels * np.dtype(stream.data_type).itemsize
    if not folder.parent.is_dir():
        raise ValueError(f"{folder.parent} is not a folder: choose another place.")
    free = shutil.disk_usage(folder.parent).free
    if size > free:
        raise ValueError(f"The copy takes {size / 1e9:.1f} GB, and {folder.parent} has {free / 1e9:.1f} GB left.")
    return _write(stream, folder)


def _write(stream: Stream, folder: Path) -> Generator[Progress, None, Path]:
    building = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}.building")
    building.mkdir()
    try:
        done = 0
        with (building / RAW).open("wb") as file:
            for chunk in stream.chunks():
                np.ascontiguousarray(chunk, dtype=stream.data_type).tofile(file)
                done += len(chunk)
                yield Progress("Converting", done, stream.num_samples, "samples")
        if done != stream.num_samples:
            raise ValueError(f"{stream.opened[0]} gave {done} samples of {stream.num_samples}: it is not complete.")
        (building / FILE).write_text(json.dumps(_description(stream), indent=1), encoding="utf-8")
        if stream.probe is not None:
            write_probe(building / PROBE, stream.probe)
        os.replace(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)  # where it was not put in its place
    return folder


def _description(stream: Stream) -> dict:
    offset = stream.offset or (0.0,) * stream.channels
    scale = {"gain_to_uV": list(stream.gain), "offset_to_uV": list(offset)} if stream.gain else {}
    clock = {"clock": stream.clock.described()} if stream.clock else {}
    if began := stream.began or started(stream.files[0]):
        clock["started"] = began.isoformat()
    return {
        "class": "spikeinterface.core.binaryrecordingextractor.BinaryRecordingExtractor",
        "module": "spikeinterface.core",
        "kwargs": {
            "file_paths": [RAW],
            "sampling_frequency": stream.sampling_frequency,
            "num_channels": stream.channels,
            "dtype": stream.data_type,
            "channel_ids": list(stream.channel_names),
            "time_axis": 0,
            "file_offset": 0,
            **scale,
        },
        "relative_paths": True,
        "converted_from": str(stream.opened[0]),
        **clock,
    }
