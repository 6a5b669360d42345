"""The header of Intan's .rhd and .rhs files, read field by field."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from spikesift_core.formats.files import read_bytes

MAGIC_RHD, MAGIC_RHS = 0xC6912702, 0xD69127AC
LARGEST_HEADER = 1 << 24  # bytes
LONGEST_TEXT = 1 << 16  # bytes
MOST_GROUPS, MOST_IN_GROUP = 64, 4096


class _Fields:
    """Reads little-endian fields one after the other."""

    def __init__(self, path: Path):
        self.path, self.data, self.at = path, read_bytes(path, LARGEST_HEADER), 0

    def numbers(self, kinds: str) -> tuple:
        """Numbers by their letters in `struct`."""
        size = struct.calcsize("<" + kinds)
        if self.at + size > len(self.data):
            raise ValueError(
                f"{self.path} ends inside its header ({len(self.data)} bytes): the recording or a copy was broken off, "
                "nothing of the signal is in it."
            )
        found = struct.unpack_from("<" + kinds, self.data, self.at)
        self.at += size
        return found

    def text(self) -> str:
        """A text with its length in bytes before it; 0xFFFFFFFF is none."""
        (size,) = self.numbers("I")
        if size == 0xFFFFFFFF:
            return ""
        if size > LONGEST_TEXT or size % 2:
            raise ValueError(f"{self.path}: the header is damaged (a text of {size} bytes at byte {self.at}).")
        return bytes(self.numbers(f"{size}s")[0]).decode("utf-16-le", errors="replace")


def read_header(path: Path) -> dict[str, Any]:
    """What the header says.

    Returns
    -------
    dict with rate (Hz), block (samples in a block of data), bytes (length of the header), channels (each a dict with
    name, native and kind), temperatures, stimulates (.rhs) and dc (.rhs: whether that amplifier was saved, 0 or 1).

    Raises
    ------
    ValueError
        If it is no such file, ends inside the header, or is damaged.
    """
    fields = _Fields(path)
    if not fields.data:
        raise ValueError(f"{path} is empty: nothing was recorded, or the copy was broken off.")
    magic, main, second = fields.numbers("Ihh")
    if magic not in (MAGIC_RHD, MAGIC_RHS):
        swapped = int.from_bytes(fields.data[:4], "big") in (MAGIC_RHD, MAGIC_RHS)
        why = "its bytes are in the wrong order" if swapped else f"it begins with {fields.data[:4].hex(' ')}"
        raise ValueError(f"{path} is not an Intan file: {why}. Copy it again from where it was recorded.")
    stimulates = magic == MAGIC_RHS
    (rate,) = fields.numbers("f")
    if not 0 < rate < 1e7:
        raise ValueError(f"{path}: the header is damaged (a sampling rate of {rate:g} Hz).")
    fields.numbers("hffffffffhff" if stimulates else "hffffffhff")
    if stimulates:
        fields.numbers("hhfff")
    for _ in range(3):
        fields.text()  # notes
    temperatures = dc = 0
    if stimulates:
        dc = fields.numbers("hh")[0]
        fields.text()
    else:
        temperatures = fields.numbers("h")[0] if (main, second) >= (1, 1) else 0
        if (main, second) >= (1, 3):
            fields.numbers("h")
        if main >= 2:
            fields.text()
    channels = _channels(fields, stimulates)
    block = 128 if stimulates or main >= 2 else 60
    return {
        "rate": float(rate),
        "block": block,
        "bytes": fields.at,
        "channels": channels,
        "temperatures": temperatures,
        "stimulates": stimulates,
        "dc": int(bool(dc)),
    }


def _channels(fields: _Fields, stimulates: bool) -> list[dict[str, Any]]:
    (groups,) = fields.numbers("h")
    if not 0 <= groups <= MOST_GROUPS:
        raise ValueError(f"{fields.path}: the header is damaged ({groups} groups of channels).")
    channels = []
    for _ in range(groups):
        fields.text()
        fields.text()
        enabled, count, _ = fields.numbers("hhh")
        if not 0 <= count <= MOST_IN_GROUP:
            raise ValueError(f"{fields.path}: the header is damaged ({count} channels in a group).")
        for _ in range(count if enabled else 0):
            native, custom = fields.text(), fields.text()
            _, _, kind, used = fields.numbers("hhhh")
            fields.numbers("hhhhhhh" if stimulates else "hhhhhh")
            fields.numbers("ff")
            if used:
                channels.append({"native": native, "name": custom or native, "kind": kind})
    return channels
