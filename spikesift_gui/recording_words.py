"""The recording that is being described, in words: what it is, and what looks wrong. Nothing here knows Qt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from spikesift_core.findings import Finding
from spikesift_core.not_numbers import filled_layout, latest
from spikesift_core.number_words import number_words
from spikesift_core.probe import clashes
from spikesift_core.recording import Recording
from spikesift_core.recording_checks import SignalSample, fitting_channel_counts, sample_signal
from spikesift_core.recording_guesses import Guess, guess_recording
from spikesift_core.recording_layout import FileLayout
from spikesift_core.recording_suspicions import Suspicion, suspected_channels
from spikesift_gui.checking import check
from spikesift_gui.finding_words import finding_checks
from spikesift_gui.state import ProbeDraft, RecordingDraft, State
from spikesift_gui.status import assumed_rate_words, duration_words
from spikesift_gui.widgets.checks import Check
from spikesift_gui.window_words import window_words

# Counts that people have; others that fit are offered after these.
USUAL_COUNTS = (4, 8, 16, 32, 64, 96, 128, 256, 384, 385, 512, 768, 1024)
MOST_COUNTS = 8
NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, eq=False)
class Look:
    """What the values in the file say; found in the background.

    Attributes
    ----------
    size : bytes of the file, or None when it cannot be read.
    counts : numbers of channels that fit the size, ascending.
    sample : noise, baseline and oddities, or None when the description is not good enough to read it.
    channels : the number of channels the values speak for, or None.
    """

    size: int | None = None
    counts: tuple[int, ...] = ()
    sample: SignalSample | None = None
    channels: int | None = None


def fitting_all(sizes: Sequence[int], draft: RecordingDraft) -> tuple[int, ...]:
    """Numbers of channels that fit every file, ascending."""
    fitting = [fitting_channel_counts(size - draft.header, draft.data_type) for size in sizes]
    return tuple(sorted(set(fitting[0]).intersection(*fitting[1:])))


def look(draft: RecordingDraft) -> Look:
    """Look at a few pieces of the file; takes up to some seconds."""
    try:
        sizes = [path.stat().st_size for path in draft.binary_files]
    except OSError:
        return Look()
    size = sum(sizes)
    counts = () if draft.told else fitting_all(sizes, draft)
    found = Look(size, counts)
    preview = check(replace(draft, channels=draft.channels or 1), ProbeDraft()).preview
    if preview is None:
        return found
    try:
        with np.errstate(all="ignore"):  # bytes read as the wrong type hold any number
            if not draft.told:
                tried = sorted({*counts, *USUAL_COUNTS})  # a file that was cut off fits none of the likely ones
                found = replace(found, channels=suspected_channels(preview, tried))
            if draft.channels:
                doubted = found.channels is not None and found.channels != draft.channels
                found = replace(found, sample=sample_signal(preview, check_rate=not doubted))
    except ValueError:
        return found  # the file is shrinking or gone: the description is checked again when it is used
    return found


# Facts


def facts(draft: RecordingDraft, preview: Recording | None, found: Look | None) -> str:
    """Size, length, samples, noise, baseline, as far as they are known."""
    size = found.size if found and found.size is not None else preview.file_size if preview else None
    words = [] if size is None else [f"{size_words(size)} ({size:,} bytes)" if size >= 1000 else size_words(size)]
    if preview is not None:
        words += [_length(preview), f"{preview.num_samples:,} samples on each channel", *_part(preview)]
    sample = found.sample if found else None
    if sample is not None:
        words.append(f"noise{NO_BREAK}{_over_channels(sample.noise, draft.gain)}")
        words.append(f"baseline{NO_BREAK}{_over_channels(sample.baseline, draft.gain)}")
    return ", ".join(words)


def size_words(size: float) -> str:
    """Bytes for people: "3.45 MB"."""
    power = min(4, max(0, (len(str(int(size))) - 1) // 3))
    return f"{size / 1000**power:.3g} {('bytes', 'kB', 'MB', 'GB', 'TB')[power]}"


def value_words(value: float, gain: float | None) -> str:
    """A value of the file in µV, or in the file's own steps while the gain is not known."""
    if not np.isfinite(value):
        return "–"
    shown, unit = (value * gain, "µV") if gain else (value, "steps")
    return f"{number_words(shown, '.3g' if abs(shown) < 1000 else ',.0f')} {unit}"


