from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment

from spikesift_core.linking import (
    find_optimal_assignment,
    held_up_to,
    match_clusters,
    pair_figures,
    shift_vectors,
    try_shifts,
    with_pairs,
)

COLUMN = np.array([[0, 0], [0, 20], [0, 40], [0, 60], [0, 80]], np.float32)
STAGGERED = np.array([[0, 0], [16, 10], [0, 20], [16, 30], [0, 40], [17, 50]], np.float32)  # 17 lies in 16's column


def naive_shift(vectors, geometry, shift):
    """The value at (x, y) is read at (x, y + shift), by drawing straight lines between the contacts of the column.

    As in the published package the lowest contact of the probe stands in below a column that begins above it.
    """
    lowest = min(range(len(geometry)), key=lambda k: geometry[k][1])
    moved = np.empty_like(vectors)
    for row, vector in enumerate(vectors):
        for contact, (x, y) in enumerate(geometry):
            column = [k for k in range(len(geometry)) if abs(geometry[k][0] - x) <= 2]
            if geometry[lowest][1] <= y + shift < min(geometry[k][1] for k in column):
                column.append(lowest)
            column.sort(key=lambda k: geometry[k][1])
            moved[row, contact] = np.interp(y + shift, [geometry[k][1] for k in column], vector[column])
    return moved


def naive_assignment(distances):
    """Every one-to-one assignment tried; the least total."""
    sources, targets = distances.shape
    if sources > targets:
        return naive_assignment(distances.T)
    orders = permutations(range(targets), sources)
    return min(sum(distances[row, column] for row, column in enumerate(order)) for order in orders)


def distances_between(first, second):
    return np.array([[np.linalg.norm(a - b) for b in second] for a in first]).reshape(len(first), len(second))


def bump(depth, geometry=COLUMN, height=100.0, width=15.0):
    return height * np.exp(-(((geometry[:, 1] - depth) / width) ** 2))


def bumps(depths, **kinds):
    return np.array([bump(depth, **kinds) for depth in depths], np.float32)


values = st.floats(0, 1000, width=32)


def vectors_of(most):
    return st.integers(1, most).flatmap(lambda n: arrays(np.float32, (n, len(STAGGERED)), elements=values))


# ---------------------------------------------------------------- moving vectors


@given(vectors_of(3), st.sampled_from([-200, -30, -12.5, -10, -2.5, 0, 2.5, 5, 10, 17.5, 20, 200]))
def test_vectors_are_moved_as_straight_lines_between_contacts_say(vectors, shift):
    moved = shift_vectors(vectors, STAGGERED, shift)
    assert moved.dtype == np.float32 and moved.shape == vectors.shape
    np.testing.assert_allclose(moved, naive_shift(vectors, STAGGERED, shift), rtol=1e-5, atol=1e-3)


@given(arrays(np.float32, (6, 2), elements=st.floats(-100, 100, width=16), unique=True), vectors_of(2))
@settings(max_examples=60)
def test_on_any_probe_values_stay_between_those_of_the_column(geometry, vectors):
    if np.abs(np.subtract.outer(geometry[:, 0], geometry[:, 0])).max() <= 2:
        geometry[:, 0] = 0
    moved = shift_vectors(vectors, geometry, 7.5)
    assert np.all(moved >= vectors.min() - 1e-2) and np.all(moved <= vectors.max() + 1e-2)


def test_a_contact_alone_in_its_column_keeps_its_value():
    lonely = np.array([[0, 0], [50, 0], [100, 300]], np.float32)
    vectors = np.array([[1, 2, 3]], np.float32)
    np.testing.assert_array_equal(shift_vectors(vectors, lonely, 25), vectors)


def test_a_shift_of_whole_contacts_moves_values_from_above_down_and_repeats_the_last():
    moved = shift_vectors(np.array([[1, 2, 3, 4, 5]], np.float32), COLUMN, 40)
    np.testing.assert_array_equal(moved, [[3, 4, 5, 5, 5]])
    moved = shift_vectors(np.array([[1, 2, 3, 4, 5]], np.float32), COLUMN, -20)
    np.testing.assert_array_equal(moved, [[1, 1, 2, 3, 4]])


# ---------------------------------------------------------------- the assignment


@given(vectors_of(4), vectors_of(4))
@settings(max_examples=60)
def test_at_every_shift_the_cost_is_the_least_of_all_assignments(first, second):
    match = match_clusters(first, second, STAGGERED, max_drift=10)
    assert match.shifts.tolist() == [-10, -5, 0, 5, 10]
    for shift, cost in zip(match.shifts, match.costs, strict=True):
        moved = naive_shift(first, STAGGERED, shift / 2), naive_shift(second, STAGGERED, -shift / 2)
        assert cost == pytest.approx(naive_assignment(distances_between(*moved)), rel=1e-4, abs=1e-2)
    assert match.costs[match.shifts == match.shift] == match.costs.min()


