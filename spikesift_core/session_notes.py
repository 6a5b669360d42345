"""What a person adds to a session piece by piece, beside what is there already."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from spikesift_core import session_files as files
from spikesift_core.session import Session, save_notes


def add_notes(folder, **notes) -> None:
    """Keep more notes in a session; one of the same name is replaced, the others stay.

    Raises
    ------
    ValueError
        If `folder` is not a session, or its notes are damaged.
    """
    path = Path(folder) / "notes.json"
    before = files.read_json(path) if path.exists() else {}
    save_notes(folder, {**before, **notes})


def session_started(session: Session) -> datetime | None:
    """When the recording began by the clock on the wall: as a person gave it (the note "started"), else as its files
    told when it was sorted; None where nobody knows."""
    told = session.notes.get("started") or session.recording_description.get("started")
    try:
        return datetime.fromisoformat(told).replace(tzinfo=None) if told else None
    except (TypeError, ValueError):  # written by hand
        return None