def _length(preview: Recording) -> str:
    exact = f" ({preview.duration:,.3f} s)" if preview.duration >= 60 else ""
    return f"{duration_words(preview.duration)}{exact}"


def _part(preview: Recording) -> list[str]:
    """From which second to which, where not all of the file is used."""
    rate = preview.sampling_frequency
    start, stop = preview.sample_offset / rate, (preview.sample_offset + preview.num_samples) / rate
    return [f"from {start:,.3f} s to {stop:,.3f} s of the file"] if preview.sample_offset else []


def _over_channels(values: np.ndarray, gain: float | None) -> str:
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return "– (cannot be measured)"
    low, typical, high = (value_words(value, gain) for value in (known.min(), np.median(known), known.max()))
    if low == high:
        return typical
    (low, _), (typical, unit), (high, _) = (words.split(" ") for words in (low, typical, high))
    return f"{typical} ({low} to {high}) {unit}".replace(" ", NO_BREAK)


# Checks


def offered_counts(draft: RecordingDraft, found: Look | None) -> list[int]:
    """Numbers of channels to offer for one click, ascending: of those that fit the size the likeliest 8 or fewer."""
    if found is None or draft.told or draft.channels in found.counts:
        return []
    usual = [count for count in USUAL_COUNTS if count in found.counts]
    near = sorted(found.counts, key=lambda count: abs(count - (draft.channels or 32)))
    likely = [found.channels] if found.channels in found.counts else []
    return sorted(list(dict.fromkeys([*likely, *usual, *near]))[:MOST_COUNTS])


def guesses_of(files: Sequence[Path], header: int) -> list[Guess]:
    """Likely ways in which the files were written; takes up to a second. None for files that cannot be read."""
    try:
        with np.errstate(all="ignore"):  # bytes read as the wrong type hold any number
            return guess_recording(files, header)
    except ValueError:
        return []


def offered_guesses(draft: RecordingDraft, guesses: Sequence[Guess]) -> list[Guess]:
    """Those to be offered: none where the file is described as the likeliest of them."""
    if draft.told or not guesses:
        return []
    best = guesses[0]
    described = (best.data_type, best.channels, best.swapped) == (draft.data_type, draft.channels, False)
    return [] if described else list(guesses)


def recording_checks(state: State, found: Look | None, more: Iterable[Finding] = ()) -> list[Check]:
    """Everything that can be said about the description, the worst first; what is being looked at is said too.

    Parameters
    ----------
    more : findings that take longer: on the wiring and on the course of the recording.
    """
    checks = [*_size(state, found), *_meaning(state, found, more), *_probe(state, found), *_filled(state)]
    sample = found.sample if found else None
    looking = state.job("survey") is not None
    if found is None:
        checks.append(Check("info", "Looking at the values in the file…"))
    elif looking and sample is not None:
        checks.append(Check("info", "Looking along the recording…"))
    order = ("error", "warning", "info", "ok")
    if sample is not None and not looking and not any(check.kind in ("error", "warning") for check in checks):
        checks.append(Check("ok", _nothing_odd(state, sample, bool(checks))))
    return sorted(checks, key=lambda one: order.index(one.kind))


def doubts(state: State, found: Look | None, more: Iterable[Finding] = ()) -> tuple[str, ...]:
    """What looks odd about the values, and nothing was done about yet."""
    return tuple(check.text for check in _meaning(state, found, more) if check.kind in ("error", "warning"))


def _nothing_odd(state: State, sample: SignalSample, other: bool) -> str:
    overview = state.seen.overview if state.seen.recording is state.checked.preview else None
    along = f" closely, {len(overview.times)} short pieces along it for changes" if overview and overview.done else ""
    words = f"The file can be read as described and nothing {'else ' if other else ''}looks odd"
    looked = f"{words} ({sample.seconds:.2g} s of it looked at{along})."
    if state.recording.stream is not None:
        return looked
    return f"{looked} That the sampling frequency is right cannot be seen: half or twice as much may look as good."


def _filled(state: State) -> list[Check]:
    draft = state.recording
    if draft.layout is None or not draft.layout.fill:
        return []
    words = "NaN and infinity in the file are read as the median of their channel; the file stays as it is."
    changes = {"layout": filled_layout(draft.layout, draft.channels, ())}
    return [Check("info", words, "Take back", "recording.set", changes)]


