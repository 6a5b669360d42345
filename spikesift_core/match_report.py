"""How the units of recordings were matched, for a paper or a script: every pair with the numbers to judge it, what was
left over with the reason, the cost of every shift, and what it was made from. As JSON; `match_picture.py` draws it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from spikesift_core.decisions import Decision
from spikesift_core.mapping import map_units
from spikesift_core.match_comparisons import Comparison, compared, compared_in_turn, compared_units
from spikesift_core.merged_rivers import river_of_merge
from spikesift_core.merging import Part
from spikesift_core.recording_identity import files_described
from spikesift_core.replacing import replace_text
from spikesift_core.results import SortedRecording
from spikesift_core.river_words import lost_words
from spikesift_core.rivers import River, Stretch, river
from spikesift_core.session import SUFFIX
from spikesift_core.session_files import now, plain
from spikesift_core.tracks import owners_of, throughout, tracks
from spikesift_core.unit_links import REFUSED, match_units
from spikesift_core.verdicts import UNLIKE_COST, VERDICTS, JudgedPair, flat_range
from spikesift_core.version import VERSION

UNITS_OF_MEASURE = {
    "shift": "um; the source is moved by + shift / 2 and the target by - shift / 2 along y",
    "unit_movement": "um along y, from the source to the target",
    "depth": "um, y of the probe",
    "total_cost": "of segments the sum of the distances of all pairs, in the units of the file's values; of units the "
    "sum of their relative costs, each at most the limit",
    "cost": "distance of two amplitude vectors, in the units of the file's values",
    "relative_cost": "share of the larger of the two vectors: 0 alike, above 1 unlike",
    "margin": "(next best - cost) / the larger of the two: 1 no doubt, 0 a tie, below 0 another one is nearer",
    "start, end, segments": "s on the clock of the recording",
}


@dataclass(frozen=True, eq=False)
class MatchReport:
    """What is reported. `data()` gives it ready for JSON.

    Attributes
    ----------
    parts : the recordings.
    comparisons : of two segments each.
    settings : name to value.
    river : the units through all recordings, as they were matched or merged; None where other segments were compared.
    """

    parts: tuple[Part, ...]
    comparisons: tuple[Comparison, ...]
    settings: dict[str, Any]
    river: River | None

    def data(self) -> dict[str, Any]:
        """Everything, as numbers, words, lists and dicts; what is not known is None."""
        return {
            "program": f"SpikeSift {VERSION}",
            "created": now(),
            "settings": self.settings,
            "units_of_measure": UNITS_OF_MEASURE,
            "recordings": [_recording(part) for part in self.parts],
            "comparisons": [self._comparison(one) for one in self.comparisons],
            "streams": [] if self.river is None else self._streams(),
        }

    @property
    def columns(self) -> tuple[tuple[str, int, int], ...]:
        """Name, first column and the one after the last of each recording in the river."""
        counts = [len(part.sorted_recording.sorted_segments) for part in self.parts]
        ends = list(accumulate(counts))
        return tuple((part.name, end - count, end) for part, count, end in zip(self.parts, counts, ends, strict=True))

    def _streams(self) -> list[dict[str, Any]]:
        """Each unit through all recordings: its ids in each, in how many segments it was found, where and why lost."""
        found = self.river
        owners = [owners_of(tracks(part.sorted_recording)) for part in self.parts]
        starts = [int(np.flatnonzero(found.columns[:, 0] == place)[0]) for place in range(len(found.stretches))]
        streams = []
        for row, indices in enumerate(found.units.tolist()):
            clusters = [
                (starts[place] + at, cluster)
                for place, index in enumerate(indices)
                if index >= 0
                for at, cluster in found.stretches[place].units[index].members
            ]
            units = [
                sorted({owner[at - first, cluster] for at, cluster in clusters if first <= at < end})
                for owner, (_, first, end) in zip(owners, self.columns, strict=True)
            ]
            lost = lost_words(found, row) or None
            segments, depth = int(found.found[row].sum()), round(float(found.depths[row]), 2)
            streams.append({"units": units, "depth": depth, "segments": segments, "lost": lost})
        return streams

    def _comparison(self, one: Comparison) -> dict[str, Any]:
        reach = flat_range(one.match)
        return {
            "source": self.parts[one.source.recording].name,
            "target": self.parts[one.target.recording].name,
            "source_segment": one.source.segment,
            "target_segment": one.target.segment,
            "compared": "units as last and first seen" if one.match.mutual else "segments",
            "shift_by_hand": one.shift_by_hand,
            "shift": float(one.match.shift),
            "unit_movement": float(0 - one.match.shift),
            "shifts_within_5_percent_of_the_least_cost": None if reach is None else list(reach),
            "curve": [
                {"shift": float(shift), "total_cost": float(cost)}
                for shift, cost in zip(one.match.shifts, one.match.costs, strict=True)
            ],
            "counts": {verdict: len(one.of(verdict)) for verdict in VERDICTS},
            "pairs": [self._pair(pair, one) for pair in one.of(*VERDICTS[:-1])],
            "unmatched": [_left_over(pair, one) for pair in one.of("unmatched")],
        }

    def _pair(self, pair: JudgedPair, one: Comparison) -> dict[str, Any]:
        return {
            "source_recording": self.parts[one.source.recording_of(pair.source)].name,
            "source_unit": one.source.units[pair.source],
            "target_unit": one.target.units[pair.target],
            "source_depth": round(float(one.source.depths[pair.source]), 2),
            "target_depth": round(float(one.target.depths[pair.target]), 2),
            "cost": _number(one.match.pair_costs[pair.source]),
            "relative_cost": _number(pair.relative_cost),
            "margin": _number(pair.margin),
            "verdict": pair.verdict,
            "reason": pair.reason,
        }


def report_mapping(
    source: Part,
    target: Part,
    *,
    max_drift=30,
    source_segment: int = 0,
    target_segment: int = 0,
    followed_only: bool = True,
    refuse_above: float = UNLIKE_COST,
    decisions: Iterable[Decision] = (),
    shift: float | None = None,
) -> MatchReport:
    """Report which unit of `source` is which of `target`; see `map_units`.

    Parameters
    ----------
    refuse_above : relative cost above which a pair is called refused.
    shift : see `map_units`.

    Raises
    ------
    ValueError
        For different probes, or a segment that is not there.
    """
    places = {"source_segment": source_segment, "target_segment": target_segment}
    settings = {"max_drift": max_drift, "refuse_above": refuse_above, "units": "followed" if followed_only else "all"}
    settings["shift_by_hand"] = shift
    recordings = source.sorted_recording, target.sorted_recording
    given = {"max_drift": max_drift, "followed_only": followed_only, "decisions": tuple(decisions), **places}
    mapping = map_units(*recordings, **given, shift=shift)
    one = replace(compared((0, 1), recordings, mapping, refuse_above), shift_by_hand=shift is not None)
    neighbours = mapping.target_segment == 0 and mapping.source_segment == len(recordings[0].sorted_segments) - 1
    streams = None
    if neighbours:
        streams = river(_stretches([source, target]), [one.match], refuse_above, [given["decisions"]])
    return MatchReport((source, target), (one,), settings, streams)


def report_next(
    source: Part, target: Part, *, max_drift=30, decisions: Iterable[Decision] = (), shift: float | None = None
) -> MatchReport:
    """Report which unit of `source` is which of `target`, the recording made next; see `map_next`.

    Raises
    ------
    ValueError
        For different probes.
    """
    recordings, decisions = (source.sorted_recording, target.sorted_recording), tuple(decisions)
    found = match_units(*recordings, max_drift=max_drift, decisions=decisions, shift=shift)
    streams = river(_stretches([source, target]), [found], REFUSED, [decisions])
    one = replace(compared_units(streams, 0), shift_by_hand=shift is not None)
    settings = {"max_drift": max_drift, "refuse_above": REFUSED, "units": "all, as in a merge", "shift_by_hand": shift}
    return MatchReport((source, target), (one,), settings, streams)


def report_merge(
    parts: Sequence[Part],
    merged: SortedRecording,
    *,
    max_drift=30,
    decisions: Mapping[tuple[int, int], Iterable[Decision]] | None = None,
    shifts: Sequence[float | None] | None = None,
) -> MatchReport:
    """Report how recordings were linked by `join_recordings`.

    Where units were followed over gaps, each is reported with all before it, as units (see `river_of_merge`). Otherwise
    the last segment of each is reported with the first of the next; nothing was refused then, and a pair that is unlike
    is called forced.

    Parameters
    ----------
    parts : in time order, same probe. merged : what was made of them.
    decisions, shifts : see `merge_recordings`.

    Raises
    ------
    ValueError
        For different probes.
    """
    by_units = merged.followed is not None and merged.links is not None
    by_hand = list(shifts or [None] * (len(parts) - 1))
    if by_units:
        how = {"max_drift": max_drift, "shifts": by_hand, "decisions": decisions}
        streams = river_of_merge(_stretches(parts), **how)
        found = [compared_units(streams, place) for place in range(len(parts) - 1)]
    else:
        starts = accumulate((len(part.sorted_recording.sorted_segments) for part in parts[:-1]), initial=0)
        names = tuple(zip((_short(part.name) for part in parts), starts, strict=True))
        streams = river([Stretch("", merged, tuple(tracks(merged)), parts[0].sampling_frequency, names)])
        found = list(compared_in_turn([part.sorted_recording for part in parts], max_drift, decisions or {}, by_hand))
    found = [replace(one, shift_by_hand=shift is not None) for one, shift in zip(found, by_hand, strict=True)]
    settings = {"max_drift": max_drift, "refuse_above": REFUSED if by_units else None, "units": "all"}
    settings["shifts_by_hand"] = by_hand
    return MatchReport(tuple(parts), tuple(found), settings, streams)


def write_report(report: MatchReport, path) -> None:
    """Write the report as a JSON file; one that is there is replaced."""
    replace_text(path, json.dumps(report.data(), ensure_ascii=False, indent=1, default=plain))


def _stretches(parts: Sequence[Part]) -> list[Stretch]:
    return [
        Stretch(_short(part.name), part.sorted_recording, tuple(tracks(part.sorted_recording)), part.sampling_frequency)
        for part in parts
    ]


def _short(name: str) -> str:
    """Of a session's folder its name alone."""
    return Path(name).name.removesuffix(SUFFIX)


