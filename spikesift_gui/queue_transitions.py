"""How the state changes where recordings wait to be sorted; see `transitions.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from spikesift_gui.queue_state import Queued
from spikesift_gui.state import ProbeDraft, RecordingDraft, Settings, State


def add_to_queue(state: State, draft: RecordingDraft, probe: ProbeDraft, settings: Settings) -> State:
    """Put a recording at the end."""
    queue = state.queue
    item = Queued(queue.next_id, draft, probe, settings)
    return set_queue(state, items=(*queue.items, item), next_id=queue.next_id + 1)


def change_queued(state: State, item_id: int, **changes: Any) -> State:
    """A recording in the queue has gone on, or ended."""
    items = (replace(item, **changes) if item.id == item_id else item for item in state.queue.items)
    return set_queue(state, items=tuple(items))


def drop_from_queue(state: State, *item_ids: int) -> State:
    """Take recordings off the list."""
    return set_queue(state, items=tuple(item for item in state.queue.items if item.id not in item_ids))


def set_queue(state: State, **changes: Any) -> State:
    """Change fields of the queue: items, running, then."""
    return replace(state, queue=replace(state.queue, **changes))