def _size(state: State, found: Look | None) -> list[Check]:
    draft, problem = state.recording, state.checked.file_problem
    if not problem:
        return []
    if draft.stream is not None and draft.stream.convert:
        warned = [Check("warning", words) for words in draft.stream.warnings]
        return [Check("error", problem, "Convert…", "recording.convert"), *warned]
    if draft.told:
        return [Check("error", problem, *_use_all(draft))]
    if not draft.channels and (found is None or found.size):
        more = " The numbers above fit its size." if found and found.counts else ""
        return [Check("error", f"How many channels are in the file? It does not say.{more}")]
    whole = state.checked.preview
    if whole is None or draft.num_samples is not None:
        return [Check("error", problem, *_use_all(draft))]
    rest = (whole.file_size - draft.header) % whole.bytes_per_sample
    words = (
        f"The size does not fit: {draft.channels} channels of {draft.data_type} take {whole.bytes_per_sample} bytes a "
        f"sample, and {rest} bytes are left over at the end. Check type, channels and header"
    )
    fits = " (numbers of channels that fit are above)" if found and found.counts else ""
    use = f"Use {whole.num_samples:,} samples"
    return [Check("error", f"{words}{fits}.", use, "recording.set", {"num_samples": whole.num_samples})]


def _use_all(draft: RecordingDraft) -> tuple:
    return ("Use all samples", "recording.set", {"num_samples": None}) if draft.num_samples is not None else ()


def _meaning(state: State, found: Look | None, more: Iterable[Finding]) -> list[Check]:
    draft = state.recording
    checks = _rate(draft)
    if found is None:
        return [*checks, *finding_checks(more, state)]
    likely, suspicion = found.channels, found.sample.suspicion if found.sample else None
    if likely and likely != draft.channels and suspicion is None:
        words = (
            f"The values look like {likely} channels: those {likely} places apart are most alike. With another number "
            "the heat map shows diagonal stripes."
        )
        checks.append(Check("warning", words, f"Use {likely}", "recording.set", {"channels": likely}))
    if likely is None and draft.channels_assumed and found.sample is not None:
        checks.append(_count_of_probe(draft.channels))
    findings = found.sample.findings if found.sample else ()
    if suspicion is not None:
        checks.append(_other_type(window_words(findings[0].words), suspicion, draft))
        findings = findings[1:]
    return [*checks, *finding_checks(latest([*findings, *more]), state)]


def _count_of_probe(channels: int) -> Check:
    words = (
        f"The file does not say how many channels it has: {channels} is the number of contacts of the probe that is "
        "open. Type in another number, or say that it is that."
    )
    return Check("warning", words, f"It has {channels}", "recording.set", {"channels": channels})


def _rate(draft: RecordingDraft) -> list[Check]:
    words, rate = assumed_rate_words(draft), draft.sampling_frequency
    if not words:
        return []
    return [Check("warning", words, f"It is {rate:g} Hz", "recording.set", {"sampling_frequency": rate})]


def _other_type(words: str, suspicion: Suspicion, draft: RecordingDraft) -> Check:
    if suspicion.swapped:
        count = draft.channels
        layout = FileLayout(count, tuple(range(count)), swapped=True)
        return Check("error", words, "Swap bytes", "recording.set", {"layout": layout})
    other = suspicion.data_type
    return Check("warning", words, f"Use {other}", "recording.set", {"data_type": other})


def _probe(state: State, found: Look | None) -> list[Check]:
    draft, contacts = state.recording, len(state.probe)
    if contacts == 0 or not draft.channels:
        return []
    if contacts == draft.channels:
        return _same_place(state)
    if draft.told or (found is not None and found.channels == draft.channels):
        words = (
            f"The probe has {contacts} contacts and the recording {draft.channels} channels: bring the probe that was "
            "used."
        )
        return [Check("error", words, "Go to Probe", "page.probe")]
    words = f"The probe has {contacts} contacts and the file {draft.channels} channels. Every channel needs a contact."
    return [Check("error", words, f"Use {contacts} channels", "recording.set", {"channels": contacts})]


def _same_place(state: State) -> list[Check]:
    pairs = clashes(state.probe.positions)
    if not pairs:
        return []
    more = f" and {len(pairs) - 1} more pairs" if len(pairs) > 1 else ""
    words = f"Channels {pairs[0][0]} and {pairs[0][1]}{more} are at one place on the probe: two contacts cannot be."
    return [Check("error", words, "Go to Probe", "page.probe")]
