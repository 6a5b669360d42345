"""Which units to look at first: each reason on a recording made so that it holds, and none where all is well."""

import numpy as np
import pytest

from spikesift_core.progress import run_to_end
from spikesift_core.quality import Quality, concerns, measure_quality
from spikesift_core.quality.trains import fewest_pairs, refractory_pairs
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.tracks import tracks

RATE = 30_000.0
SEGMENT = 600_000  # samples, 20 s
COLUMN = np.c_[np.zeros(16), np.arange(16) * 20.0].astype(np.float32)


def vector(depth, size=200.0):
    return size * np.exp(-((COLUMN[:, 1] - depth) ** 2) / (2 * 25**2))


def train(random, index, hertz, least=90):
    """Spikes of one segment, at least 3 ms apart."""
    gaps = least + random.exponential(RATE / hertz - least, int(30 * hertz)).astype(np.int64)
    times = np.cumsum(gaps)
    return times[times < SEGMENT] + index * SEGMENT


def recording(units, segments=4, seed=0):
    """`units` : functions (random, segment) -> (spikes, vector) or None where it is not there; linked as given."""
    random, made, before, chain = np.random.default_rng(seed), [], {}, []
    for index in range(segments):
        found = {place: unit(random, index) for place, unit in enumerate(units)}
        found = {place: one for place, one in found.items() if one is not None}
        made.append(
            SortedSegment(index * SEGMENT, SEGMENT, [t for t, _ in found.values()], [v for _, v in found.values()])
        )
        now = {place: row for row, place in enumerate(found)}
        if index:
            chain.append(np.array([now.get(place, -1) for place in before], np.int64))
        before = now
    return SortedRecording(made, chain, COLUMN)


def steady(depth, hertz=20.0, size=200.0):
    return lambda random, index: (train(random, index, hertz), vector(depth, size))


def asked(found, **changed):
    """The concerns, of the metrics that need no signal and those given."""
    units = tracks(found)
    quality = run_to_end(measure_quality(found, units, RATE))
    quality = Quality(quality.units, {**quality.columns, **{k: np.array(v, float) for k, v in changed.items()}})
    return concerns(found, units, RATE, quality, first=1)


def test_nothing_is_said_of_units_that_are_well():
    assert asked(recording([steady(60), steady(160), steady(250)])) == []


def test_a_contaminated_unit_comes_first_with_the_figures():
    def mixed(random, index):
        foreign = np.sort(random.integers(index * SEGMENT, (index + 1) * SEGMENT, 120))
        return np.sort(np.concatenate([train(random, index, 30.0), foreign])), vector(160)

    found = recording([steady(60), mixed, steady(250)])
    (one,) = asked(found)
    assert one.units == (1,)
    assert "of its spikes come from other neurons (at least" in one.reasons[0] and "under 2 ms" in one.reasons[0]


def test_few_short_intervals_are_not_enough():
    def one_short(random, index):
        times = train(random, index, 3.0)
        return (np.sort(np.append(times, times[3] + 45)) if index == 0 else times), vector(160)

    assert asked(recording([steady(60), one_short])) == []
    assert fewest_pairs(0) == 0 and fewest_pairs(1) == pytest.approx(-np.log(0.9))


def test_pairs_inside_the_dead_time_do_not_count():
    spikes = np.array([0, 20, 1000, 1045, 3000, 3061])
    assert refractory_pairs(spikes, RATE) == (1, 60, 30)


def test_two_halves_of_one_neuron_are_one_entry():
    shared = {}

    def half(which):
        def unit(random, index):
            whole = shared.setdefault(index, train(random, index, 60.0))
            return whole[which::2], vector(160, 200 - 10 * which)

        return unit

    (one,) = asked(recording([steady(60), half(0), half(1)]))
    assert set(one.units) == {1, 2}
    assert "hardly ever fires within 2 ms of it (0 times" in one.reasons[0] and "perhaps one neuron" in one.reasons[0]


def test_units_that_are_there_in_turn_are_perhaps_one():
    first = lambda random, index: (train(random, index, 20.0), vector(160)) if index < 2 else None  # noqa: E731
    second = lambda random, index: (train(random, index, 20.0), vector(161)) if index >= 2 else None  # noqa: E731
    (one,) = asked(recording([steady(60), first, second]))
    assert set(one.units) == {1, 2} and "is there only when this one is not" in one.reasons[0]


def test_a_lost_unit_says_where():
    lost = lambda random, index: (train(random, index, 20.0), vector(250)) if index < 2 else None  # noqa: E731
    (one,) = asked(recording([steady(60), lost]))
    assert one.units == (1,) and one.reasons[0].startswith("lost in segments 3–4: ")


def test_a_jump_against_the_others_is_perhaps_a_wrong_link():
    jumping = lambda random, index: (train(random, index, 20.0), vector(200 if index < 2 else 230))  # noqa: E731
    everybody = lambda depth: lambda random, index: (train(random, index, 20.0), vector(depth + 30 * index))  # noqa: E731
    found = asked(recording([steady(40), steady(100), steady(300), jumping]))
    assert [one.units for one in found] == [(3,)] and "jumps by +30 µm into segment 3" in found[0].reasons[0]
    moving = asked(recording([everybody(40), everybody(100), everybody(160)], segments=3))
    assert not any("jumps" in reason for one in moving for reason in one.reasons), "all moved alike"


def test_poor_isolation_names_the_other_and_small_spikes_that_are_missing_are_said():
    found = asked(recording([steady(60), steady(160), steady(250)]), isolation=[9, 1.5, 1.5], rival=[1, 2, 1],
                  amplitude_cutoff=[0.0, 0.0, 0.4])  # fmt: skip
    assert found[0].units == (2, 1) and len(found) == 1, "each other's reason: one entry"
    assert "hard to tell from unit 1 (isolation 1.5): about 23 % would be mixed up" in found[0].reasons
    assert "about 40 % of its spikes are too small to be found" in found[0].reasons


def test_without_a_sampling_frequency_there_are_still_reasons():
    lost = lambda random, index: (train(random, index, 20.0), vector(250)) if index < 2 else None  # noqa: E731
    found = recording([steady(60), lost])
    quality = run_to_end(measure_quality(found, tracks(found), None))
    assert [one.units for one in concerns(found, tracks(found), None, quality)] == [(1,)]


def test_few_spikes_of_a_twin_are_said_to_be_too_few_to_tell():
    found = recording([steady(100, hertz=8), steady(106, hertz=1), steady(250)])
    said = asked(found)
    assert [one.units for one in said] == [(0, 1)], "what is said of one is not said of the other again"
    assert said[0].reasons[0].startswith("unit 1 looks alike") and said[0].reasons[0].endswith("too few spikes to tell")
    assert "unit 1 looks alike (differs by 0." in said[0].reasons[0]


def test_a_cell_that_fires_again_after_little_less_than_two_ms_is_not_called_contaminated():
    def bursting(gap):
        def unit(random, index):
            times = train(random, index, 20.0)
            return np.sort(np.concatenate([times, times[::60] + gap])), vector(60)

        return unit

    late, early = (asked(recording([bursting(gap), steady(200)])) for gap in (55, 40))  # 1.8 and 1.3 ms
    assert late == [] and "come from other neurons" in early[0].reasons[0]
