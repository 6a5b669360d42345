"""SpikeGLX: NAME.bin with NAME.meta beside it. Written from the description of its metadata (billkarsh.github.io)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from spikesift_core.acquisition_clock import AcquisitionClock
from spikesift_core.formats.files import parse_number, read_text
from spikesift_core.formats.probes import probe_beside
from spikesift_core.formats.stream import Stream, left_out
from spikesift_core.probe_neuropixels import meta_fields, saved_contacts
from spikesift_core.recording_layout import FileLayout

NAME = "SpikeGLX"
FIELDS = b"nSavedChans", b"typeThis", b"fileSizeBytes", b"snsSaveChanSubset"  # by which its .meta is known
RATES = {"imec": "imSampRate", "nidq": "niSampRate", "obx": "obSampRate"}


def find(path: Path) -> list[Path]:
    """The .meta files that belong to a path: of a .bin, of a .meta, or of a folder (and its probe folders)."""
    if path.is_dir():
        found = [*path.glob("*.meta"), *path.glob("*_imec*/*.meta")]
        return sorted(meta for meta in found if _is_meta(meta))
    meta = path.with_suffix(".meta")
    known = path.suffix.lower() in (".bin", ".meta", ".cbin")
    return [meta] if known and meta.is_file() and _is_meta(meta) else []


def _is_meta(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(1 << 16)
    except OSError:
        return True  # it is said when it is read
    return not head or any(field in head for field in FIELDS)


def read(path: Path) -> list[Stream]:
    """Every stream of a path, AP bands first; ValueError in words for what is missing or wrong."""
    metas = find(path)
    streams = [_stream(meta) for meta in metas]
    return sorted(streams, key=lambda stream: (".lf" in stream.name, "imec" not in stream.name))


def parse_meta(path: Path) -> dict[str, str]:
    """Fields of a .meta file; tables lose their ~.

    Raises
    ------
    ValueError
        If it cannot be read.
    """
    return meta_fields(read_text(path))


def _stream(path: Path) -> Stream:
    meta = parse_meta(path)
    binary = _binary_of(path)
    kind = meta.get("typeThis", "imec" if "imSampRate" in meta else "nidq")
    count = int(parse_number(path, meta, "nSavedChans"))
    rate = parse_number(path, meta, RATES.get(kind, "imSampRate"))
    numbers = _saved_channels(path, meta, count)
    signal, band = _signal_columns(path, meta, kind, numbers)
    if not signal:
        raise ValueError(
            f"{binary} holds no neural channel by {path.name}: only sync or other lines were saved. Open the file of "
            "another probe or band."
        )
    names = _names(meta, count)
    rest = [names[k] for k in range(count) if k not in set(signal)]
    probe, notes = None, []
    if kind == "imec":
        probe, notes = probe_beside(path.name, partial(saved_contacts, path), len(signal))
    gain = _gains(path, meta, kind, band, [numbers[k] for k in signal])
    return Stream(
        name=_stream_name(path),
        files=(binary,),
        data_type="int16",
        sampling_frequency=rate,
        channel_names=tuple(names[k] for k in signal),
        layout=FileLayout(count, tuple(signal)),
        gain=gain,
        probe=probe,
        clock=AcquisitionClock(int(meta["firstSample"])) if meta.get("firstSample", "").isdigit() else None,
        notes=(*left_out("sync or auxiliary channel", rest), *notes),
        warnings=tuple(_warnings(binary, meta, band)),
        opened=(binary,),
    )


def _binary_of(meta: Path) -> Path:
    binary = meta.with_suffix(".bin")
    if binary.is_file():
        return binary
    if meta.with_suffix(".cbin").is_file():
        raise ValueError(
            f"{meta.with_suffix('.cbin')} is compressed (mtscomp): decompress it to {binary.name} first "
            "(mtsdecomp), it cannot be read in place."
        )
    raise ValueError(f"{meta} describes {binary.name}, which is not beside it. Put both files into one folder.")


def _saved_channels(path: Path, meta: Mapping, count: int) -> list[int]:
    """Number of each saved channel among all that were acquired."""
    text = meta.get("snsSaveChanSubset", "all")
    if text == "all":
        return list(range(count))
    numbers: list[int] = []
    try:
        for part in text.split(","):
            first, _, last = part.partition(":")
            numbers += range(int(first), int(last or first) + 1)
    except ValueError:
        raise ValueError(f"{path}: snsSaveChanSubset={text!r} cannot be understood.") from None
    if len(numbers) != count:
        raise ValueError(
            f"{path}: nSavedChans is {count}, but snsSaveChanSubset names {len(numbers)} channels. One of the two is "
            "wrong: was the file edited?"
        )
    return numbers


def _signal_columns(path: Path, meta: Mapping, kind: str, numbers: list[int]) -> tuple[list[int], str]:
    """Columns of the file that are neural, and the band: "ap", "lf" or ""."""
    if kind == "imec":
        ap, lf, sync = _counts(path, meta, "snsApLfSy", 3)
        wanted, band = (range(ap), "ap") if ap else (range(lf), "lf")
        total = ap + lf + sync
    else:
        name, parts = ("snsXaDwSy", 3) if kind == "obx" else ("snsMnMaXaDw", 4)
        counts = _counts(path, meta, name, parts)
        wanted = range(counts[0] + counts[1]) if kind == "nidq" and sum(counts[:2]) else range(sum(counts[: parts - 1]))
        wanted = range(counts[0]) if kind == "obx" else wanted
        band, total = "", sum(counts)
    if total != len(numbers):
        raise ValueError(
            f"{path}: nSavedChans is {len(numbers)}, but the counts by kind of channel (sns…) add up to {total}. One "
            "of the two is wrong: was the file edited?"
        )
    return list(wanted), band


def _counts(path: Path, meta: Mapping, name: str, parts: int) -> list[int]:
    try:
        found = [int(part) for part in meta[name].split(",")]
    except (KeyError, ValueError):
        found = []
    if len(found) != parts:
        raise ValueError(f"{path}: {name} is missing or cannot be understood ({meta.get(name)!r}).")
    return found


def _names(meta: Mapping, count: int) -> list[str]:
    found = [entry.split(";")[0] for entry in re.findall(r"\(([^()]+;[^()]+)\)", meta.get("snsChanMap", ""))]
    return found if len(found) == count else [f"channel {k}" for k in range(count)]


def _gains(path: Path, meta: Mapping, kind: str, band: str, numbers: list[int]) -> tuple[float, ...]:
    """uV per step of each channel."""
    if kind == "nidq":
        span = parse_number(path, meta, "niAiRangeMax") / 32768 * 1e6
        neural, auxiliary = _counts(path, meta, "snsMnMaXaDw", 4)[:2]
        multiplexed = [parse_number(path, meta, "niMNGain")] * neural if neural else []
        multiplexed += [parse_number(path, meta, "niMAGain")] * auxiliary if auxiliary else []
        gains = (multiplexed + [1.0] * len(numbers))[: len(numbers)]
        return tuple(span / gain for gain in gains)
    if kind == "obx":
        return (parse_number(path, meta, "obAiRangeMax") / parse_number(path, meta, "obMaxInt") * 1e6,) * len(numbers)
    probe_type = meta.get("imDatPrb_type", "0")
    first = probe_type == "0" or (probe_type.startswith("1") and probe_type != "1110")  # gain chosen by channel
    span = parse_number(path, meta, "imAiRangeMax") / float(meta.get("imMaxInt", 512 if first else 8192)) * 1e6
    if first:
        entries = [entry.split() for entry in re.findall(r"\(([^()]*)\)", meta.get("imroTbl", ""))[1:]]
        chosen = {entry[0]: entry for entry in entries if len(entry) >= 5}
        wanted = [chosen.get(str(number % 384)) for number in numbers]
        return tuple(span / float(entry[3 if band == "ap" else 4]) for entry in wanted) if all(wanted) else ()
    gain = float(meta.get(f"imChan0{band}Gain", 0)) or (80.0 if probe_type in ("21", "24") else 100.0)
    return (span / gain,) * len(numbers)


def _stream_name(path: Path) -> str:
    found = re.search(r"(_g\d+_t[^.]+)\.(.+)$", path.with_suffix("").name)
    return found.group(2) if found else path.stem


def _warnings(binary: Path, meta: Mapping, band: str) -> list[str]:
    words = []
    size, promised = binary.stat().st_size, meta.get("fileSizeBytes", "")
    if promised.isdigit() and int(promised) != size:
        less = "shorter" if size < int(promised) else "longer"
        words.append(
            f"{binary.name} is {less} than its .meta says ({size} bytes, not {promised}): the recording or a copy was "
            "broken off, or the .meta belongs to another file."
        )
    if band == "lf":
        words.append("This is the LFP band (slow signals): spikes are in the AP band.")
    return words
