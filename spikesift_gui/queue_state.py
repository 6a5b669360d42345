"""The recordings that wait to be sorted one after the other: a part of the state."""

from __future__ import annotations

from dataclasses import dataclass

from spikesift_gui.drafts import ProbeDraft, RecordingDraft, Settings

WAITING, SORTING, DONE, FAILED, CANCELLED = "waiting", "sorting", "done", "failed", "cancelled"
NOTHING, MATCH, MERGE = "nothing", "match", "merge"


@dataclass(frozen=True, eq=False)
class Queued:
    """A recording in the queue, as it was set up when it was put there.

    Attributes
    ----------
    id : number in this run of the program.
    draft, probe, settings : how it is read, its contacts, how it is sorted.
    stage : one of WAITING, SORTING, DONE, FAILED, CANCELLED.
    words : how it ended, or why it cannot be sorted.
    result_id : of its result, from its first segment on.
    """

    id: int
    draft: RecordingDraft
    probe: ProbeDraft
    settings: Settings
    stage: str = WAITING
    words: str = ""
    result_id: int | None = None


@dataclass(frozen=True)
class Queue:
    """All of them in order.

    Attributes
    ----------
    items : those waiting, in work and over.
    next_id : for the next one.
    running : whether the next one begins by itself when one is over.
    then : what is done with the results when all are over: NOTHING, MATCH or MERGE.
    """

    items: tuple[Queued, ...] = ()
    next_id: int = 1
    running: bool = False
    then: str = NOTHING

    def get(self, item_id: int) -> Queued | None:
        """The one with this id, or None."""
        return next((item for item in self.items if item.id == item_id), None)

    def of(self, *stages: str) -> tuple[Queued, ...]:
        """Those in one of these stages."""
        return tuple(item for item in self.items if item.stage in stages)
