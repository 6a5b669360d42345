"""Files as acquisition systems write them, byte by byte from the published layouts."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np

import spikesift_core as spikesift
from spikesift_core.formats import choose_stream


def column(channels):
    return np.column_stack([np.zeros(channels), 20.0 * np.arange(channels)])


def read_all(path, **given):
    """The recording at a path with contacts in a column, and all of its samples."""
    stream = choose_stream(spikesift.read_streams(path), given.get("stream"))
    recording = spikesift.open_recording(path, probe_geometry=column(stream.channels), **given)
    return recording, recording.read(0, recording.num_samples)


def signal(samples, channels, seed=0):
    """Noise, another offset on each channel: (samples, channels)."""
    rng = np.random.default_rng(seed)
    return (rng.normal(0, 30, (samples, channels)) + 100 * (np.arange(channels) % 50)).astype(np.int16)


# ---------------------------------------------------------------- SpikeGLX


def spikeglx(folder, samples=3000, name="run_g0_t0.imec0.ap", saved=None, seed=0, **fields):
    """NAME.bin and NAME.meta of a Neuropixels 1.0 probe; `saved` are the AP channels kept. Returns path and data."""
    saved = list(range(384)) if saved is None else list(saved)
    band = "lf" if name.endswith(".lf") else "ap"
    data = np.column_stack([signal(samples, len(saved), seed), np.arange(samples) % 2 * 64]).astype("<i2")
    binary = Path(folder) / f"{name}.bin"
    data.tofile(binary)
    sync = 768
    kept = ",".join(map(str, saved)) if len(saved) < 384 else "0:383"
    first = saved if band == "ap" else [384 + k for k in saved]
    if band == "lf":
        kept = ",".join(map(str, first)) if len(saved) < 384 else "384:767"
    labels = "".join(f"({band.upper()}{k};{k}:{place})" for place, k in enumerate(first))
    imro = "".join(f"({k} 0 0 500 250 1)" for k in range(384))
    meta = {
        "typeThis": "imec",
        "fileName": f"D:/data/{name}.bin",
        "fileSizeBytes": binary.stat().st_size,
        "firstSample": 0,
        "imSampRate": 30000 if band == "ap" else 2500,
        "imAiRangeMax": 0.6,
        "imAiRangeMin": -0.6,
        "imMaxInt": 512,
        "imDatPrb_type": 0,
        "imDatPrb_pn": "PRB_1_4_0480_1",
        "nSavedChans": len(saved) + 1,
        "snsApLfSy": f"{len(saved)},0,1" if band == "ap" else f"0,{len(saved)},1",
        "snsSaveChanSubset": f"{kept},{sync}",
        "~imroTbl": f"(0,384){imro}",
        "~snsChanMap": f"(384,384,1){labels}(SY0;{sync}:{len(saved)})",
        **fields,
    }
    lines = [f"{key}={value}" for key, value in meta.items() if value is not None]
    binary.with_suffix(".meta").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return binary, data


def nidq(folder, samples=600, analog=4, one_box=False):
    """A SpikeGLX recording through a National Instruments card, or a OneBox. Returns path and data."""
    name = "run_g0_t0.obx0.obx" if one_box else "run_g0_t0.nidq"
    data = signal(samples, analog + 1).astype("<i2")
    binary = Path(folder) / f"{name}.bin"
    data.tofile(binary)
    labels = "".join(f"(XA{k};{k}:{k})" for k in range(analog)) + f"(XD0;{analog}:{analog})"
    own = {"typeThis": "obx", "obSampRate": 30000, "obAiRangeMax": 5, "obMaxInt": 32768, "snsXaDwSy": f"{analog},1,0"}
    card = {"typeThis": "nidq", "niSampRate": 25000, "niAiRangeMax": 5, "niMNGain": 200, "niMAGain": 1}
    meta = {
        **(own if one_box else {**card, "snsMnMaXaDw": f"0,0,{analog},1"}),
        "fileName": f"D:/{name}.bin",
        "nSavedChans": analog + 1,
        "snsSaveChanSubset": "all",
        "~snsChanMap": f"(0,0,0,{analog},1){labels}",
        "fileSizeBytes": binary.stat().st_size,
    }
    lines = [f"{key}={value}" for key, value in meta.items()]
    binary.with_suffix(".meta").write_text("\n".join(lines), encoding="utf-8")
    return binary, data


# ---------------------------------------------------------------- Intan


def text(words):
    """A text as Intan writes it."""
    data = words.encode("utf-16-le")
    return struct.pack("<I", len(data)) + data


def intan_header(amplifiers=8, aux=3, supply=1, adc=2, digital=1, rate=20000.0, version=(2, 0), temperatures=0):
    """The header of an .rhd file."""
    head = struct.pack("<Ihh", 0xC6912702, *version) + struct.pack("<f", rate)
    head += struct.pack("<hffffffhff", 1, 1.0, 0.1, 7500.0, 1.0, 0.1, 7500.0, 0, 1000.0, 1000.0)
    head += text("a note with µ") + text("") + struct.pack("<I", 0xFFFFFFFF)
    head += struct.pack("<h", temperatures) if version >= (1, 1) else b""
    head += struct.pack("<h", 0) if version >= (1, 3) else b""
    head += text("REF") if version >= (2, 0) else b""
    kinds = [("A", 0, amplifiers), ("A-AUX", 1, aux), ("A-VDD", 2, supply), ("ADC", 3, adc), ("DIN", 4, digital)]
    head += struct.pack("<h", 2)
    count = amplifiers + aux + supply + adc + digital + 1
    head += text("Port A") + text("A") + struct.pack("<hhh", 1, count, amplifiers)
    for prefix, kind, count in kinds:
        for k in range(count):
            head += _intan_channel(f"{prefix}-{k:03d}", kind, True)
    head += _intan_channel("A-999", 0, False)  # switched off
    head += text("Port B") + text("B") + struct.pack("<hhh", 0, 0, 0)
    return head


def _intan_channel(name, kind, enabled):
    numbers = struct.pack("<10h", 0, 0, kind, enabled, 0, 0, 0, 0, 0, 0) + struct.pack("<ff", 0.0, 0.0)
    return text(name) + text(f"my {name}") + numbers


def intan(path, samples=1280, amplifiers=8, gap_at=None, seed=0, **header):
    """One .rhd with everything; from block `gap_at` on, the clock is 1000 samples ahead. Returns the data (int16)."""
    version = header.get("version", (2, 0))
    length = 128 if version >= (2, 0) else 60
    count = {"aux": 3, "supply": 1, "adc": 2, "digital": 1, "temperatures": 0, **header}
    data = signal(samples, amplifiers, seed)
    blocks = []
    for number in range(samples // length):
        times = np.arange(length) + number * length + (1000 if gap_at is not None and number >= gap_at else 0)
        part = data[number * length : (number + 1) * length]
        other = count["aux"] * (length // 4) + count["supply"] + count["temperatures"] + count["adc"] * length
        other += length if count["digital"] else 0
        stored = (part.T.astype("<i4") + 32768).astype("<u2")
        blocks.append(times.astype("<i4").tobytes() + stored.tobytes() + bytes(2 * other))
    Path(path).write_bytes(intan_header(amplifiers, **header) + b"".join(blocks))
    return data


def intan_rhs(path, samples=1280, amplifiers=4, dc=True):
    """One .rhs with everything: stimulation, slow amplifier, analog and digital lines. Returns the data (int16)."""
    head = struct.pack("<Ihhf", 0xD69127AC, 3, 0, 30000.0) + struct.pack(
        "<hffffffffhff", 1, *[1.0] * 8, 0, 1000.0, 1000.0
    )
    head += struct.pack("<hhfff", 0, 0, 1e-6, 1e-6, 0.0) + text("") * 3 + struct.pack("<hh", dc, 0) + text("")
    kinds = [
        ("A", 0, amplifiers),
        ("ANALOG-IN", 3, 2),
        ("ANALOG-OUT", 4, 1),
        ("DIGITAL-IN", 5, 1),
        ("DIGITAL-OUT", 6, 1),
    ]
    head += struct.pack("<h", 1) + text("Port A") + text("A")
    head += struct.pack("<hhh", 1, sum(count for *_, count in kinds), amplifiers)
    for prefix, kind, count in kinds:
        for k in range(count):
            name = f"{prefix}-{k:03d}"
            head += (
                text(name) + text(name) + struct.pack("<11h", 0, 0, kind, 1, *[0] * 7) + struct.pack("<ff", 0.0, 0.0)
            )
    data, blocks = signal(samples, amplifiers), []
    for start in range(0, samples, 128):
        stored = (data[start : start + 128].T.astype("<i4") + 32768).astype("<u2")
        other = amplifiers * (1 + dc) + 2 + 1 + 1 + 1
        times = np.arange(start, start + 128, dtype="<i4")
        blocks.append(times.tobytes() + stored.tobytes() + bytes(2 * 128 * other))
    Path(path).write_bytes(head + b"".join(blocks))
    return data


def intan_folder(folder, samples=1000, amplifiers=4, by_channel=False, missing=0):
    """A folder with info.rhd and amplifier.dat, or a file for each channel. Returns the data (int16)."""
    data = signal(samples, amplifiers)
    (folder / "info.rhd").write_bytes(intan_header(amplifiers))
    times = np.arange(samples, dtype="<i4")
    times[samples // 2 :] += missing
    times.tofile(folder / "time.dat")
    if by_channel:
        for k in range(amplifiers):
            data[:, k].tofile(folder / f"amp-A-{k:03d}.dat")
    else:
        data.tofile(folder / "amplifier.dat")
    return data


# ---------------------------------------------------------------- Open Ephys


def open_ephys(folder, samples=2000, names=("CH1", "CH2", "CH3", "ADC1"), missing=0, stream="Probe-100.0"):
    """A recording folder with one stream. Returns the data of all channels."""
    place = folder / "continuous" / stream
    place.mkdir(parents=True)
    data = signal(samples, len(names))
    data.tofile(place / "continuous.dat")
    numbers = np.arange(samples, dtype=np.int64) + 7000
    numbers[samples // 4 :] += missing
    np.save(place / "sample_numbers.npy", numbers)
    entry = {
        "folder_name": f"{stream}/",
        "sample_rate": 30000.0,
        "stream_name": stream,
        "num_channels": len(names),
        "channels": [{"channel_name": name, "bit_volts": 0.195, "units": "uV"} for name in names],
    }
    structure = {"GUI version": "0.6.7", "continuous": [entry], "events": [], "spikes": []}
    (folder / "structure.oebin").write_text(json.dumps(structure), encoding="utf-8")
    return data


# ---------------------------------------------------------------- Blackrock


def blackrock(path, parts=((0, 600), (900, 200)), channels=5, large=False, timed=False):
    """An .ns5 with electrodes and one analog input, recording paused between the parts. Returns the data of each."""
    count = channels + 1
    version = (3, 0) if large or timed else (2, 3)
    magic = b"BRSMPGRP" if large or timed else b"NEURALCD"
    head = struct.pack("<8sBB", magic, *version) + struct.pack("<I", 314 + 66 * count)
    head += struct.pack("<16s256sII8HI", b"30 kS/s", b"", 1, 10**9 if timed else 30000, *[0] * 8, count)
    for k in range(count):
        number, label = (k + 1, f"chan{k + 1}") if k < channels else (10241, "ainp1")
        head += struct.pack("<2sH16sBB", b"CC", number, label.encode(), 1, k)
        head += struct.pack("<hhhh16s", -32764, 32764, -8191, 8191, b"uV")
        head += struct.pack("<IIHIIH", 7500000, 3, 1, 300, 1, 1)
    made, packets = [], []
    for start, samples in parts:
        data = signal(samples, count, seed=start).astype("<i2")
        made.append(data)
        if timed:
            times = (start + np.arange(samples)) * 10**9 // 30000
            packets += [
                struct.pack("<BQI", 1, int(time), 1) + row.tobytes() for time, row in zip(times, data, strict=True)
            ]
        else:
            packets += [struct.pack("<BQI" if large else "<BII", 1, start, samples) + data.tobytes()]
    Path(path).write_bytes(head + b"".join(packets))
    return made


# ---------------------------------------------------------------- Neuralynx


def neuralynx(folder, channels=3, records=6, last=100, gap_at=None, inverted=False, before_gap=512):
    """A folder of .ncs files; the last record, and that before a gap, has fewer valid samples. Returns the data."""
    data = signal(records * 512, channels)
    kind = np.dtype([("time", "<u8"), ("channel", "<u4"), ("rate", "<u4"), ("valid", "<u4"), ("samples", "<i2", 512)])
    for k in range(channels):
        head = (
            "######## Neuralynx Data File Header\r\n-TimeCreated 2016/11/02 10:00:00\r\n-FileType NCS\r\n"
            "-FileVersion 3.4\r\n-AcquisitionSystem AcqSystem1 ATLAS\r\n"
            f"-AcqEntName CSC{k + 1}\r\n-RecordSize 1044\r\n-SamplingFrequency 32000\r\n-ADMaxValue 32767\r\n"
            "-DspLowCutFrequency 1\r\n-DspHighCutFrequency 8000\r\n-ADBitVolts 0.000000061037\r\n"
            f"-ADChannel {k}\r\n-NumADChannels 1\r\n-InputInverted {inverted}\r\n"
        )
        table = np.zeros(records, kind)
        table["time"] = 5_000_000 + np.arange(records) * 16000
        table["channel"], table["rate"], table["valid"] = k, 32000, 512
        if gap_at is not None:
            table["time"][gap_at:] += 500_000
            table["valid"][gap_at - 1] = before_gap
        table["valid"][-1] = last
        table["samples"] = data[:, k].reshape(records, 512)
        path = folder / f"CSC{k + 1}.ncs"
        path.write_bytes(head.encode("latin-1").ljust(16384, b"\0") + table.tobytes())
    return data[: (records - 1) * 512 + last]


# ---------------------------------------------------------------- SpikeInterface


def binary_folder(folder, samples=500, channels=4, kind="int16", **fields):
    """A folder with binary.json. Returns the data."""
    folder.mkdir(exist_ok=True)
    data = signal(samples, channels).astype(kind)
    data.tofile(folder / "traces_cached_seg0.raw")
    kwargs = {
        "file_paths": ["traces_cached_seg0.raw"],
        "sampling_frequency": 25000.0,
        "num_channels": channels,
        "dtype": np.dtype(kind).str,
        "channel_ids": [f"c{k}" for k in range(channels)],
        "time_axis": 0,
        "file_offset": 0,
        "gain_to_uV": [0.5] * channels,
        "offset_to_uV": [0.0] * channels,
        **fields,
    }
    content = json.dumps({"kwargs": kwargs, "relative_paths": True})
    (folder / "binary.json").write_text(content, encoding="utf-8")
    return data


# ---------------------------------------------------------------- Plexon


def plexon(path, samples=3000, channels=4, block=500, pause_at=None, rate=40000):
    """A .plx of version 106: wide-band channels in blocks, with a slow channel, waveforms and events between them.

    From block `pause_at` on, the clock is 8000 ticks ahead. Returns the data of the wide-band channels.
    """
    data = signal(samples, channels).astype("<i2")
    text = lambda words, size: words.encode().ljust(size, b"\0")  # noqa: E731
    counts = (rate, 1, 1, channels + 1, 32, 8, 2024, 5, 17, 10, 30, 0, 0, rate)
    head = struct.pack("<Ii128s14id", 0x58454C50, 106, text("a comment", 128), *counts, float(samples))
    head += struct.pack("<4B3H", 1, 1, 16, 16, 3000, 5000, 1000) + text("recorder", 18) + text("", 18) + bytes(10)
    head += bytes(4 * (650 + 650 + 512))
    head += struct.pack("<32s32s9i", text("sig001", 32), text("sig001", 32), 1, 10, 1, 0, 100, 0, -50, 1, 1)
    head += bytes(640 + 20 + 4 + 80 + 4 + 128 + 4 + 40)
    head += struct.pack("<32si", text("Strobed", 32), 257) + bytes(128 + 4 + 128)
    for k in range(channels + 1):
        name, speed = (f"WB{k + 1:03d}", rate) if k < channels else ("FP001", 500)
        head += struct.pack("<32s6i", text(name, 32), k, speed, 20, 1, 50, 0) + bytes(128 + 4 + 108)
    blocks = []
    for number, start in enumerate(range(0, samples, block)):
        time = start + (8000 if pause_at is not None and number >= pause_at else 0)
        blocks.append(struct.pack("<HHiHHHH", 4, 0, time, 257, number, 0, 0))
        size = min(block, samples - start)
        for k in range(channels):
            part = data[start : start + size, k]
            blocks.append(struct.pack("<HHiHHHH", 5, 0, time, k, 0, 1, size) + part.tobytes())
        blocks.append(struct.pack("<HHiHHHH", 1, 0, time + 3, 1, 1, 1, 32) + bytes(64))
        slow = signal(size * 500 // rate, 1, number + 1)
        blocks.append(struct.pack("<HHiHHHH", 5, 0, time, channels, 0, 1, len(slow)) + slow.astype("<i2").tobytes())
    Path(path).write_bytes(head + b"".join(blocks))
    return data


# ---------------------------------------------------------------- NWB, BrainVision


def nwb(h5py, path, data, **options):
    with h5py.File(path, "w") as file:
        series = file.create_group("acquisition/ElectricalSeries")
        series.attrs["neurodata_type"] = "ElectricalSeries"
        made = series.create_dataset("data", data=data, **options)
        made.attrs["conversion"] = 0.195e-6
        series["starting_time"] = 0.0
        series["starting_time"].attrs["rate"] = 25000.0
        series["electrodes"] = np.arange(data.shape[1])
        table = file.create_group("general/extracellular_ephys/electrodes")
        table["rel_x"], table["rel_y"] = column(data.shape[1]).T


def brainvision(folder, samples=400, channels=3):
    """a.vhdr, a.vmrk and a.eeg: a simple format that only neo reads. Returns the data."""
    data = signal(samples, channels)
    data.astype("<i2").tofile(folder / "a.eeg")
    about = "Brain Vision Data Exchange"
    lines = [f"Ch{k + 1}=E{k + 1},,0.5,µV" for k in range(channels)]
    head = (
        f"{about} Header File Version 1.0\n\n[Common Infos]\nCodepage=UTF-8\nDataFile=a.eeg\nMarkerFile=a.vmrk\n"
        f"DataFormat=BINARY\nDataOrientation=MULTIPLEXED\nNumberOfChannels={channels}\nSamplingInterval=50\n\n"
        "[Binary Infos]\nBinaryFormat=INT_16\n\n[Channel Infos]\n" + "\n".join(lines) + "\n"
    )
    (folder / "a.vhdr").write_text(head, encoding="utf-8")
    marks = f"{about} Marker File, Version 1.0\n\n[Common Infos]\nDataFile=a.eeg\n\n[Marker Infos]\n"
    (folder / "a.vmrk").write_text(marks, encoding="utf-8")
    return data
