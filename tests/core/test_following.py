"""Units are followed through segments: with drift, gaps, strangers and fragments."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikesift_core.kernels import following as kernels
from spikesift_core.links import chains_of, checked_links
from spikesift_core.results import SortedSegment
from spikesift_core.stages.following import Follower
from spikesift_core.stages.joining import Alike, join
from spikesift_core.stages.moving import Mover, Views, joined
from spikesift_core.tracks import Track, kept
from spikesift_core.unit_history import why_begun, why_lost
from tests import naive_units as naive

PROBE = np.column_stack([np.resize([0.0, 32.0], 40), np.arange(40) // 2 * 20.0]).astype(np.float32)
LENGTH = 300_000
few = settings(max_examples=25)


class Tissue:
    """Units at chance places, each with its own shape; features of some of them at a position of the tissue."""

    def __init__(self, units=12, seed=0, noise=2.0):
        self.rng = np.random.default_rng(seed)
        self.places = np.column_stack([self.rng.uniform(0, 32, units), np.linspace(40, 340, units)])
        self.shapes = self.rng.normal(0, 60, (units, 3))
        self.noise = noise

    def features(self, units, moved=0.0):
        places = self.places[list(units)].reshape(-1, 2) + [0, moved]
        apart = np.linalg.norm(PROBE[None] - places[:, None], axis=2)
        clean = np.exp(-(apart**2) / (2 * 28.0**2))[:, :, None] * self.shapes[list(units)].reshape(-1, 1, 3)
        return (clean + self.rng.normal(0, self.noise, clean.shape)).astype(np.float32)


def follow(tissue, found, moved, max_drift=30.0):
    """A follower that has seen segments in which the units `found[i]` were at the position `moved[i]`."""
    follower = Follower(PROBE, max_drift)
    for units, position in zip(found, moved, strict=True):
        follower.add(tissue.features(units, position))
    return follower


def silent(follower):
    """The segments of a follower, every cluster with a spike of its own."""
    return [
        SortedSegment(LENGTH * i, LENGTH, [[LENGTH * i + k] for k in range(len(links))],
                      np.ones((len(links), len(PROBE))))
        for i, links in enumerate(follower.links)
    ]  # fmt: skip


def units_of(found, members):
    return {found[segment][cluster] for segment, cluster in members}


# ---------------------------------------------------------------- kernels


@st.composite
def templates(draw, mover):
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    features = rng.normal(0, 1, (draw(st.integers(0, 5)), len(PROBE), 2)).astype(np.float32)
    for feature in features:
        feature[rng.integers(len(PROBE))] *= draw(st.sampled_from([0, 5, 20]))
    return mover.cut(features * draw(st.sampled_from([0, 1])) if draw(st.integers(0, 9)) == 0 else features)


@few
@given(st.data(), st.sampled_from([-15.0, 0.0, 2.5, 40.0]))
def test_move_templates(data, shift):
    mover = Mover(PROBE)
    found = data.draw(templates(mover))
    how = mover._shift(shift)
    arguments = found.values, found.homes, mover._near, how.weights, how.sources, how.landings
    moved = np.full_like(found.values, 7)
    kernels.move_templates(*arguments, moved)
    np.testing.assert_allclose(moved, naive.move_templates(*arguments, moved), atol=1e-4)


@few
@given(st.data(), st.sampled_from([30.0, 60.0, 1000.0]))
def test_differences(data, reach):
    mover = Mover(PROBE)
    first, second = data.draw(templates(mover)), data.draw(templates(mover))
    out = np.full((len(first), len(second)), 7, np.float32)
    arguments = first.values, first.homes, first.places, second.values, second.homes, second.places, mover._near
    kernels.differences(*arguments, reach, out)
    np.testing.assert_allclose(out, naive.differences(*arguments, reach, out), atol=2e-3)


# ---------------------------------------------------------------- moving


@pytest.mark.parametrize("shift", [-20.0, -7.5, 5.0, 20.0])
def test_a_moved_template_resembles_the_unit_there_and_not_the_one_before(shift):
    mover, tissue = Mover(PROBE), Tissue(noise=0.5)
    inner = range(3, 9)
    here, there = mover.cut(tissue.features(inner)), mover.cut(tissue.features(inner, shift))
    moved = np.diag(mover.differences(mover.moved(here, shift / 2), mover.moved(there, -shift / 2)))
    unmoved = np.diag(mover.differences(mover.moved(here, 0.0), mover.moved(there, 0.0)))
    assert moved.max() < 0.12
    assert (moved < 0.7 * unmoved).all()


def test_places_are_found_and_move_along():
    mover, tissue = Mover(PROBE), Tissue(noise=0.0)
    found = mover.cut(tissue.features(range(2, 10)))
    np.testing.assert_allclose(found.places[:, 1], tissue.places[2:10, 1], atol=8)
    np.testing.assert_allclose(mover.moved(found, 12.5).places - found.places, [[0, 12.5]] * 8, atol=1e-4)


# ---------------------------------------------------------------- following


@pytest.mark.parametrize("seed", range(3))
def test_units_are_followed_through_drift_gaps_and_another_order(seed):
    tissue = Tissue(seed=seed)
    rng = np.random.default_rng(seed)
    moved = [0, 10, 20, 20, 35, 20, 0, -15, -15, 0]
    found = [list(rng.permutation(12)[: 12 if i == 0 else 10]) for i in range(len(moved))]
    follower = follow(tissue, found, moved)
    assert [links.position for links in follower.links] == moved
    tracks = follower.finish(silent(follower))[0]
    assert [track.id for track in tracks] == list(range(12))
    for track in tracks:
        assert units_of(found, track.members) == {found[0][track.id]}
        assert track.segments == tuple(i for i, units in enumerate(found) if found[0][track.id] in units)


def test_answers_come_at_once_and_do_not_depend_on_what_follows():
    found, moved = [[0, 3, 5], [5, 0, 7], [3, 7]], [0, 5, 0]
    follower = Follower(PROBE, 30)
    tissue = Tissue()
    answers = [follower.add(tissue.features(units, m)) for units, m in zip(found, moved, strict=True)]
    assert [answer.tolist() for answer in answers] == [[0, 1, 2], [2, 0, 3], [1, 3]]
    again = follow(Tissue(), found, moved)
    for first, second in zip(follower.links, again.links, strict=True):
        np.testing.assert_array_equal(first.before, second.before)
        np.testing.assert_array_equal(first.costs, second.costs)


def reasons(follower):
    """For each segment why clusters began units and why units were lost, in words."""
    owner = {member: number for number, members in enumerate(chains_of(follower.links)) for member in members}
    return [
        (
            {int(k): why_begun(links, int(k), owner) for k in np.flatnonzero(links.before[:, 0] < 0)},
            {owner[tuple(unit)]: why_lost(links, row, owner) for row, unit in enumerate(links.lost.tolist())},
        )
        for links in follower.links
    ]


def test_costs_margins_and_reasons():
    tissue = Tissue()
    tissue.places[1] = tissue.places[0] + [2, 6]  # a neighbour of another shape
    follower = follow(tissue, [[0, 6], [0, 9, 1], [9]], [0, 0, 0])
    first, second, third = follower.links
    assert (first.before == -1).all()
    assert np.isnan(first.costs).all()
    assert chains_of(follower.links) == [[(0, 0), (1, 0)], [(0, 1)], [(1, 1), (2, 0)], [(1, 2)]]
    assert second.before.tolist() == [[0, 0], [-1, -1], [-1, -1]]
    assert second.costs[0] < 0.2
    assert 0.3 < second.margins[0] <= 1
    assert np.isnan(second.costs[1:]).all()
    assert second.nearest.tolist() == [[-1, -1], [-1, -1], [0, 0]]
    begun, lost = reasons(follower)[1]
    assert begun[1] == "no unit had been seen close enough to be compared"
    assert begun[2].startswith("unit 0, the most alike")
    assert lost == {1: "no cluster was found close enough to be compared"}
    assert third.lost.tolist() == [[1, 0], [1, 2]]
    checked_links(follower.links, [2, 3, 1])


def test_of_two_that_fit_one_unit_the_better_is_taken_and_the_reason_is_told():
    tissue = Tissue(noise=1.0)
    tissue.places[1], tissue.shapes[1] = tissue.places[0], 0.7 * tissue.shapes[0]
    follower = follow(tissue, [[0], [1, 0]], [0, 0])
    assert follower.links[1].before.tolist() == [[-1, -1], [0, 0]]
    begun = reasons(follower)[1][0][0]
    assert begun.startswith("unit 0, the most alike, differs by 0.3")
    assert "was found in cluster 1, which differs by 0.0" in begun
    lost = reasons(follow(tissue, [[1, 0], [0]], [0, 0]))[1][1][0]
    assert lost.startswith("cluster 0, the most alike, differs by 0.3")
    assert "was taken for unit 1, which differs by 0.0" in lost


def test_strangers_are_refused():
    tissue = Tissue(seed=1)
    follower = Follower(PROBE, 30)
    follower.add(tissue.features([0, 6, 11]))
    tissue.shapes *= -1  # at the same places, but nothing alike
    assert follower.add(tissue.features([0, 6, 11])).tolist() == [3, 4, 5]
    for words in reasons(follower)[1]:
        assert len(words) == 3
        assert all("0.8 and above are refused" in why for why in words.values())


def test_a_unit_back_at_its_old_place_is_known_from_there():
    found, moved = [[2, 4, 6, 8], [2, 4, 6], [2, 4, 6], [2, 4, 6], [2, 4, 6, 8]], [0, 30, 60, 30, 0]
    follower = follow(Tissue(), found, moved)
    assert [members[-1] for members in chains_of(follower.links)] == [(4, 0), (4, 1), (4, 2), (4, 3)]


def test_nothing_moves_where_nothing_is_found():
    follower = follow(Tissue(), [[], [3, 4], [], [4, 3], []], [0, 0, 0, 10, 10])
    assert [links.position for links in follower.links] == [0, 0, 0, 10, 10]
    assert chains_of(follower.links) == [[(1, 0), (3, 1)], [(1, 1), (3, 0)]]
    assert follower.finish(silent(follower))[0] == (Track(0, ((1, 0), (3, 1))), Track(1, ((1, 1), (3, 0))))


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_probes_of_few_contacts(channels):
    follower = Follower(PROBE[:channels], 30)
    shapes = np.array([[[90, 0, 0]], [[0, 80, 0]]], np.float32) * np.linspace(1, 0.6, channels)[:, None].astype("f4")
    assert follower.add(shapes).tolist() == [0, 1]
    assert follower.add(shapes[::-1]).tolist() == [1, 0]
    assert follower.links[1].shift == 0


def test_clusters_without_a_signal_are_kept_apart():
    follower = Follower(PROBE, 30)
    for _ in range(2):
        follower.add(np.zeros((2, len(PROBE), 3), np.float32))
    tracks, _ = follower.finish(silent(follower))
    assert [track.members for track in tracks] == [((i, k),) for i in (0, 1) for k in (0, 1)]


# ---------------------------------------------------------------- joining


def trains(firing, segments=6):
    """Segments with one cluster for each function of `firing`: segment -> spike times inside it."""
    ones = np.ones((len(firing), len(PROBE)))
    spikes = [[np.sort(train(i)) + LENGTH * i for train in firing] for i in range(segments)]
    return [SortedSegment(LENGTH * i, LENGTH, found, ones.copy()) for i, found in enumerate(spikes)]


def neighbours(scale):
    """A follower of six segments with two clusters of the same shape, the second `scale` times as large."""
    tissue = Tissue(noise=0.5)
    tissue.places[1], tissue.shapes[1] = tissue.places[0], scale * tissue.shapes[0]
    return follow(tissue, [[0, 1]] * 6, [0] * 6)


def spread(seed, low=0, high=LENGTH):
    return lambda i: np.random.default_rng([seed, i]).integers(low, high, 40)


def test_clusters_found_together_are_one_unit_when_nearly_the_same():
    segments = trains([spread(1), spread(2)])
    (whole,) = neighbours(0.85).finish(segments)[0]
    assert whole.id == 0
    assert whole.members == tuple((i, k) for i in range(6) for k in (0, 1))
    assert whole.segments == tuple(range(6))
    assert len(neighbours(0.6).finish(segments)[0]) == 2


def test_clusters_that_take_turns_are_one_unit():
    halves = trains([spread(1, high=LENGTH // 2), spread(2, low=LENGTH // 2)])
    assert len(neighbours(0.6).finish(halves)[0]) == 1
    assert len(neighbours(0.3).finish(halves)[0]) == 2


def seen_once(mover, features):
    return Views(mover.cut(features), np.zeros(1, int), np.zeros(1, int), 1)


def test_units_never_found_together_are_joined_when_alike():
    """Two parts of one unit, at two positions of the tissue, and two of another at one position."""
    mover, tissue = Mover(PROBE), Tissue(noise=0.5)
    members = [[(0, 0), (1, 0)], [(0, 1), (1, 1)], [(2, 0), (4, 0)], [(3, 0)], [(5, 0)]]
    seen = [(0.0, 2), (0.0, 8), (20.0, 2), (0.0, 8), (0.0, 5)]
    units = [
        (found, [(position, seen_once(mover, tissue.features([unit], position)))])
        for found, (position, unit) in zip(members, seen, strict=True)
    ]
    alike = [Alike(*np.zeros((3, 0)))] * 6
    tracks, moves = join(mover, units, alike, trains([spread(1)] * 2, 6))
    assert moves == [0] * 5
    assert tracks == (
        Track(0, ((0, 0), (1, 0), (2, 0), (4, 0))),
        Track(1, ((0, 1), (1, 1), (3, 0))),
        Track(4, ((5, 0),)),
    )
    units[2][0][:] = [(0, 1), (4, 0)]  # half of it found beside unit 0
    assert [track.id for track in join(mover, units, alike, trains([spread(1)] * 2, 6))[0]] == [0, 1, 2, 4]


def test_a_unit_cut_in_two_in_one_segment_is_joined():
    """Two parts of one unit at two positions; both are in segment 2, where it moved from one to the other."""
    mover, tissue = Mover(PROBE), Tissue(noise=0.5)
    members = [[(0, 0), (1, 0), (2, 0)], [(2, 1), (3, 0), (4, 0)]]
    units = [
        (found, [(position, seen_once(mover, tissue.features([5], position)))])
        for found, position in zip(members, (0.0, 20.0), strict=True)
    ]
    segments = trains([spread(1), spread(2)], 5)
    alike = [Alike(*np.zeros((3, 0)))] * 5
    assert [track.id for track in join(mover, units, alike, segments)[0]] == [0]
    units[1][0][:] = [(0, 1), (1, 1), (2, 1)]  # always beside each other: two units
    assert [track.id for track in join(mover, units, alike, segments)[0]] == [0, 1]


def test_units_at_one_place_that_fill_each_others_gaps_are_joined_though_less_alike():
    mover, tissue, alike = Mover(PROBE), Tissue(noise=0.5), [Alike(*np.zeros((3, 0)))] * 6
    tissue.places[1], tissue.shapes[1] = tissue.places[0], 0.3 * tissue.shapes[0]
    seen = [[(0.0, seen_once(mover, tissue.features([unit])))] for unit in (0, 1)]

    def joined(*members):
        units = list(zip(members, seen, strict=True))
        return len(join(mover, units, alike, trains([spread(1)], 6))[0]) == 1

    assert joined([(0, 0), (2, 0), (4, 0)], [(1, 0), (3, 0), (5, 0)])
    assert not joined([(0, 0), (2, 0)], [(5, 0)])
    tissue.places[1] += [0, 25]
    seen[1][:] = [(0.0, seen_once(mover, tissue.features([1])))]
    assert not joined([(0, 0), (2, 0), (4, 0)], [(1, 0), (3, 0), (5, 0)])


# ---------------------------------------------------------------- two troughs


def two_troughs(tissue, unit, at_second):
    """Features at the trough a unit was found at and at its other one, 9 samples before it or after it; and that."""
    first, second = tissue.features([unit]), -tissue.features([unit])
    return (second, first, np.array([9])) if at_second else (first, second, np.array([-9]))


def test_a_unit_found_at_its_other_trough_is_followed_and_timed_alike():
    tissue = Tissue(noise=1.0)
    follower = Follower(PROBE, 30)
    for at_second in (False, True, True, False):
        features, others, lags = two_troughs(tissue, 4, at_second)
        assert follower.add(features, others, lags).tolist() == [0]
    assert [links.moved.tolist() for links in follower.links] == [[0], [9], [9], [0]]
    follower = Follower(PROBE, 30)
    assert [follower.add(two_troughs(tissue, 4, late)[0]).tolist() for late in (False, True)] == [[0], [1]]


def parts_at_troughs(mover, tissue, early, late):
    """Two parts of unit 4, found in the segments of `early` at its first trough and in those of `late` at the other."""
    units = []
    for part, segments in enumerate((early, late)):
        *features, lags = two_troughs(tissue, 4, at_second=bool(part))
        views = Views(joined([mover.cut(one) for one in features]), np.zeros(2, int), np.array([0, lags[0]]), 1)
        units.append(([(segment, part) for segment in segments], [(0.0, views)]))
    return units


@pytest.mark.parametrize("late", [(1, 3), (0, 1, 2, 3)], ids=["in turn", "in the same segments"])
@pytest.mark.parametrize(("depths", "moved"), [((9.0, 6.0), [0, 9]), ((6.0, 9.0), [-9, 0])])
def test_parts_of_a_unit_at_different_troughs_are_joined_and_timed_as_the_deeper(late, depths, moved):
    mover, early = Mover(PROBE), (0, 2)
    units = parts_at_troughs(mover, Tissue(noise=0.5), early, late)
    segments = trains([spread(1), spread(2)], 4)
    for segment in segments:
        segment.amplitude_vectors.T[:] = depths
    tracks, moves = join(mover, units, [Alike(*np.zeros((3, 0)))] * 4, segments)
    assert [track.members for track in tracks] == [tuple(sorted([(k, 0) for k in early] + [(k, 1) for k in late]))]
    assert moves == moved


def test_two_that_are_alike_at_their_first_troughs_are_not_joined_by_a_second(monkeypatch):
    mover = Mover(PROBE)
    units = parts_at_troughs(mover, Tissue(noise=0.5), range(4), range(4))
    monkeypatch.setattr("spikesift_core.stages.joining.OPPOSITE", 3.0)  # nothing is that unlike
    tracks, _ = join(mover, units, [Alike(*np.zeros((3, 0)))] * 4, trains([spread(1), spread(2)], 4))
    assert len(tracks) == 2


# ---------------------------------------------------------------- what is kept, what is refused


def test_kept_are_those_found_in_nearly_half_of_the_segments():
    segments = trains([spread(1)], 6)
    rare, often = Track(0, ((0, 0), (0, 1))), Track(3, ((1, 0), (3, 0), (4, 1)))
    assert kept((rare, often), segments) == (often,)
    assert kept((rare, often), segments, share=1 / 6) == (rare, often)


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (np.zeros((2, 39, 3)), r"must have the shape \(clusters, 40, components\)"),
        (np.full((1, 40, 3), np.nan), "finite"),
    ],
)
def test_wrong_features_are_refused_in_words(features, words):
    with pytest.raises(ValueError, match=words):
        Follower(PROBE, 30).add(features)


def test_finish_needs_the_segments_that_were_added():
    with pytest.raises(ValueError, match="needs the 1 segments"):
        follow(Tissue(), [[1]], [0]).finish([])
