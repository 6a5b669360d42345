"""A wrong channel map is found, with the wiring that fits; of a right one nothing is said."""

import numpy as np
import pytest

from spikesift_core.recording import Recording
from spikesift_core.simulate import simulate
from spikesift_core.wiring import better_wiring, wiring_findings

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


def test_any_order_is_put_right_up_to_what_cannot_be_told(wired):
    order = np.random.default_rng(3).permutation(CHANNELS)
    found = better_wiring(wired(order))
    assert found.after - found.before > 0.1
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
