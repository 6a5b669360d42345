"""What became of each unit: where it was found, how sure each link is, and in words why it began or was lost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from spikesift_core.deciding import hand_made, why_ended, why_separate
from spikesift_core.links import SegmentLinks
from spikesift_core.messages import listed_numbers
from spikesift_core.results import SortedRecording
from spikesift_core.tracks import Track, owners_of, tracks

KEPT = 8  # recordings
BY_HAND = "linked by hand"
UNKNOWN = "how it was linked was not kept (sorted by an earlier version)"


@dataclass(frozen=True)
class Step:
    """One segment in which a unit was found.

    Attributes
    ----------
    segment : its index. clusters : the unit's clusters there.
    before : the segment it was linked with; None where the unit, or a part of it, begins.
    cost : how unlike the unit so far: |a - b| / larger norm; nan where it begins.
    margin : how much nearer than the next best, see `SegmentLinks`; nan without one.
    words : why it began here, that it was linked by hand, or "" for a plain link.
    """

    segment: int
    clusters: tuple[int, ...]
    before: int | None
    cost: float
    margin: float
    words: str


@dataclass(frozen=True)
class Absence:
    """Segments first to last (included) in which a unit was not found after it was found, and why, in words."""

    first: int
    last: int
    words: str


@dataclass(frozen=True)
class UnitHistory:
    """A unit through the recording.

    Attributes
    ----------
    unit : its id.
    steps : where it was found, in time order.
    absences : gaps between them, and the end when it was lost before the end of the recording; in time order.
    share : of the segments it was found in.
    weakest : the link that differs most, or None without a link.
    began : why it began, in words.
    """

    unit: int
    steps: tuple[Step, ...]
    absences: tuple[Absence, ...]
    share: float
    weakest: Step | None
    began: str


@lru_cache(KEPT)
def unit_history(recording: SortedRecording, unit: int) -> UnitHistory:
    """The history of one unit, kept for a while; for many use `unit_histories`.

    Parameters
    ----------
    unit : an id in `tracks(recording)`.

    Raises
    ------
    ValueError
        For an id that is not there.
    """
    wanted = [track for track in tracks(recording) if track.id == unit]
    if not wanted:
        raise ValueError(f"There is no unit {unit!r}; tracks() gives those there are.")
    return unit_histories(recording, wanted)[wanted[0].id]


def unit_histories(
    recording: SortedRecording,
    units: Sequence[Track] | None = None,
    owner: Mapping[tuple[int, int], int] | None = None,
) -> dict[int, UnitHistory]:
    """Id to history.

    Parameters
    ----------
    units : of `tracks(recording)` or `chains(recording)`; None for all of `tracks(recording)`.
    owner : as `owners` gives it, for who has it already.
    """
    owner = owners(recording) if owner is None else owner
    return {track.id: _history(recording, track, owner) for track in (tracks(recording) if units is None else units)}


def history_words(history: UnitHistory, first: int = 0) -> str:
    """Where a unit was found, why it begins where it does and why it was lost, in sentences.

    Parameters
    ----------
    first : number of the first segment, as the reader counts.
    """
    found = [step.segment + first for step in history.steps]
    lines = [f"Found in {_segments(found)}."]
    if found[0] > first:
        lines.append(f"It begins in {_segments(found[:1])}: {history.began}.")
    for gap in history.absences:
        lines.append(f"Not in {_segments(range(gap.first + first, gap.last + first + 1))}: {gap.words}.")
    return " ".join(lines)


def _segments(numbers: Sequence[int]) -> str:
    return f"segment{'s' if len(numbers) > 1 else ''} {listed_numbers(numbers)}"


@lru_cache(KEPT)
def owners(recording: SortedRecording) -> Mapping[tuple[int, int], int]:
    """(segment, cluster) to the id of the unit it belongs to; kept, not to be changed."""
    return owners_of(tracks(recording))


def why_begun(links: SegmentLinks, cluster: int, owner: Mapping[tuple[int, int], int]) -> str:
    """Why a cluster was taken for a new unit, in words; `owner` as `owners` gives it."""
    segment, other = links.nearest[cluster].tolist()
    if segment < 0:
        return "no unit had been seen close enough to be compared"
    words = f"unit {owner[segment, other]}, the most alike, differs by {links.nearest_costs[cluster]:.2f}"
    taken = np.flatnonzero((links.before == (segment, other)).all(axis=1))
    if len(taken):
        return f"{words} and was found in cluster {taken[0]}, which differs by {links.costs[taken[0]]:.2f}"
    return f"{words}; {links.limit:g} and above are refused" if links.over_gaps else words


def why_lost(links: SegmentLinks, row: int, owner: Mapping[tuple[int, int], int]) -> str:
    """Why the unit in `links.lost[row]` was not found, in words; `owner` as `owners` gives it."""
    cluster = int(links.lost_nearest[row])
    if cluster < 0:
        return "no cluster was found close enough to be compared"
    words = f"cluster {cluster}, the most alike, differs by {links.lost_costs[row]:.2f}"
    segment, other = links.before[cluster].tolist()
    if segment >= 0:
        return f"{words} and was taken for unit {owner[segment, other]}, which differs by {links.costs[cluster]:.2f}"
    return f"{words}; {links.limit:g} and above are refused" if links.over_gaps else words


def _history(recording: SortedRecording, track: Track, owner: Mapping[tuple[int, int], int]) -> UnitHistory:
    count = len(recording.sorted_segments)
    clusters: dict[int, tuple[int, ...]] = {}
    for segment, cluster in track.members:
        clusters[segment] = (*clusters.get(segment, ()), cluster)
    begins = track.members[0][0]
    steps = tuple(_step(recording, segment, found, begins, owner) for segment, found in clusters.items())
    linked = [step for step in steps if not math.isnan(step.cost)]
    ends = [*(step.segment for step in steps[1:]), count]
    absences = tuple(
        Absence(step.segment + 1, end - 1, why_missed(recording, step.segment, step.clusters, owner))
        for step, end in zip(steps, ends, strict=True)
        if end > step.segment + 1
    )
    weakest = max(linked, key=lambda step: step.cost, default=None)
    return UnitHistory(track.id, steps, absences, len(steps) / count, weakest, steps[0].words)


def _step(
    recording: SortedRecording,
    segment: int,
    clusters: tuple[int, ...],
    begins: int,
    owner: Mapping[tuple[int, int], int],
) -> Step:
    places = [(segment, cluster) for cluster in clusters]
    by_hand = hand_made(recording)
    made = next((by_hand[place] for place in places if place in by_hand), None)
    if made is not None:
        return Step(segment, clusters, made.first[0], made.cost, made.margin, BY_HAND)
    cut = why_separate(recording, places, owner)
    if cut:
        return Step(segment, clusters, None, math.nan, math.nan, cut)
    if recording.links is None:
        return Step(segment, clusters, None, math.nan, math.nan, UNKNOWN if segment else "the recording begins here")
    links = recording.links[segment]
    surest = min(clusters, key=lambda cluster: (math.isnan(links.costs[cluster]), links.costs[cluster]))
    before = int(links.before[surest, 0])
    if before >= 0:
        return Step(segment, clusters, before, float(links.costs[surest]), float(links.margins[surest]), "")
    words = why_begun(links, surest, owner) if segment else "the recording begins here"
    if segment != begins:
        words = f"followed as another unit from here ({words}) and joined at the end, because the two are alike"
    return Step(segment, clusters, None, math.nan, math.nan, words)


def why_missed(
    recording: SortedRecording, segment: int, clusters: Sequence[int], owner: Mapping[tuple[int, int], int]
) -> str:
    """Why a unit that had these clusters in a segment was not found in the next, in words; `owner` as `owners` gives
    it."""
    ended = why_ended(recording, [(segment, cluster) for cluster in clusters], owner)
    if ended:
        return ended
    if recording.links is None:
        return UNKNOWN
    links = recording.links[segment + 1]
    here = np.flatnonzero((links.lost[:, 0] == segment) & np.isin(links.lost[:, 1], clusters))
    return why_lost(links, int(here[0]), owner) if len(here) else "it was not found"
