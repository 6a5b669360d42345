"""Probe geometry as a table: text with a separator, with or without column names, or a NumPy array."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from spikesift_core.probe_contacts import Contacts, ProbeLayout

COLUMN_NAMES = {
    "x": ("x", "xum", "xc", "xcoord", "xcoords", "xpos", "posx", "xcoordinate", "ml"),
    "y": ("y", "yum", "yc", "ycoord", "ycoords", "ypos", "posy", "ycoordinate", "depth", "depthum"),
    "channel": ("channel", "channels", "ch", "chan", "channelindex", "chanmap", "channelmap", "devicechannelindices",
                "devicechannelindex", "index"),
    "shank": ("shank", "shanks", "shankid", "shankids", "shankindex", "kcoords", "group"),
    "width": ("width", "widthum", "diameter", "diameterum"),
    "height": ("height", "heightum"),
    "id": ("contact", "contactid", "contactids", "site", "electrode", "electrodeid", "name", "id"),
}  # fmt: skip


def read_csv(path: Path) -> Contacts:
    """Contacts from a text file with a table, see `read_table`."""
    return read_table(_text(path), path)


def read_table(text: str, path: Path) -> Contacts:
    """Contacts from a table as text.

    Columns are separated by comma, semicolon, tab or spaces. Without names: x, y; or channel, x, y. With names: x and
    y, and if there are any channel, shank, width, height and contact. Lines starting with # are skipped.

    Raises
    ------
    ValueError
        With the file (`path`), the line and what was expected there.
    """
    lines = [
        (number, line.strip())
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        raise ValueError(f"The probe file {path} is empty; it should hold one line x, y (um) for each channel.")
    rows = _cells(lines)
    named = not all(_is_number(cell) for cell in rows[0][1])
    header, body = (rows[0][1], rows[1:]) if named else ([""] * len(rows[0][1]), rows)
    if not body:
        raise ValueError(f"The probe file {path} holds column names but no contacts.")
    for number, cells in body:
        if len(cells) != len(header):
            raise ValueError(
                f"The probe file {path}, line {number}: {len(cells)} columns where the first line has {len(header)}."
            )
    return _contacts(path, header, body) if named else _unnamed(path, body)


def write_csv(path: Path, layout: ProbeLayout) -> None:
    """Write the table of `table_text`, separated by commas; by tabs in a .tsv."""
    path.write_text(table_text(layout, "\t" if path.suffix.lower() == ".tsv" else ","), encoding="utf-8")


def table_text(layout: ProbeLayout, separator: str) -> str:
    """x and y, with column names; shank where there are several, width and height where they are known."""
    columns = {"x": layout.positions[:, 0], "y": layout.positions[:, 1]}
    if len(layout) and layout.shanks.max() > 0:
        columns["shank"] = layout.shanks
    if layout.sizes.any():
        columns |= {"width": layout.sizes[:, 0], "height": layout.sizes[:, 1]}
    lines = [separator.join(columns)]
    lines += [separator.join(f"{value:.9g}" for value in row) for row in zip(*columns.values(), strict=True)]
    return "\n".join(lines) + "\n"


def read_npy(path: Path) -> Contacts:
    """Contacts from a `.npy` array (channels, 2)."""
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"The probe file {path} is not a NumPy array: {error}.") from error
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "iuf":
        hint = " Save its transpose." if array.ndim == 2 and array.shape[0] == 2 else ""
        raise ValueError(
            f"The probe file {path} should hold numbers of the shape (channels, 2), x and y in um; it holds "
            f"{array.dtype} of the shape {array.shape}.{hint}"
        )
    return Contacts(array.astype(np.float64))


def write_npy(path: Path, layout: ProbeLayout) -> None:
    """Write the positions, float32 (channels, 2)."""
    np.save(path, layout.positions, allow_pickle=False)


def _text(path: Path) -> str:
    """The file's text; spreadsheets also write UTF-16 and the Windows code page."""
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\x00" in data:
        raise ValueError(f"The probe file {path} is not text.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _cells(lines: list[tuple[int, str]]) -> list[tuple[int, list[str]]]:
    separator = next((mark for mark in ";\t" if all(mark in line for _, line in lines)), None)
    if separator is not None:  # with these a comma can only be a decimal one
        return [(number, [_clean(cell).replace(",", ".") for cell in line.split(separator)]) for number, line in lines]
    if all("," in line for _, line in lines):
        return [(number, [_clean(cell) for cell in line.split(",")]) for number, line in lines]
    return [(number, [_clean(cell) for cell in line.split()]) for number, line in lines]


def _clean(cell: str) -> str:
    return cell.strip().strip("\"'").strip()


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _column(path: Path, body, index: int, what: str) -> np.ndarray:
    for number, cells in body:
        if not _is_number(cells[index]) or not np.isfinite(float(cells[index])):
            raise ValueError(f"The probe file {path}, line {number}: {what} should be a number, not {cells[index]!r}.")
    return np.array([float(cells[index]) for _, cells in body])


def _whole(path: Path, values: np.ndarray, what: str) -> np.ndarray:
    if not np.array_equal(values, np.round(values)):
        bad = values[values != np.round(values)][0]
        raise ValueError(f"The probe file {path}: {what} should be whole numbers, but one is {bad:g}.")
    return values.astype(np.int64)


def _contacts(path: Path, header: list[str], body) -> Contacts:
    plain = [re.sub(r"[^a-z0-9]", "", name.lower().replace("µ", "u").replace("μ", "u")) for name in header]
    found = {
        role: next((plain.index(name) for name in names if name in plain), None) for role, names in COLUMN_NAMES.items()
    }
    notes = []
    if found["x"] is None or found["y"] is None:
        if len(header) != 2:
            raise ValueError(
                f"The probe file {path} has the columns {', '.join(header)}; there must be one named x and one named y."
            )
        found = dict.fromkeys(COLUMN_NAMES) | {"x": 0, "y": 1}
        notes.append(f"The columns {header[0]!r} and {header[1]!r} were taken as x and y.")
    channels = None
    if found["channel"] is not None:
        channels = _whole(path, _column(path, body, found["channel"], "the channel"), "channel numbers")
    return Contacts(
        positions=np.column_stack([_column(path, body, found[axis], axis) for axis in "xy"]),
        channels=channels,
        shanks=None if found["shank"] is None else [cells[found["shank"]] for _, cells in body],
        sizes=_sizes(path, body, found),
        ids=None if found["id"] is None else [cells[found["id"]] for _, cells in body],
        notes=notes,
    )


def _sizes(path: Path, body, found: dict) -> np.ndarray | None:
    if found["width"] is None:
        return None
    width = _column(path, body, found["width"], "the width")
    height = 0 * width if found["height"] is None else _column(path, body, found["height"], "the height")
    return np.column_stack([width, height])


def _unnamed(path: Path, body) -> Contacts:
    columns = len(body[0][1])
    if columns == 2:
        return Contacts(np.column_stack([_column(path, body, 0, "x"), _column(path, body, 1, "y")]))
    if columns == 3:
        first = _column(path, body, 0, "the first column")
        if _is_count(first):
            positions = np.column_stack([_column(path, body, 1, "x"), _column(path, body, 2, "y")])
            return Contacts(positions, channels=first.astype(np.int64), notes=["Columns taken as channel, x, y."])
    raise ValueError(
        f"The probe file {path} has {columns} columns without names. Two are read as x, y, and three as channel, x, y "
        "where the first one counts the channels; for anything else write names into the first line, such as "
        "channel,x,y,shank."
    )


def _is_count(values: np.ndarray) -> bool:
    """Whether `values` are 0 .. n-1 or 1 .. n in some order."""
    ordered = np.sort(values)
    return np.array_equal(ordered - ordered[0], np.arange(len(values))) and ordered[0] in (0, 1)
