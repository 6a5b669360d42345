"""What stands below a picture of a view: what it shows, of which recording, made by which version. Knows no Qt.

A view names in `View.says` which parts its picture needs; a part is a row of PARTS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spikesift_core.version import VERSION
from spikesift_gui.explaining import KINDS
from spikesift_gui.match_words import segment_words, side_name, side_words
from spikesift_gui.matching import limit, question
from spikesift_gui.state import Result, State
from spikesift_gui.status import duration_words

MOST_UNITS = 12  # named one by one

Option = Callable[[str, State], Any]


def _recording(state: State, _option: Option) -> str:
    result = state.results.current
    if result is None:
        return ""
    preset = f", sorted with preset {result.preset}" if result.preset else ""
    return f"{result.name}{preset}{'' if result.complete else ' (not complete)'}"


def _file(state: State, _option: Option) -> str:
    return state.recording.name


def _units(state: State, _option: Option) -> str:
    units = state.selection.units
    if not units:
        return ""
    more = f" and {len(units) - MOST_UNITS} more" if len(units) > MOST_UNITS else ""
    return f"unit{'s' if len(units) > 1 else ''} {', '.join(map(str, units[:MOST_UNITS]))}{more}"


def _all_units(state: State, option: Option) -> str:
    result = state.results.current
    count = "" if result is None else f"all {len(result.tracks)} units"
    chosen = _units(state, option)
    return f"{count}, selected: {chosen}" if count and chosen else count


def _segment(state: State, _option: Option) -> str:
    result, segment = state.results.current, state.view.segment
    if result is None:
        return ""
    count = len(result.sorted_recording.sorted_segments)
    if segment is not None and segment < count:
        return f"segment {segment_words(result, segment)}"
    return f"{_length(result)}, {count} segment{'s' if count != 1 else ''}"


def _length(result: Result) -> str:
    recording, rate = result.sorted_recording, result.sampling_frequency
    if rate is None:
        return "sampling frequency not known"
    return f"0 – {duration_words((recording.end_time() - recording.start_time()) / rate)}"


def _time(state: State, _option: Option) -> str:
    start, span = state.view.time_start, state.view.time_span
    return f"{start:.3f} – {start + span:.3f} s"


def _filtered(_state: State, option: Option) -> str:
    return "filtered as the sorter sees it" if option("filtered", _state) else "as in the file"


def _kind(state: State, option: Option) -> str:
    words = {"filtered": "filtered as the sorter sees it", "raw": "as in the file", **KINDS}
    return words[option("kind", state)]


def _expression(state: State, _option: Option) -> str:
    return f"filter: {state.view.filter_text}" if state.view.filter_text else ""


def _pair(state: State, _option: Option) -> str:
    asked = question(state)
    if asked is None:
        return ""
    what = "" if asked.units else "segment "
    sides = (asked.source, asked.target)
    words = " → ".join(f"{side_name(side, asked)}, {what}{side_words(side, asked)}" for side in sides)
    return f"{words}; largest drift {asked.max_drift:g} µm, refused above {limit(state):.2f}"


def _recordings(state: State, _option: Option) -> str:
    return ", ".join(result.name for result in state.results.items if not result.joined_from)


def _probe(state: State, _option: Option) -> str:
    return f"probe {state.probe.source}, {len(state.probe)} contacts" if len(state.probe) else ""


PARTS: Mapping[str, Callable[[State, Option], str]] = {
    "recording": _recording,
    "file": _file,
    "units": _units,
    "all units": _all_units,
    "segment": _segment,
    "time": _time,
    "filtered": _filtered,
    "kind": _kind,
    "expression": _expression,
    "pair": _pair,
    "recordings": _recordings,
    "probe": _probe,
}


def caption(title: str, says: tuple[str, ...], state: State, option: Option) -> str:
    """The words below a picture.

    Parameters
    ----------
    title : of the view.
    says : rows of PARTS, in their order.
    option : gives a setting of the view, by its name and the state.
    """
    words = [PARTS[part](state, option) for part in says]
    return " · ".join(part for part in (title, *words, f"SpikeSift {VERSION}") if part)
