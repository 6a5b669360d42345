"""A unit found beside its deepest channel is found again there: the kernel against its twin, and what it is for."""

from __future__ import annotations

import numpy as np
import pytest

from spikesift_core.kernels import finding
from spikesift_core.kernels.cells import FINISHED, FOUND, MARKED, NOT_HELD
from spikesift_core.stages.units import sort_units
from tests import naive_units as naive
from tests.core.test_finding_kernels import Search, several
from tests.core.unit_signals import BLOCK, around, every, made

WORDS = {"found": FOUND, "finished": FINISHED, "not held": NOT_HELD}


def kernel(search, channel, spikes):
    finder, signal = search.finder, search.signal
    return finding.unit_at_deepest(
        signal.held.cells, signal.held.table, signal.minima, signal.places, finder.noise, finder.floor,
        finder.nearest, finder.around.nearest[channel], finder.rounding, finder.around.components,
        finder.around.before, finder.fewest, finder.spatial, spikes, search.begun[1], search.peaks, search.missing,
    )  # fmt: skip


def twin(search, channel, spikes, held=None):
    return naive.unit_at_deepest(*search.twins_view(held), search.finder.fewest, finding, channel, spikes)


def both(search, channel, spikes):
    state, count, where = kernel(search, channel, spikes)
    words, expected, there = twin(search, channel, spikes)
    assert (state, where) == (WORDS[words], there)
    if state == FOUND:
        np.testing.assert_array_equal(search.peaks[:count], expected)
    return state, search.peaks[:count].copy(), where


def test_as_its_twin_wherever_a_unit_was_found():
    states = []
    for seed in range(6):
        search = Search(*several(seed))
        for channel in range(6):
            lowest, places = search.signal.minima[channel], search.signal.places[channel]
            for deep, size in ((-6, 4000), (-12, 4000), (-6, 30), (-18, 5)):
                inside = np.flatnonzero(lowest < deep)[2:][:size]
                if len(inside):
                    states.append(both(search, channel, inside * BLOCK + places[inside])[0])
    assert states.count(FOUND) > 8 and states.count(FINISHED) > 20


@pytest.mark.parametrize("share", [0.1, 1.0])
def test_cells_that_are_not_held_are_named_and_after_filling_the_answer_is_the_same(share):
    peaks = every(200, 100, 400)
    signal, noise = made([(peaks, [0, 5, 9, 14, 6, 0])], blocks=400)
    search = Search(signal, noise)
    expected = twin(search, 1, peaks)
    search.forget(share, 3)
    held = {(int(c), int(b)) for c, b in np.argwhere(signal.held.table > 0)}
    words, gone, where = twin(search, 1, peaks, held)
    state, count, there = kernel(search, 1, peaks)
    assert (words, state) == ("not held", NOT_HELD) and where == there == 3
    assert {(int(c), int(b)) for c, b in np.argwhere(signal.held.table == MARKED)} == gone
    assert sorted(search.missing[:count]) == sorted(b for _, b in gone)
    search.fill()
    state, count, there = kernel(search, 1, peaks)
    assert (state, there) == (FOUND, 3) and expected[0] == "found"
    np.testing.assert_array_equal(search.peaks[:count], expected[1])


def test_a_unit_that_is_hardly_deeper_elsewhere_stays():
    peaks = every(200, 100, 400)
    search = Search(*made([(peaks, [0, 0, 14, 14.4, 0, 0])], blocks=400))
    assert both(search, 2, peaks)[0] == FINISHED
    assert both(search, 3, peaks)[0] == FINISHED


def test_what_is_another_unit_there_is_not_taken():
    """Beside its spikes lie a few of a larger unit: those are no reason to take that one for it."""
    small, large = every(400, 100, 900), every(400, 300, 900)
    large = np.sort(np.r_[large, small[:20] + 3])
    search = Search(*made([(small, [9, 5, 0, 0, 0, 0]), (large, [0, 0, 0, 20, 9, 0])], blocks=900))
    assert both(search, 0, small)[0] == FINISHED


def test_units_are_found_and_timed_at_their_deepest_channel():
    """One channel has the most to find, because two units meet there; each is deepest on another."""
    first, second = every(310, 100, 900), every(270, 217, 900)
    second = second[np.abs(second[:, None] - first).min(axis=1) > 80]
    signal, noise = made([(first, [14, 20, 17, 5, 0, 0]), (second, [0, 5, 16, 22, 15, 4])], blocks=900)
    assert signal.scores.argmin() == 2
    search = Search(signal, noise)
    search.finder.find_all()
    signal, noise = made([(first, [14, 20, 17, 5, 0, 0]), (second, [0, 5, 16, 22, 15, 4])], blocks=900)
    channels = {unit.channel for unit in Search(signal, noise).finder.find_all() if len(unit.peaks) > 30}
    assert channels == {1, 3}
    signal, noise = made([(first, [14, 20, 17, 5, 0, 0]), (second, [0, 5, 16, 22, 15, 4])], blocks=900)
    spikes, _, _ = sort_units(signal, noise, around(signal, noise), 5, 0.4)
    for true in (first, second):
        assert max(np.isin(true, np.add.outer(found, [-1, 0, 1])).mean() for found in spikes) > 0.97