def _recording(part: Part) -> dict[str, Any]:
    recording, origin = part.sorted_recording, dict(part.origin)
    start, end = (time / part.sampling_frequency for time in (recording.start_time(), recording.end_time()))
    files = files_described(origin.get("recording", {}))
    return {
        "name": part.name,
        "session": origin.get("session"),
        "files": [file["binary_file"] for file in files],
        "preset": origin.get("preset"),
        "sorting_settings": origin.get("settings", {}),
        "sorted_with": origin.get("version"),
        "channels": len(recording.probe_geometry),
        "sampling_frequency": part.sampling_frequency,
        "start": start,
        "end": end,
        "segments": [
            [a / part.sampling_frequency, b / part.sampling_frequency] for a, b in recording.segment_boundaries()
        ],
        "units": len(tracks(recording)),
        "units_in_all_segments": len(throughout(recording)),
    }


def _left_over(pair: JudgedPair, one: Comparison) -> dict[str, Any]:
    side, cluster = (one.source, pair.source) if pair.target is None else (one.target, pair.target)
    return {
        "side": "source" if pair.target is None else "target",
        "unit": side.units[cluster],
        "depth": round(float(side.depths[cluster]), 2),
        "reason": pair.reason,
    }


def _number(value: float) -> float | None:
    """JSON has no NaN."""
    return None if math.isnan(value) else float(value)
