"""Waveforms and correlograms of the two units of a pair; computed in the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spikesift_core.linking import Match
from spikesift_core.tracks import Track
from spikesift_core.unit_facts import nearby_channels
from spikesift_core.waveforms import Waveforms, soon_read, unit_waveforms
from spikesift_gui.correlogram_panels import count_panels
from spikesift_gui.matching import Question, Side
from spikesift_gui.pair_candidates import candidates
from spikesift_gui.widgets.correlogram_grid import Panel, Place

MOST_CHANNELS = 10  # of each unit, around its peak
SAMPLE = 200  # spikes of each unit, at most
BIN_MS, WINDOW_MS = 1.0, 50.0


@dataclass(frozen=True, eq=False)
class OneOfTwo:
    """A unit of a pair.

    Attributes
    ----------
    side : what is compared. cluster : its row there. track : the unit it belongs to.
    partner : whether it is in the pair; False for the nearest one that is shown beside a unit without a partner.
    """

    side: Side
    cluster: int
    track: Track
    partner: bool = True

    @property
    def key(self) -> tuple:
        """What its pictures depend on."""
        result = self.side.result
        return result.sorted_recording, result.recording, self.side.places[self.cluster]


@dataclass(frozen=True, eq=False)
class Pictures:
    """What is drawn: the units, waveforms of each (None without a signal), panels by row and column."""

    units: tuple[OneOfTwo, ...]
    waveforms: tuple[Waveforms | None, ...]
    panels: dict[Place, Panel]


def two_units(asked: Question, match: Match, pair: tuple[int | None, int | None]) -> tuple[OneOfTwo, ...]:
    """The units of a pair; beside one without a partner the nearest of the other segment."""
    nearest = candidates(asked, match, pair)[:1] if None in pair else []
    clusters = (nearest[0].source, nearest[0].target) if nearest else pair
    found = []
    for side, mine, shown in zip((asked.source, asked.target), pair, clusters, strict=True):
        if shown is not None:
            unit = side.units[shown]
            track = next(track for track in side.result.tracks if track.id == unit)
            found.append(OneOfTwo(side, shown, track, mine is not None))
    return tuple(found)


def take_pictures(units: Sequence[OneOfTwo], colors: Sequence[str]) -> Pictures:
    """Cut waveforms of the segments compared, and count correlograms of all spikes."""
    return Pictures(tuple(units), tuple(_waveforms(one) for one in units), _panels(units, colors))


def _waveforms(one: OneOfTwo) -> Waveforms | None:
    """On the channels near the unit's peak in the segment that is compared, or where it was last or first seen."""
    result = one.side.result
    if result.recording is None:
        return None
    peak = int(one.side.vectors[one.cluster].argmax())
    channels = nearby_channels(peak, result.sorted_recording.probe_geometry, most=MOST_CHANNELS)
    most, segment, method = (
        soon_read(result.signal, SAMPLE),
        one.side.places[one.cluster][0],
        result.how_measured["method"],
    )
    how = {"most": most, "segment": segment, "method": method}
    found = unit_waveforms(result.signal, result.sorted_recording, one.track, channels, **how)
    return found if len(found.samples) else None  # of a merged recording one may be missing


def _panels(units: Sequence[OneOfTwo], colors: Sequence[str]) -> dict[Place, Panel]:
    """Autocorrelograms on the diagonal; beside it the crosscorrelograms, where both have one clock."""
    results = [one.side.result for one in units]
    if any(result.sampling_frequency is None for result in results):
        return {}
    same = len(units) == 2 and results[0] is results[1] and units[0].track is not units[1].track
    groups = [tuple(range(2))] if same else [(place,) for place in range(len(units))]
    found = {}
    for group in groups:
        result, tracks = results[group[0]], [units[place].track for place in group]
        counted = count_panels(result.sorted_recording, tracks, result.sampling_frequency, BIN_MS, WINDOW_MS)
        for (row, column), panel in counted.items():
            found[group[row], group[column]] = replace(panel, color=colors[group[column]])
    return found
