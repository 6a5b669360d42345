"""What looks odd along a recording: jumps of noise and baseline, drift along the probe, parts without activity."""

from __future__ import annotations

import numpy as np

from spikesift_core import not_numbers
from spikesift_core.findings import Finding, listed
from spikesift_core.overview import Overview
from spikesift_core.recording import Recording

FEWEST = 20  # columns, fewer do not tell
EDGE = 5  # columns at either end where no jump is looked for
NOISE_RATIO = 1.5  # of the median noise after and before a jump
SURE = 4.0  # the difference of the medians, in SDs of a column on either side
BASELINE_NOISES = 5.0
SILENT_SHARE, ACTIVE = 0.05, 2.0  # of the usual activity; spikes per second that are worth speaking of
SILENT_COLUMNS = 5  # in a row
STILL_PERCENT, FLAT_COLUMNS = 0.1, 3  # of what was looked at; columns in which a channel keeps one value
PARTS = 10  # the recording is cut into so many to look for drift
FEWEST_BINS, LEAST_ALIKE = 8, 0.6  # depths with activity; correlation of two shifted profiles that can be trusted
LESS_ALIKE, STEP_GAIN = 0.5, 0.2  # also trusted: less alike, but by so much more than without a shift
SMALL_UM = 25.0  # a shift of more than this has to be more alike by `STEP_GAIN`, and other depths active, in any case
LEAST_SAID_UM = 35.0  # what sorting follows without a word
STEP_UM, SMOOTH_UM = 5.0, 40.0
MOST_SHARE = 0.4  # of the probe's length: a larger shift leaves too little to be compared
# Correlation of the profiles on the same side of a moment when another set of depths becomes active, by how much those
# on different sides have less (steady recordings, and those that drift by 30 um: 0.22 or less), parts on either side.
SAME_SIDE, OTHER_SIDE_LESS, FEWEST_PARTS = 0.6, 0.4, 2
STEP_LESS, STEP_PARTS = 0.3, 3  # the same for a step, and tenths on either side of it that are looked at