@given(vectors_of(5), vectors_of(5))
def test_what_a_match_says_agrees_with_itself(first, second):
    match = match_clusters(first, second, STAGGERED, max_drift=5)
    paired = match.assignment >= 0
    partners = match.assignment[paired]
    assert paired.sum() == min(len(first), len(second)) == len(set(partners))
    expected = distances_between(match.source_vectors, match.target_vectors)
    np.testing.assert_allclose(match.distances, expected, atol=1e-3)
    np.testing.assert_array_equal(match.pair_costs[paired], match.distances[paired, partners])
    assert match.pair_costs[paired].sum() == pytest.approx(match.costs.min(), abs=1e-6)
    for one in (match.pair_costs, match.relative_costs, match.margins):
        assert np.isnan(one[~paired]).all()
    for row in np.flatnonzero(paired):
        column = match.assignment[row]
        norms = np.linalg.norm(match.source_vectors[row]), np.linalg.norm(match.target_vectors[column])
        expected = match.pair_costs[row] / max(norms) if max(norms) else 0
        assert match.relative_costs[row] == pytest.approx(expected, rel=1e-4)
        check_margin(match.distances, row, column, match.margins[row])


def check_margin(distances, row, column, margin):
    others = [*np.delete(distances[row], column), *np.delete(distances[:, column], row)]
    pair, best = distances[row, column], min(others, default=None)
    if best is None:
        assert np.isnan(margin)
    else:
        assert margin == pytest.approx((best - pair) / max(best, pair) if max(best, pair) else 0)
        assert -1 <= margin <= 1 and (margin < 0) == (best < pair)


