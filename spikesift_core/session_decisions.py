"""What a person decided by hand, kept in a session's `decisions.json`.

    links      decisions about the links inside the recording
    between    for another session (called by when it was created) decisions between that one's clusters (first) and
               those of this one (second); kept in the session that was created later

Rows are those of `decisions.rows_of`. A session without the file has no decisions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from spikesift_core import session_files as files
from spikesift_core.deciding import decide
from spikesift_core.decisions import Decision, decisions_of, rows_of, turned
from spikesift_core.results import SortedRecording

DECISIONS_FILE = "decisions.json"
LINKS, BETWEEN = "links", "between"


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
    if other is None:
        holder, before, rows = Path(folder), None, rows_of(decisions)
    else:
        holder, before, is_turned = _holder(Path(folder), Path(other))
        rows = rows_of(turned(decisions) if is_turned else decisions)
    kept = _read(holder)
    known = kept[LINKS] if before is None else kept[BETWEEN].get(before, [])
    if known == rows:
        return False
    if before is None:
        kept[LINKS] = rows
    else:
        kept[BETWEEN] = {name: one for name, one in {**kept[BETWEEN], before: rows}.items() if one}
    files.write_file(holder / DECISIONS_FILE, (json.dumps(kept, indent=1) + "\n").encode(), keep_previous=False)
    changes = {"added": _not_in(rows, known), "dropped": _not_in(known, rows)}
    record = {"time": files.now(), "action": "links decided by hand", "session_before": before, **changes}
    files.append_line(holder / "journal.jsonl", record)
    return True


def decisions_between(folder, other) -> tuple[Decision, ...]:
    """What was decided between two sessions: first are the clusters of `folder`, second those of `other`.

    Raises
    ------
    ValueError
        If a file is damaged.
    """
    holder, before, is_turned = _holder(Path(folder), Path(other))
    try:
        found = decisions_of(_read(holder)[BETWEEN].get(before, ()))
    except ValueError as error:
        raise ValueError(f"{holder / DECISIONS_FILE} is damaged: {error}.") from error
    return turned(found) if is_turned else found


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
        words = f"{path} is damaged or does not belong to the segments: {error}"
        if not repair:
            raise ValueError(f"{words} Repair (repair=True, --repair) leaves it out.") from error
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
    links, between = found.get(LINKS, []), found.get(BETWEEN, {})
    if not isinstance(links, list) or not isinstance(between, dict):
        raise ValueError(f"{path} is damaged: it does not hold lists of decisions.")
    return {LINKS: links, BETWEEN: between}