def course_findings(recording: Recording, overview: Overview, max_drift: float) -> list[Finding]:
    """What is to be said about the course of a recording, looked over to its end.

    Parameters
    ----------
    overview : of this recording, see `overview.survey`.
    max_drift : largest drift between segments that sorting will follow, um.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    odd = [] if overview.not_numbers is None else not_numbers.findings(recording, overview.not_numbers)
    return [*odd, *overview_findings(overview, max_drift)]


def overview_findings(overview: Overview, max_drift: float) -> list[Finding]:
    """The same as `course_findings`, from the overview alone."""
    if len(overview.times) < FEWEST:
        return []
    still = _still(overview)
    found = [*still, *_flat(overview), *_noise(overview), *_baseline(overview)]
    return [*found, *([] if still else _silence(overview)), *_drift(overview, max_drift)]


def _still(overview: Overview) -> list[Finding]:
    """Parts in which every channel keeps one value: filled up by a program, or an amplifier that was off."""
    share, where = 100 * float(overview.still.mean()), np.flatnonzero(overview.still)
    if share < STILL_PERCENT or share == 100:
        return []
    words = (
        f"No channel changes its value for {share:.2g} % of the time, {_between(overview, where)}: nothing was "
        "recorded there. Were packets lost and filled up, or was the amplifier off? No spike is found there, but the "
        "edges may look like some. Of a long part, use only what is before or after it (samples to skip, to use)."
    )
    return [Finding(words)]


def _flat(overview: Overview) -> list[Finding]:
    """Channels that keep one value in a part of the recording, not where all do."""
    alive = ~overview.flat.all(axis=0)
    columns = overview.flat[:, alive].sum(axis=1)
    channels = np.flatnonzero((columns >= FLAT_COLUMNS) & (columns < alive.sum()))
    if len(channels) == 0:
        return []
    where = np.flatnonzero(overview.flat[channels].any(axis=0) & alive)
    words = (
        f"Flat in a part of the recording, {_between(overview, where)}: {listed(channels)}. Did a wire come loose? A "
        "unit that is seen there looks different then: leave the channels out, or use only the part in which they work."
    )
    return [Finding(words, leave_out=tuple(channels.tolist()))]


def _between(overview: Overview, columns: np.ndarray) -> str:
    first, last = (_clock(overview.times[column]) for column in (columns[0], columns[-1]))
    return f"near {first}" if first == last else f"between {first} and {last}"


def _noise(overview: Overview) -> list[Finding]:
    found = largest_jump(overview.noise)
    if found is None:
        return []
    column, before, after = found
    low, high = sorted((before, after))
    if low <= 0 or high / low < NOISE_RATIO:
        return []
    words = (
        f"The noise becomes {after / before:.2g} times as large at {_clock(overview.times[column])}. Did a cable or "
        "the ground come loose? If one part is bad, use only the other (samples to skip, samples to use)."
    )
    return [Finding(words)]


def _baseline(overview: Overview) -> list[Finding]:
    found = largest_jump(overview.baseline)
    noise = np.nanmedian(overview.noise) if np.isfinite(overview.noise).any() else np.nan
    if found is None or not noise > 0 or abs(found[2] - found[1]) < BASELINE_NOISES * noise:
        return []
    column, before, after = found
    words = (
        f"The baseline jumps from {before:.4g} to {after:.4g} (in the values of the file) at "
        f"{_clock(overview.times[column])}. The filter takes it off, but the jump itself may look like a spike. If one "
        "part is bad, use only the other (samples to skip, samples to use)."
    )
    return [Finding(words)]


def _silence(overview: Overview) -> list[Finding]:
    total = np.nansum(overview.activity, axis=0)
    usual = np.median(total)
    if usual < ACTIVE:
        return []
    silent = total < SILENT_SHARE * usual
    edges = np.flatnonzero(np.diff(np.concatenate([[False], silent, [False]])))
    runs = [(start, end) for start, end in edges.reshape(-1, 2) if end - start >= SILENT_COLUMNS]
    if not runs:
        return []
    start, end = max(runs, key=lambda run: run[1] - run[0])
    words = (
        f"Hardly a spike between {_clock(overview.times[start])} and {_clock(overview.times[end - 1])}, while there "
        f"are {usual:.0f} a second elsewhere. Was the probe or the amplifier off? Leave that part out if so."
    )
    return [Finding(words)]


def _drift(overview: Overview, max_drift: float) -> list[Finding]:
    shifts = drift_along_probe(overview)
    if shifts is None:
        return _other_depths(overview)
    span = float(np.ptp(shifts))
    step = float(np.abs(np.diff(shifts)).max())
    spacing = float(np.median(np.diff(overview.depths)))
    if span < max(2 * spacing, LEAST_SAID_UM):
        return _other_depths(overview)
    words = f"The activity moves along the probe by about {span:.0f} µm in the course of the recording (drift)."
    if step <= max_drift:
        words += f" Sorting follows up to {max_drift:g} µm from segment to segment."
        return [Finding(words, "info")]
    wanted = STEP_UM * np.ceil(step / STEP_UM) + STEP_UM
    words += f" A step of {step:.0f} µm is more than the {max_drift:g} µm that sorting follows: raise it."
    return [Finding(words, settings={"max_drift": float(wanted)})]


def _other_depths(overview: Overview) -> list[Finding]:
    profiles = _profiles(overview)
    changed = None if profiles is None else sudden_change(profiles)
    if changed is None:
        return []
    at = overview.times[len(np.concatenate(np.array_split(overview.times, PARTS)[:changed]))]
    words = (
        f"From {_clock(at)} on other depths are active than before, all at once: the probe or the tissue seems to have "
        "jumped by more than can be told here. Units are probably not followed over that moment: sort the parts before "
        "and after it one by one (samples to skip, samples to use), and compare them on the page Match."
    )
    return [Finding(words)]


def sudden_change(profiles: np.ndarray) -> int | None:
    """The first of the profiles (parts, depths) from which on another set of depths is active; None where there is no
    such moment."""
    alike = _alike(profiles)
    best, less = None, OTHER_SIDE_LESS
    for cut in range(FEWEST_PARTS, len(profiles) - FEWEST_PARTS + 1):
        sides = [alike[part, part][np.triu_indices(size, 1)] for part, size in _sides(cut, len(profiles))]
        same, other = np.concatenate(sides).mean(), alike[:cut, cut:].mean()
        if same >= SAME_SIDE and same - other >= less:
            best, less = cut, same - other
    return best


def _alike(profiles: np.ndarray) -> np.ndarray:
    """Correlation of each two profiles; 0 with one without activity."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(np.corrcoef(profiles))


