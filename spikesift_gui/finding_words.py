"""Findings of the engine as rows with a button: what can be done about them in this window. Knows no Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from spikesift_core.findings import Finding
from spikesift_core.not_numbers import filled_layout
from spikesift_core.parameters import PARAMETERS, resolve, value_words
from spikesift_core.signal_options import OPTIONS
from spikesift_gui.asked import excluded
from spikesift_gui.state import State
from spikesift_gui.widgets.checks import Check
from spikesift_gui.window_words import window_words


def finding_checks(findings: Iterable[Finding], state: State) -> list[Check]:
    """One row for each finding; what was done about it already is said, and no longer a warning."""
    return [_row(replace(finding, words=window_words(finding.words)), state) for finding in findings]


def _row(finding: Finding, state: State) -> Check:
    if finding.leave_out:
        return _leave_out(finding, state)
    if finding.settings:
        return _set(finding, state)
    if finding.order is not None:
        return Check(
            finding.kind, finding.words, "Try this wiring", "channels.rewire", {"order": tuple(finding.order.tolist())}
        )
    if finding.sampling_frequency is not None:
        changes: Mapping[str, Any] = {"sampling_frequency": finding.sampling_frequency}
        return Check(finding.kind, finding.words, f"Use {finding.sampling_frequency:g} Hz", "recording.set", changes)
    if finding.fill:
        draft = state.recording
        changes = {"layout": filled_layout(draft.layout, draft.channels, finding.fill)}
        return Check(finding.kind, finding.words, "Read the median there", "recording.set", changes)
    return Check(finding.kind, finding.words)


def _leave_out(finding: Finding, state: State) -> Check:
    channels = finding.leave_out
    if set(channels) <= set(excluded(state)):
        arguments = {"channels": channels}
        return Check("info", f"{finding.words} (Left out.)", "Take back", "channels.take_back", arguments)
    it = "it" if len(channels) == 1 else "them"
    return Check(finding.kind, finding.words, f"Leave {it} out", "channels.leave_out", {"channels": channels})


def _set(finding: Finding, state: State) -> Check:
    ((name, value),) = finding.settings.items()
    row = PARAMETERS.get(name) or OPTIONS[name]
    unit = f" {row.unit}" if name in PARAMETERS and row.unit else ""
    chosen = dict(row.choices).get(value) if name in OPTIONS else None
    action = f"{row.label}: {chosen or value_words(value)}{unit}"
    if resolve(state.settings.preset, state.settings.given)[name] == value:
        return Check("info", f"{finding.words} (Done: “{action}” is set.)")
    return Check(finding.kind, finding.words, action, "settings.set", {"name": name, "value": value})