@given(vectors_of(4), vectors_of(4))
def test_seen_from_the_other_side_the_total_is_the_same_at_the_opposite_shift(first, second):
    there = match_clusters(first, second, STAGGERED, max_drift=10)
    back = match_clusters(second, first, STAGGERED, max_drift=10)
    np.testing.assert_allclose(there.costs, back.costs[::-1], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("moved_by", [-20, -10, 0, 10, 20])
def test_units_that_moved_along_the_probe_are_found_again(moved_by):
    tall = np.column_stack([np.zeros(20), 20 * np.arange(20)]).astype(np.float32)
    depths = np.array([100, 155, 190, 240, 300])
    order = np.array([3, 0, 4, 2, 1])
    before = bumps(depths, geometry=tall, width=30)
    after = bumps((depths + moved_by)[order], geometry=tall, width=30)
    match = match_clusters(before, after, tall, max_drift=30)
    np.testing.assert_array_equal(order[match.assignment], range(5))
    assert match.shift == -moved_by, "a unit at y is then at y - shift"
    assert np.all(match.relative_costs < 0.1) and np.all(match.margins > 0.5)


def test_without_drift_allowed_only_zero_is_tried():
    match = match_clusters(bumps([20, 60]), bumps([60, 20]), COLUMN, max_drift=0)
    assert match.shifts.tolist() == [0] and match.shift == 0
    assert match.assignment.tolist() == [1, 0]


def test_the_largest_drift_is_rounded_to_whole_steps():
    assert match_clusters(bumps([20]), bumps([20]), COLUMN, max_drift=12).shifts.tolist() == [-10, -5, 0, 5, 10]


def test_the_one_to_one_rule_can_force_a_pair_and_the_margin_says_so():
    source = np.array([[10, 0, 0, 0, 0], [11, 0, 0, 0, 0]], np.float32)
    target = np.array([[10, 0, 0, 0, 0], [0, 0, 0, 0, 40]], np.float32)
    match = match_clusters(source, target, COLUMN, max_drift=0)
    assert match.assignment.tolist() == [0, 1]
    assert match.margins[0] == 1 and match.margins[1] < -0.9
    assert match.relative_costs[0] == 0 and match.relative_costs[1] > 1


def test_ties_have_no_margin():
    same = bumps([40, 40])
    match = match_clusters(same, same, COLUMN, max_drift=0)
    assert sorted(match.assignment) == [0, 1]
    assert match.margins.tolist() == [0, 0] and match.relative_costs.tolist() == [0, 0]


def test_one_pair_alone_has_no_second_candidate():
    match = match_clusters(bumps([40]), bumps([40]), COLUMN)
    assert match.assignment.tolist() == [0] and np.isnan(match.margins[0])


def test_silent_vectors_do_not_divide_by_zero():
    nothing = np.zeros((1, 5), np.float32)
    assert match_clusters(nothing, nothing, COLUMN).relative_costs.tolist() == [0]


@pytest.mark.parametrize(("sources", "targets"), [(0, 0), (0, 3), (3, 0)])
def test_an_empty_side_leaves_everything_unmatched_and_no_shift(sources, targets):
    match = match_clusters(np.zeros((sources, 5)), bumps([40] * targets) if targets else [], COLUMN)
    assert match.assignment.tolist() == [-1] * sources and match.assignment.dtype == np.int64
    assert match.shift == 0 and not match.costs.any()
    assert match.distances.shape == (sources, targets)
    assert all(len(one) == sources and np.isnan(one).all() for one in (match.pair_costs, match.margins))


def test_more_units_than_partners_leave_the_unlike_ones_over():
    match = match_clusters(bumps([0, 40, 80]), bumps([80, 0]), COLUMN, max_drift=0)
    assert match.assignment.tolist() == [1, -1, 0]


def test_the_short_form_gives_the_same_assignment():
    first, second = bumps([0, 30, 80]), bumps([85, 5, 30])
    short = find_optimal_assignment(first, second, COLUMN, 30)
    np.testing.assert_array_equal(short, match_clusters(first, second, COLUMN, 30).assignment)


def test_at_the_best_shift_the_same_is_said_as_when_it_was_chosen():
    first, second = bumps([20, 50]), bumps([30, 60])
    chosen = match_clusters(first, second, COLUMN)
    tried = try_shifts(first, second, COLUMN)
    again = tried.match_at(tried.best)
    assert tried.best == chosen.shift
    for name in vars(chosen):
        np.testing.assert_array_equal(getattr(chosen, name), getattr(again, name), err_msg=name)


def test_at_another_shift_everything_is_that_of_this_shift():
    first, second = bumps([20, 50]), bumps([30, 60])
    tried = try_shifts(first, second, COLUMN)
    for shift in (-20.0, 0.0, 7.0):
        match = tried.match_at(shift)
        near = 5 * round(shift / 5)
        moved = shift_vectors(first, COLUMN, near / 2), shift_vectors(second, COLUMN, -near / 2)
        distances = np.linalg.norm(moved[0][:, None] - moved[1], axis=2)
        assert match.shift == near, "the nearest one that was tried"
        np.testing.assert_allclose(match.distances, distances, rtol=1e-6)
        rows, columns = linear_sum_assignment(distances)
        np.testing.assert_array_equal(match.assignment[rows], columns)
        assert match.costs[np.flatnonzero(match.shifts == near)[0]] == pytest.approx(distances[rows, columns].sum())
        np.testing.assert_array_equal(match.source_vectors, moved[0])


def test_a_pair_made_by_hand_has_the_figures_of_that_pair_and_whoever_lost_its_partner_has_none():
    match = match_clusters(bumps([0, 40, 80]), bumps([2, 42, 82]), COLUMN, max_drift=0)
    changed = with_pairs(match, [(0, 1)], [(2, 2)])
    assert match.assignment.tolist() == changed.proposed.tolist() == [0, 1, 2]
    assert changed.assignment.tolist() == [1, -1, -1]
    assert changed.pair_costs[0] == match.distances[0, 1] and np.isnan(changed.pair_costs[1:]).all()
    assert (changed.relative_costs[0], changed.margins[0]) == pair_figures(match, 0, 1)
    assert changed.margins[0] < 0, "another one was nearer"
    assert changed.made == {(0, 1)} and changed.refused == {(2, 2)}
    assert with_pairs(changed, [], []).assignment.tolist() == [0, 1, 2], "it begins with what was proposed"


def test_pairs_above_a_limit_are_not_held_unless_they_were_made_by_hand():
    match = match_clusters(bumps([0, 40]), bumps([2, 80]), COLUMN, max_drift=0)
    assert held_up_to(match, 0.7).assignment.tolist() == [0, -1]
    made = with_pairs(match, [(1, 1)], [])
    held = held_up_to(made, 0.7)
    assert held.assignment.tolist() == [0, 1] and held.proposed.tolist() == [0, 1] and held.made == {(1, 1)}


def test_nothing_given_is_changed():
    first, second = bumps([20, 50]), bumps([30, 60])
    kept = first.copy(), second.copy()
    match_clusters(first, second, COLUMN)
    np.testing.assert_array_equal(first, kept[0])
    np.testing.assert_array_equal(second, kept[1])


@pytest.mark.parametrize(
    ("first", "max_drift", "words"),
    [
        (np.ones((2, 4)), 30, r"\(clusters, 5\)"),
        (np.ones(5), 30, r"shape \(5,\)"),
        (np.full((1, 5), np.nan), 30, "NaN"),
        (np.full((1, 5), np.inf), 30, "infinity"),
        (np.full((1, 5), 1j), 30, "must be an array of numbers"),
        ("x", 30, "must be an array of numbers"),
        (np.ones((1, 5)), -5, "max_drift"),
        (np.ones((1, 5)), "far", "max_drift"),
    ],
)
def test_what_cannot_be_matched_is_refused_in_words(first, max_drift, words):
    with pytest.raises(ValueError, match=words):
        match_clusters(first, np.ones((1, 5)), COLUMN, max_drift)