def _sides(cut: int, parts: int) -> tuple[tuple[slice, int], tuple[slice, int]]:
    return (slice(0, cut), cut), (slice(cut, parts), parts - cut)


def drift_along_probe(overview: Overview) -> np.ndarray | None:
    """Shift of the profile of activity in each tenth of the recording against the first, (parts,) float64 um; None
    where the activity does not tell."""
    profiles = _profiles(overview)
    if profiles is None:
        return None
    alike, shifts = _alike(profiles), [0.0]
    for part in range(1, len(profiles)):
        shift = _shift(profiles[part - 1], profiles[part], _other_side(alike, part))
        if shift is None:
            return None
        shifts.append(shifts[-1] + shift)
    return np.array(shifts)


def _other_side(alike: np.ndarray, part: int) -> bool:
    """Whether the profiles just before a part are unlike those from it on, and alike among themselves."""
    first, last = max(0, part - STEP_PARTS), min(len(alike), part + STEP_PARTS)
    near = alike[first:last, first:last]
    sides = [near[one, one][np.triu_indices(size, 1)] for one, size in _sides(part - first, last - first)]
    same = np.concatenate(sides)
    return bool(same.mean() - near[: part - first, part - first :].mean() >= STEP_LESS)


def _profiles(overview: Overview) -> np.ndarray | None:
    """Activity along the probe in each tenth of the recording, smoothed, (parts, depths) in steps of `STEP_UM`."""
    active = np.nansum(overview.activity, axis=1) > 0
    if active.sum() < FEWEST_BINS or len(overview.times) < 2 * PARTS:
        return None
    parts = np.array_split(np.nan_to_num(overview.activity), PARTS, axis=1)
    depth = np.arange(overview.depths[0], overview.depths[-1] + 1, STEP_UM)
    window = np.hanning(2 * round(SMOOTH_UM / STEP_UM) + 3)
    levels = [np.interp(depth, overview.depths, np.sqrt(part.mean(axis=1))) for part in parts]
    return np.array([np.convolve(level, window, "same") for level in levels])


def _shift(before: np.ndarray, after: np.ndarray, may_step: bool) -> float | None:
    """By how much `after` is moved up against `before`, um; None where they are unlike at every shift. `may_step`:
    whether it may be by more than `SMALL_UM`."""
    most = round(MOST_SHARE * len(before))
    scores = {}
    for shift in range(-most, most + 1):
        one = before[max(0, -shift) : len(before) - max(0, shift)]
        other = after[max(0, shift) : len(after) + min(0, shift)]
        if one.std() > 0 and other.std() > 0:
            scores[shift] = float(np.corrcoef(one, other)[0, 1])
    if not scores:
        return None
    best = max(scores, key=lambda shift: (scores[shift], -abs(shift)))
    clear = may_step and scores[best] - scores.get(0, -1.0) >= STEP_GAIN
    if abs(best) * STEP_UM > SMALL_UM and not clear:
        near = [shift for shift in scores if abs(shift) * STEP_UM <= SMALL_UM]
        best = max(near, key=lambda shift: (scores[shift], -abs(shift)))
    stands_out = scores[best] >= LESS_ALIKE and scores[best] - scores.get(0, 1.0) >= STEP_GAIN
    return best * STEP_UM if scores[best] >= LEAST_ALIKE or stands_out else None


def largest_jump(values: np.ndarray) -> tuple[int, float, float] | None:
    """The column from which on `values` (nan: not known) differ most, and the medians before and after; None when no
    jump stands out from how much the columns on either side differ."""
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 2 * EDGE + 2:
        return None
    seen = values[known].astype(np.float64)
    best, jump = None, 0.0
    for cut in range(EDGE, len(seen) - EDGE):
        before, after = np.median(seen[:cut]), np.median(seen[cut:])
        left = np.abs(seen[:cut] - before).mean() * cut + np.abs(seen[cut:] - after).mean() * (len(seen) - cut)
        gain = np.abs(seen - np.median(seen)).sum() - left
        if gain > jump:
            best, jump = (cut, before, after), gain
    if best is None:
        return None
    cut, before, after = best
    spread = np.median(np.abs(np.concatenate([seen[:cut] - before, seen[cut:] - after]))) / 0.6745
    return (int(known[cut]), float(before), float(after)) if abs(after - before) > SURE * spread else None


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{seconds:.1f} s" if minutes < 1 else f"{minutes:.0f} min {rest:.0f} s"
