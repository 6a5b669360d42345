"""What a person decided by hand, kept in a session's `decisions.json`.

    links              decisions about the links inside the recording
    between            for another session (called by when it was created) decisions between that one's clusters (first)
                       and those of this one (second); kept in the session that was created later
    movements          how far the tissue moved between two segments of the recording, where a person set it
    movements_between  the same between segments of another session and of this one, kept as `between` is

Rows are those of `decisions.rows_of` and `decisions.movement_rows`. A session without the file has no decisions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spikesift_core import session_files as files
from spikesift_core.deciding import decide
from spikesift_core.decisions import (
    Decision,
    Movement,
    decisions_of,
    movement_rows,
    movements_of,
    rows_of,
    turned,
)
from spikesift_core.results import SortedRecording
from spikesift_core.session_damage import DamagedSession

DECISIONS_FILE = "decisions.json"
LINKS, BETWEEN = "links", "between"
MOVEMENTS, MOVEMENTS_BETWEEN = "movements", "movements_between"


def save_decisions(folder, decisions: Iterable[Decision], other=None) -> bool:
    """Keep the decisions about one session, or between it and another one, in place of those kept before.

    Parameters
    ----------
    folder : of the session; `other` : of the other one, whose clusters come second in the decisions.

    Returns
    -------
    Whether anything was written; it is not where the same is there already.

    Raises
    ------
    ValueError
        If a file is damaged.
    OSError
        If the folder cannot be written.
    """
    return _save(_DECISIONS, folder, tuple(decisions), other)


def save_movements(folder, movements: Iterable[Movement], other=None) -> bool:
    """Keep how far the tissue moved as a person set it; parameters, result and errors are those of `save_decisions`."""
    return _save(_MOVEMENTS, folder, tuple(movements), other)


def decisions_between(folder, other) -> tuple[Decision, ...]:
    """What was decided between two sessions: first are the clusters of `folder`, second those of `other`.

    Raises
    ------
    ValueError
        If a file is damaged.
    """
    return _between(_DECISIONS, folder, other)


def movements_between(folder, other=None) -> tuple[Movement, ...]:
    """The movements that a person set between segments of two sessions, or inside one; as `decisions_between`."""
    if other is None:
        return _read_rows(_MOVEMENTS, Path(folder), _read(Path(folder))[MOVEMENTS])
    return _between(_MOVEMENTS, folder, other)


def shift_between(first, second, segments: int) -> float | None:
    """The shift (um, see `linking.Match`) that a person set between a session and the one made next, or None.

    Parameters
    ----------
    first, second : folders of the sessions. segments : how many the first one has.
    """
    border = segments - 1, 0
    return next((one.shift for one in movements_between(first, second) if (one.first, one.second) == border), None)


@dataclass(frozen=True)
class _Kind:
    """Something that is kept: where, how the journal calls it, and how it becomes rows and back."""

    inside: str
    between: str
    action: str
    rows: Callable[[Sequence], list]
    read: Callable[[Any], tuple]
    turn: Callable[[Sequence], tuple]


_DECISIONS = _Kind(LINKS, BETWEEN, "links decided by hand", rows_of, decisions_of, turned)
_MOVEMENTS = _Kind(
    MOVEMENTS, MOVEMENTS_BETWEEN, "movement set by hand", movement_rows, movements_of,
    lambda movements: tuple(one.turned for one in movements),
)  # fmt: skip
_KINDS = (_DECISIONS, _MOVEMENTS)


def _save(kind: _Kind, folder, values: Sequence, other) -> bool:
    if other is None:
        holder, before, rows = Path(folder), None, kind.rows(values)
    else:
        holder, before, is_turned = _holder(Path(folder), Path(other))
        rows = kind.rows(kind.turn(values) if is_turned else values)
    kept = _read(holder)
    known = kept[kind.inside] if before is None else kept[kind.between].get(before, [])
    if known == rows:
        return False
    if before is None:
        kept[kind.inside] = rows
    else:
        kept[kind.between] = {name: one for name, one in {**kept[kind.between], before: rows}.items() if one}
    written = {name: one for name, one in kept.items() if one or name in (LINKS, BETWEEN)}
    files.write_file(holder / DECISIONS_FILE, (json.dumps(written, indent=1) + "\n").encode(), keep_previous=False)
    changes = {"added": _not_in(rows, known), "dropped": _not_in(known, rows)}
    record = {"time": files.now(), "action": kind.action, "session_before": before, **changes}
    files.append_line(holder / "journal.jsonl", record)
    return True


def _between(kind: _Kind, folder, other) -> tuple:
    holder, before, is_turned = _holder(Path(folder), Path(other))
    found = _read_rows(kind, holder, _read(holder)[kind.between].get(before, ()))
    return kind.turn(found) if is_turned else found


def _read_rows(kind: _Kind, holder: Path, rows: Any) -> tuple:
    try:
        return kind.read(rows)
    except ValueError as error:
        raise ValueError(f"{holder / DECISIONS_FILE} is damaged: {error}.") from error


def with_decisions(recording: SortedRecording, folder: Path, repair: bool, problems: list[str]) -> SortedRecording:
    """The recording with what was decided about it; with `repair` without it where the file is damaged.

    Raises
    ------
    ValueError
        Which file is damaged, and how.
    """
    path = folder / DECISIONS_FILE
    try:
        return decide(recording, decisions_of(_read(folder)[LINKS]))
    except ValueError as error:
        words = str(error) if str(path) in str(error) else f"{path} does not belong to the segments: {error}"
        if not repair:
            raise DamagedSession(words, "leaves it out") from error
        problems.append(f"{words} Links that were made or refused by hand are left out.")
        return recording


def _not_in(rows: list[dict[str, Any]], others: list[dict[str, Any]]) -> list[dict[str, Any]]:
    there = set(map(repr, others))
    return [row for row in rows if repr(row) not in there]


def _holder(folder: Path, other: Path) -> tuple[Path, str, bool]:
    """The session that keeps what is between two, when the other was created, and whether `folder` is the one."""
    created = [files.read_head(one / "session.json")["created"] for one in (folder, other)]
    if (created[0], str(folder)) > (created[1], str(other)):  # a copy was created when the original was
        return folder, created[1], True
    return other, created[0], False


def _read(folder: Path) -> dict[str, Any]:
    path = folder / DECISIONS_FILE
    found = files.read_json(path) if path.exists() else {}
    kept: dict[str, Any] = {}
    for kind in _KINDS:
        kept |= {kind.inside: found.get(kind.inside, []), kind.between: found.get(kind.between, {})}
        if not isinstance(kept[kind.inside], list) or not isinstance(kept[kind.between], dict):
            raise ValueError(f"{path} is damaged: it does not hold lists of decisions.")
    return kept
