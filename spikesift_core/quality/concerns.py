"""Which units to look at first, and why, in words: a table of reasons, each a function of one unit.

A reason gives a weight from 0 (nothing) to 1 (almost certainly wrong). Units are ranked by the sum of their weights,
those with many spikes before those with few, because there an error costs most.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from spikesift_core.correlograms import expected_pairs, short_lags
from spikesift_core.forced_links import nearer_words
from spikesift_core.number_words import number_words
from spikesift_core.quality.job import Quality
from spikesift_core.quality.likeness import difference_matrix, nearest_units
from spikesift_core.quality.trains import contamination, fewest_pairs, refractory_pairs
from spikesift_core.results import SortedRecording
from spikesift_core.tracks import Track, track_amplitudes, track_spikes
from spikesift_core.unit_facts import REFRACTORY_MS, depths, refractory_violations
from spikesift_core.unit_history import UnitHistory, owners, unit_histories
from spikesift_core.verdicts import CLEAR_COST

LEAST_CONTAMINATION = 0.1  # with 90 % confidence
SHORT_MS = 1.5  # a cell that fires in bursts can fire again so soon: what is nearer says more than what is under 2 ms
FEWEST_EXPECTED = 5.0  # pairs by chance; with fewer a hole in the correlogram cannot be told
TWIN_COST = 0.25  # of two that differ by less it is said even then
HOLE = 0.3  # share of the pairs that chance would make
LEAST_ISOLATION = 3.0
WEAK_COST, WEAK_MARGIN, NO_MARGIN = 0.55, 0.3, 0.05  # of a link
LEAST_JUMP = 15.0  # um, against what the other units do
MOST_CUT_OFF = 0.2
CANDIDATES = 4  # units most alike that each is compared with


@dataclass(frozen=True)
class Concern:
    """A unit to look at.

    Attributes
    ----------
    units : its id; and, where the reason is another unit, the id of that.
    score : for the ranking; larger first.
    reasons : why, in words, the weightiest first; without a full stop.
    """

    units: tuple[int, ...]
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Case:
    """What the reasons are looked for in.

    Attributes
    ----------
    recording, tracks, quality : as measured. spikes : of each track, (n,) int64 samples.
    histories : by id. differences, nearest : see `likeness`. moves : see `_moves`.
    sampling_frequency : Hz, or nan. bounds : (segments, 2), start and end of each, samples.
    first : number of the first segment, as the reader counts.
    """

    recording: SortedRecording
    tracks: Sequence[Track]
    quality: Quality
    spikes: Sequence[np.ndarray]
    histories: dict[int, UnitHistory]
    differences: np.ndarray
    nearest: np.ndarray
    moves: list[dict[int, float]]
    sampling_frequency: float
    bounds: np.ndarray
    first: int

    def value(self, place: int, metric: str) -> float:
        """A figure of the unit at a place; nan where it is not known."""
        return float(self.quality.columns[metric][place]) if metric in self.quality.columns else math.nan


@dataclass(frozen=True)
class _Found:
    weight: float
    words: str
    other: int | None = None  # place


def _contaminated(case: Case, place: int) -> Iterator[_Found]:
    share, spikes = case.value(place, "contamination"), case.spikes[place]
    if not share > LEAST_CONTAMINATION:
        return
    duration = int(np.diff(case.bounds[list(case.tracks[place].segments)]).sum())
    surely = math.inf
    for refractory in (SHORT_MS, REFRACTORY_MS):
        pairs, *times = refractory_pairs(spikes, case.sampling_frequency, refractory)
        surely = min(surely, contamination(fewest_pairs(pairs), len(spikes), duration, *times))
    if surely > LEAST_CONTAMINATION:
        short = refractory_violations(spikes, REFRACTORY_MS * case.sampling_frequency / 1000)
        of = f"{short:,} of {len(spikes) - 1:,} intervals are under {REFRACTORY_MS:g} ms"
        words = f"about {_percent(share)} of its spikes come from other neurons (at least {_percent(surely)}): {of}"
        yield _Found(min(1.0, surely / 0.3), words)


def _perhaps_one(case: Case, place: int) -> Iterator[_Found]:
    """Another unit that looks alike, and never fires at the same time or is never there at the same time."""
    for other in case.nearest[place].tolist():
        difference = float(case.differences[place, other])
        if difference > CLEAR_COST:
            return
        name, unlike = case.tracks[other].id, f"{difference:.2f}"
        shared = sorted(set(case.tracks[place].segments) & set(case.tracks[other].segments))
        if not shared:
            words = f"unit {name} looks alike (differs by {unlike}) and is there only when this one is not"
            yield _Found(1 - difference, f"{words}: perhaps one neuron that was not followed", other)
            continue
        bounds = case.bounds[shared]
        counts = [int(np.diff(np.searchsorted(case.spikes[one], bounds)).sum()) for one in (place, other)]
        refractory = REFRACTORY_MS * case.sampling_frequency / 1000
        chance = expected_pairs(*counts, 2 * refractory, int(np.diff(bounds).sum()))
        if not chance >= FEWEST_EXPECTED:
            if difference < TWIN_COST:
                words = f"unit {name} looks alike (differs by {unlike}): perhaps one neuron; too few spikes to tell"
                yield _Found(0.5 * (1 - difference), words, other)
            continue
        pairs = short_lags(case.spikes[place], case.spikes[other], refractory)
        if pairs < HOLE * chance:
            words = f"unit {name} looks alike (differs by {unlike}) and hardly ever fires within {REFRACTORY_MS:g} ms"
            yield _Found(
                1 - difference, f"{words} of it ({pairs} times, {chance:.0f} by chance): perhaps one neuron", other
            )


def _mixed(case: Case, place: int) -> Iterator[_Found]:
    isolation = case.value(place, "isolation")
    if isolation < LEAST_ISOLATION:
        rival = int(case.value(place, "rival"))
        share = _percent(math.erfc(isolation / 2 / math.sqrt(2)) / 2)
        words = f"hard to tell from unit {rival} (isolation {isolation:.1f}): about {share} would be mixed up"
        yield _Found(0.8 * (1 - isolation / LEAST_ISOLATION) + 0.1, words, case.quality.units.index(rival))


def _lost(case: Case, place: int) -> Iterator[_Found]:
    history = case.histories[case.tracks[place].id]
    if history.absences:
        gap = max(history.absences, key=lambda absence: absence.last - absence.first)
        segments = len(case.recording.sorted_segments)
        missing = sum(absence.last - absence.first + 1 for absence in history.absences)
        ended = "lost" if gap.last == segments - 1 else "missing"
        where = _stretch(gap.first + case.first, gap.last + case.first)
        weight = 0.2 + 0.4 * missing / segments
        yield _Found(weight, f"{ended} in {where}: {gap.words}")


def _weakly_linked(case: Case, place: int) -> Iterator[_Found]:
    step = case.histories[case.tracks[place].id].weakest
    if step is None or not (step.margin < NO_MARGIN or (step.cost >= WEAK_COST and not step.margin >= WEAK_MARGIN)):
        return
    nearer = nearer_words(case.recording, step, owners(case.recording)) or "another one is nearly as near"
    other = f", and {nearer}" if step.margin < NO_MARGIN else ""
    words = f"its link into segment {step.segment + case.first} is doubtful: it differs by {step.cost:.2f}{other}"
    yield _Found(min(0.6, step.cost), words)


def _jumps(case: Case, place: int) -> Iterator[_Found]:
    jumps = {}
    for segment, moves in enumerate(case.moves):
        if place in moves:
            jumps[segment] = moves[place]
    if not jumps:
        return
    segment = max(jumps, key=lambda one: abs(jumps[one]))
    if abs(jumps[segment]) > LEAST_JUMP:
        words = f"jumps by {number_words(jumps[segment], '+.0f')} µm into segment {segment + case.first}"
        words += ", against the units around it: perhaps a wrong link"
        yield _Found(min(0.7, abs(jumps[segment]) / 60), words)


def _cut_off(case: Case, place: int) -> Iterator[_Found]:
    share = case.value(place, "amplitude_cutoff")
    if share > MOST_CUT_OFF:
        yield _Found(0.6 * share, f"about {_percent(share)} of its spikes are too small to be found")


REASONS: tuple[Callable[[Case, int], Iterator[_Found]], ...] = (
    _contaminated, _perhaps_one, _mixed, _lost, _weakly_linked, _jumps, _cut_off,
)  # fmt: skip


def concerns(
    recording: SortedRecording,
    tracks: Sequence[Track],
    sampling_frequency: float | None,
    quality: Quality,
    *,
    most: int = 10,
    first: int = 0,
) -> list[Concern]:
    """The units to look at first, at most `most`; two that are each other's reason are one entry.

    Parameters
    ----------
    quality : of these tracks, as far as it is computed.
    first : number of the first segment, as the reader counts.
    """
    case = _case(recording, tracks, sampling_frequency, quality, first)
    sizes = np.array([len(train) for train in case.spikes], float)
    weights = 0.5 + 0.5 * np.sqrt(sizes / max(1.0, sizes.max(initial=0)))
    found = [[one for reason in REASONS for one in reason(case, place)] for place in range(len(weights))]
    ranked = [_concern(case, place, weights[place], mine) for place, mine in enumerate(found) if mine]
    about = {track.id: {one.other for one in mine} for track, mine in zip(tracks, found, strict=True)}
    chosen: list[Concern] = []
    for one in sorted(ranked, key=lambda one: (-one.score, one.units)):
        turned = (known.units == one.units[::-1] != one.units for known in chosen)
        if not any(turned) and not any(_is_said(one.units[0], known.units[0], about, case) for known in chosen):
            chosen.append(one)
    return chosen[:most]


def _is_said(unit: int, known: int, about: dict[int, set[int | None]], case: Case) -> bool:
    """Whether all that is found of a unit is about a known one, of which the same is said."""
    place, other = (case.quality.units.index(one) for one in (unit, known))
    return about[unit] == {other} and place in about[known]


def _case(recording, tracks, sampling_frequency, quality: Quality, first: int) -> Case:
    differences = difference_matrix(recording, tracks)
    return Case(
        recording=recording,
        tracks=tracks,
        quality=quality,
        spikes=[track_spikes(recording, track) for track in tracks],
        histories=unit_histories(recording, tracks),
        differences=differences,
        nearest=nearest_units(differences, CANDIDATES),
        moves=_moves(recording, tracks),
        bounds=np.array(recording.segment_boundaries()),
        sampling_frequency=math.nan if sampling_frequency is None else sampling_frequency,
        first=first,
    )


def _concern(case: Case, place: int, weight: float, found: list[_Found]) -> Concern:
    found = sorted(found, key=lambda one: -one.weight)
    units = [case.tracks[place].id]
    if found[0].other is not None:
        units.append(case.tracks[found[0].other].id)
    score = float(weight * sum(one.weight for one in found))
    return Concern(tuple(units), score, tuple(one.words for one in found))


def _moves(recording: SortedRecording, tracks: Sequence[Track]) -> list[dict[int, float]]:
    """For each segment: place of a unit to how far (um) it moved from the segment before against the median unit, of
    those found in both; nothing where fewer than three were."""
    moves: list[dict[int, float]] = [{} for _ in recording.sorted_segments]
    for place, track in enumerate(tracks):
        depth = depths(track_amplitudes(recording, track), recording.probe_geometry)
        segments = track.segments
        for at, segment in enumerate(segments):
            if at and segments[at - 1] == segment - 1:
                moves[segment][place] = float(depth[at] - depth[at - 1])
    usual = [float(np.median(list(one.values()))) if len(one) > 2 else math.nan for one in moves]
    return [
        {place: move - middle for place, move in one.items()} if middle == middle else {}
        for one, middle in zip(moves, usual, strict=True)
    ]


def _stretch(first: int, last: int) -> str:
    return f"segment {first}" if first == last else f"segments {first}–{last}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
