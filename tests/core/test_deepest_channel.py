"""A unit found beside its deepest channel is found again there: as its slow twin does it, and what it is for."""

from __future__ import annotations

import numpy as np
import pytest

from spikesift_core.kernels import finding
from spikesift_core.kernels.cells import mark_missing
from spikesift_core.stages import units
from spikesift_core.stages.units import Search, peaks_beside, sort_units
from tests import naive_units as naive
from tests.core.test_finding_kernels import Search as SearchOfBoth
from tests.core.test_finding_kernels import several
from tests.core.unit_signals import BLOCK, around, every, made


def both(search, channel, spikes):
    """Where the unit is found, and whether it was moved there: as the twins say."""
    seen, _, features, cut, _, _ = search.twins_view()
    fewest = search.finder.fewest
    expected = naive.at_deepest(seen, features, cut, fewest, finding, units, channel, spikes)
    room = Search(*search.begun, search.peaks, search.missing)
    before = search.finder.retired.copy(), search.finder.finished.copy()
    home, found = search.finder.at_deepest(channel, spikes, room)
    assert home == expected[0]
    np.testing.assert_array_equal(found, expected[1])
    np.testing.assert_array_equal(search.finder.retired, before[0])
    np.testing.assert_array_equal(search.finder.finished, before[1])
    assert room.begun.tolist() == [-1, 0, 0], "the next search begins anew"
    return home, home != channel


def test_as_its_twin_wherever_a_unit_was_found():
    moved = []
    for seed in range(6):
        search = SearchOfBoth(*several(seed))
        for channel in range(6):
            lowest, places = search.signal.minima[channel], search.signal.places[channel]
            for deep, size in ((-6, 4000), (-12, 4000), (-6, 30), (-18, 5)):
                inside = np.flatnonzero(lowest < deep)[2:][:size]
                if len(inside):
                    moved.append(both(search, channel, inside * BLOCK + places[inside])[1])
    assert moved.count(True) > 4 and moved.count(False) > 20


@pytest.mark.parametrize("share", [0.1, 1.0])
def test_what_is_not_held_is_filled_before_a_unit_is_moved(share):
    peaks = every(200, 100, 400)
    signal, noise = made([(peaks, [0, 5, 9, 14, 6, 0])], blocks=400)
    search = SearchOfBoth(signal, noise)
    room = Search(*search.begun, search.peaks, search.missing)
    expected = search.finder.at_deepest(1, peaks, room)
    search.forget(share, 3)
    held = signal.held

    def hold(peaks, channels, before, after):
        gone = mark_missing(held.table, peaks, channels, before, after, signal.block, search.missing)
        search.fill()
        filled.append(gone)

    filled = []
    held.hold, held.fill = hold, lambda missing, channels: search.fill()
    channel, spikes = search.finder.at_deepest(1, peaks, room)
    assert channel == expected[0] == 3 and sum(filled) > 0
    np.testing.assert_array_equal(spikes, expected[1])


def test_a_unit_that_is_hardly_deeper_elsewhere_stays():
    peaks = every(200, 100, 400)
    search = SearchOfBoth(*made([(peaks, [0, 0, 14, 14.4, 0, 0])], blocks=400))
    assert both(search, 2, peaks) == (2, False)
    assert both(search, 3, peaks) == (3, False)


def test_what_is_another_unit_there_is_not_taken():
    """Beside its spikes lie a few of a larger unit: those are no reason to take that one for it."""
    small, large = every(400, 100, 900), every(400, 300, 900)
    large = np.sort(np.r_[large, small[:20] + 3])
    search = SearchOfBoth(*made([(small, [9, 5, 0, 0, 0, 0]), (large, [0, 0, 0, 20, 9, 0])], blocks=900))
    assert both(search, 0, small) == (0, False)


def test_units_are_found_and_timed_at_their_deepest_channel():
    """One channel has the most to find, because two units meet there; each is deepest on another."""
    first, second = every(310, 100, 900), every(270, 217, 900)
    second = second[np.abs(second[:, None] - first).min(axis=1) > 80]
    signal, noise = made([(first, [14, 20, 17, 5, 0, 0]), (second, [0, 5, 16, 22, 15, 4])], blocks=900)
    assert signal.scores.argmin() == 2
    search = SearchOfBoth(signal, noise)
    search.finder.find_all()
    signal, noise = made([(first, [14, 20, 17, 5, 0, 0]), (second, [0, 5, 16, 22, 15, 4])], blocks=900)
    channels = {unit.channel for unit in SearchOfBoth(signal, noise).finder.find_all() if len(unit.peaks) > 30}
    assert channels == {1, 3}
    signal, noise = made([(first, [14, 20, 17, 5, 0, 0]), (second, [0, 5, 16, 22, 15, 4])], blocks=900)
    spikes, _, _ = sort_units(signal, noise, around(signal, noise), 5, 0.4)
    for true in (first, second):
        assert max(np.isin(true, np.add.outer(found, [-1, 0, 1])).mean() for found in spikes) > 0.97


@pytest.mark.parametrize("within", [0, 3, 30])
def test_peaks_beside_others(within):
    rng = np.random.default_rng(within)
    for count in (0, 1, 40):
        peaks, others = (np.unique(rng.integers(0, 900, size)) for size in (200, count))
        expected = [peak for peak in peaks if any(abs(peak - other) <= within for other in others)]
        np.testing.assert_array_equal(peaks_beside(peaks, others, within), expected)
