"""A wrong channel map is found, with the wiring that fits; of a right one nothing is said."""

import numpy as np
import pytest

from spikesift_core.recording import Recording
from spikesift_core.simulate import simulate
from spikesift_core.wiring import better_wiring, judge_wiring, wiring_findings

CHANNELS = 16


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    base = tmp_path_factory.mktemp("wiring") / "sim"
    return simulate(base, channels=CHANNELS, seconds=3, units=6, seed=1)


@pytest.fixture
def wired(simulated, tmp_path):
    """A function: the recording in which channel c was at the contact order[c], described as if it were at c."""
    geometry = simulated.recording().probe_geometry

    def make(order, change=None):
        data = np.fromfile(simulated.binary_file, np.int16).reshape(-1, CHANNELS)[:, order]
        data = np.ascontiguousarray(change(data) if change else data)
        data.tofile(tmp_path / "wired.bin")
        return Recording(
            binary_file=tmp_path / "wired.bin",
            data_type="int16",
            probe_geometry=geometry,
            sampling_frequency=30000,
        )

    return make


PLAIN = np.arange(CHANNELS)


def test_nothing_is_said_of_a_right_wiring(wired):
    assert wiring_findings(wired(PLAIN)) == []
    assert better_wiring(wired(PLAIN[::-1])) is None, "upside down looks the same"


def test_nothing_is_said_of_signals_that_have_nothing_in_common(wired):
    def independent(data):
        return np.random.default_rng(0).normal(0, 50, data.shape).astype(np.int16)

    assert better_wiring(wired(PLAIN, independent)) is None


@pytest.mark.parametrize(
    ("order", "rule"),
    [
        (np.roll(PLAIN, -1), "counted from 1"),
        (np.roll(PLAIN, 1), "moved back by one"),
        (PLAIN ^ 1, "pair exchanged"),
        (np.concatenate([PLAIN[::2], PLAIN[1::2]]), "even contacts first"),
        (np.roll(PLAIN, CHANNELS // 2), "halves exchanged"),
    ],
)
def test_usual_mistakes_are_named(wired, order, rule):
    found = better_wiring(wired(order))
    assert rule in found.rule and np.array_equal(found.order, order)
    (finding,) = wiring_findings(wired(order))
    assert rule in finding.words and np.array_equal(finding.order, order)


def test_two_exchanged_channels_are_named(wired):
    order = PLAIN.copy()
    order[[2, 13]] = 13, 2
    (finding,) = wiring_findings(wired(order))
    assert np.array_equal(finding.order, order) and "2 at the contact of 13, 13 at the contact of 2" in finding.words
    assert "guess" not in finding.words


def test_any_order_is_put_right_up_to_what_cannot_be_told(wired):
    order = np.random.default_rng(3).permutation(CHANNELS)
    found = better_wiring(wired(order))
    assert found.after - found.before > 0.1
    assert "is the best guess from the signals, and parts of it may be wrong" in wiring_findings(wired(order))[0].words
    flipped = CHANNELS - 1 - found.order
    assert max((found.order == order).mean(), (flipped == order).mean()) > 0.8


def test_dead_channels_and_contacts_at_one_place_do_not_disturb(wired):
    def dead(data):
        data = data.copy()
        data[:, 5] = 0
        return data

    assert better_wiring(wired(PLAIN, dead)) is None
    found = better_wiring(wired(np.roll(PLAIN, 1), dead))
    assert found is None or found.order[5] == 5, "nothing is known of a dead channel"
    one = wired(PLAIN)
    same = Recording(
        binary_file=one.binary_file, data_type="int16", probe_geometry=np.zeros((16, 2)), sampling_frequency=30000
    )
    assert better_wiring(same) is None


STAGGERED = np.column_stack([np.tile([0.0, 30.0], 16), 12.5 * np.arange(32)])
TWO_COLUMNS = np.column_stack([np.tile([0.0, 32.0], 16), np.repeat(15.0 * np.arange(16), 2)])
SHANKS = np.column_stack([np.repeat([0.0, 200.0], 16), np.tile(25.0 * np.arange(16), 2)])
LAYOUTS = {"staggered": STAGGERED, "two columns": TWO_COLUMNS, "two shanks": SHANKS}


def likeness_on(positions, order, seed=0):
    """What two halves of a recording give whose likeness falls with distance, channel c at the contact order[c]; some
    channels hear more than others."""
    rng = np.random.default_rng(seed)
    away = np.hypot(*(positions[order][:, None] - positions[order]).transpose(2, 0, 1))
    strength = rng.uniform(0.75, 1.1, len(order))
    halves = []
    for _ in range(2):
        noise = rng.normal(0, 0.01, away.shape)
        half = 0.6 * np.exp(-away / 45) * strength * strength[:, None] + (noise + noise.T) / 2
        np.fill_diagonal(half, 0.0)
        halves.append(half)
    return halves


def exchanged(*pairs, count=32):
    order = np.arange(count)
    for one, other in pairs:
        order[[one, other]] = order[[other, one]]
    return order


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", LAYOUTS)
def test_exchanged_neighbours_are_found_on_probes_with_several_columns(name, seed):
    positions = LAYOUTS[name]
    assert judge_wiring(*likeness_on(positions, np.arange(32), seed), positions) is None
    for order in (exchanged((6, 7)), exchanged((9, 11)), exchanged((2, 3), (20, 21)), exchanged((4, 27))):
        found = judge_wiring(*likeness_on(positions, order, seed), positions)
        assert found is not None and found.order.tolist() == order.tolist(), np.flatnonzero(order != np.arange(32))
        assert found.after > found.before


def test_pairs_exchanged_all_along_are_found_where_that_is_no_mirror_image():
    pairs = np.arange(32) ^ 1
    found = judge_wiring(*likeness_on(STAGGERED, pairs), STAGGERED)
    assert "the two of each pair exchanged" in found.rule and found.order.tolist() == pairs.tolist()
    assert judge_wiring(*likeness_on(TWO_COLUMNS, pairs), TWO_COLUMNS) is None, "the other way round it looks the same"


def same_distances(positions, one, other):
    """Two assignments that no recording can tell from each other."""
    first, second = (np.hypot(*(positions[at][:, None] - positions[at]).transpose(2, 0, 1)) for at in (one, other))
    return np.allclose(first, second)


TURNED = {  # rows of TWO_COLUMNS that are the other way round
    "upper half": range(8, 16),
    "every second": range(0, 16, 2),
    "a few": (2, 9, 10),
    "many": (0, 1, 3, 6, 7, 11, 14),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rows", TURNED)
def test_rows_that_are_the_other_way_round_are_found_between_mirror_images(rows, seed):
    order = exchanged(*((2 * row, 2 * row + 1) for row in TURNED[rows]))
    found = judge_wiring(*likeness_on(TWO_COLUMNS, order, seed), TWO_COLUMNS)
    assert found is not None and same_distances(TWO_COLUMNS, found.order, order)
    assert found.after > found.before


@pytest.mark.parametrize("half", [slice(0, 16), slice(16, 32)])
def test_a_half_that_is_reversed_changes_little_and_is_found(half):
    order = np.arange(32)
    order[half] = order[half][::-1]
    found = judge_wiring(*likeness_on(TWO_COLUMNS, order), TWO_COLUMNS)
    assert "half reversed" in found.rule and same_distances(TWO_COLUMNS, found.order, order)


def test_nothing_is_said_of_bundles_far_from_each_other():
    bundles = np.array([[300.0 * k + x, y] for k in range(4) for x in (0, 25) for y in (0, 25)])
    for seed in range(5):
        halves = likeness_on(bundles, np.arange(16), seed)
        assert judge_wiring(*halves, bundles) is None
    swapped = np.roll(np.arange(16), 8)
    assert judge_wiring(*likeness_on(bundles, swapped), bundles) is None, "no bundle hears another one"


def test_channels_that_hold_the_same_signal_are_said_and_tell_nothing_of_the_wiring(wired):
    def shorted(data):
        data = data.copy()
        data[:, 7] = data[:, 6]
        return data

    (finding,) = wiring_findings(wired(PLAIN, shorted))
    assert finding.words.startswith("Channels 6 and 7 hold the same signal") and finding.leave_out == (7,)
