import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikesift_core.linking import match_clusters, with_pairs
from spikesift_core.unit_links import REFUSED, Border, try_borders
from spikesift_core.verdicts import VERDICTS, flat_range, judge

CHANNELS = 6
COLUMN = np.column_stack([np.zeros(CHANNELS), 20 * np.arange(CHANNELS)]).astype(np.float32)


def unit(*heights):
    return [*heights, *[0] * (CHANNELS - len(heights))]


def matched(source, target, max_drift=0):
    return match_clusters(np.array(source, np.float32), np.array(target, np.float32), COLUMN, max_drift)


def verdicts(*sides, **how):
    return [(pair.source, pair.target, pair.verdict) for pair in judge(matched(*sides), **how)]


FAR = unit(0, 0, 0, 0, 80)


def test_a_like_pair_far_from_the_others_is_clear():
    pairs = judge(matched([unit(100), FAR], [FAR, unit(90)]))
    assert [(pair.source, pair.target, pair.verdict) for pair in pairs] == [(0, 1, "clear"), (1, 0, "clear")]
    words = "next best: source unit 1, more than 10 times as far"
    assert pairs[0].reason == words
    assert pairs[0].relative_cost == pytest.approx(0.1)


def test_without_another_candidate_nothing_is_clear():
    (pair,) = judge(matched([unit(100)], [unit(100)]))
    assert pair.verdict == "doubtful" and np.isnan(pair.margin)
    assert pair.reason.endswith("there is no other candidate to compare with")


def test_a_tie_is_doubtful_and_names_the_rival():
    pairs = judge(matched([unit(100), unit(102)], [unit(101), FAR]), source_names=[7, 8], target_names=[3, 4])
    assert (pairs[1].verdict, pairs[1].target, pairs[1].margin) == ("doubtful", 0, 0)
    assert pairs[1].reason.endswith("source unit 7 is nearly as near to its partner")
    assert (pairs[0].verdict, pairs[0].target) == ("refused", 1)


def test_an_unlike_pair_is_forced_when_it_is_not_refused():
    pairs = judge(matched([unit(100), unit(110)], [unit(100), FAR]), refuse_above=2)
    assert [pair.verdict for pair in pairs] == ["clear", "forced"]
    assert pairs[1].reason == "target unit 0 is nearer (0.09), but went to source unit 0; unlike: differs by 1.24"


def test_a_pair_that_lost_its_nearest_is_forced_however_alike():
    # 0 takes the target both want; 1 has to take one that is still quite like it
    (first, second) = judge(matched([unit(100), unit(97)], [unit(99), unit(80)]))
    assert (first.target, second.target) == (0, 1)
    assert second.relative_cost < 0.4 and second.margin < 0 and second.verdict == "forced"
    assert second.reason == "target unit 0 is nearer (0.02), but went to source unit 0"


@pytest.mark.parametrize(("limit", "verdict"), [(0.29, "refused"), (0.31, "clear")])
def test_the_limit_of_refusal_is_the_persons(limit, verdict):
    pairs = judge(matched([unit(100), FAR], [unit(70), FAR]), refuse_above=limit)
    assert pairs[0].verdict == verdict and pairs[0].target == 0, "refused ones keep their partner on display"
    if verdict == "refused":
        assert pairs[0].reason == "differs by 0.30, more than the limit of 0.29"


def test_what_is_left_over_says_who_took_the_nearest():
    pairs = judge(matched([unit(100), unit(60), FAR], [unit(95), FAR]), source_names=[5, 6, 7], target_names=[1, 2])
    assert [(pair.source, pair.target, pair.verdict) for pair in pairs][1] == (1, None, "unmatched")
    assert pairs[1].reason == (
        "left over: 3 units in the source for 2 in the target; the nearest, target unit 1, differs by 0.37 "
        "and went to unit 5"
    )
    turned = judge(matched([unit(95), FAR], [unit(100), unit(60), FAR]), source_names=[1, 2], target_names=[5, 6, 7])
    assert (turned[-1].source, turned[-1].target, turned[-1].verdict) == (None, 1, "unmatched")
    assert turned[-1].reason == (
        "left over: 3 units in the target for 2 in the source; the nearest, source unit 1, differs by 0.37 "
        "and went to unit 5"
    )


def test_an_empty_side_is_said():
    assert judge(matched([], [])) == []
    (pair,) = judge(matched([unit(1)], []))
    assert (pair.verdict, pair.reason) == ("unmatched", "there is no unit in the target")
    (pair,) = judge(matched([], [unit(1)]))
    assert (pair.source, pair.target, pair.reason) == (None, 0, "there is no unit in the source")


amounts = st.lists(st.lists(st.integers(0, 50), min_size=CHANNELS, max_size=CHANNELS), max_size=5)


@given(amounts, amounts, st.floats(0, 2))
def test_every_cluster_of_both_sides_is_judged_once(source, target, limit):
    match = matched(source, target, max_drift=5)
    pairs = judge(match, limit)
    assert sorted(pair.source for pair in pairs if pair.source is not None) == list(range(len(source)))
    assert sorted(pair.target for pair in pairs if pair.target is not None) == list(range(len(target)))
    for pair in pairs:
        assert pair.verdict in VERDICTS and pair.reason
        assert (pair.verdict == "unmatched") == (pair.source is None or pair.target is None)
        if pair.verdict == "clear":
            assert pair.relative_cost <= min(limit, 0.4) and pair.margin >= 0.2
        if pair.verdict != "unmatched":
            assert (pair.verdict == "refused") == (pair.relative_cost > limit)


def test_how_flat_the_minimum_is():
    depths = np.arange(CHANNELS) * 20
    bumps = np.array([100 * np.exp(-(((depths - at) / 20) ** 2)) for at in (30, 70)])
    match = matched(bumps, bumps, max_drift=10)
    assert match.shift == 0 and flat_range(match) == (0, 0)
    same = matched([[5] * CHANNELS, [9] * CHANNELS], [[5] * CHANNELS, [9] * CHANNELS], max_drift=10)
    assert flat_range(same) == (-10, 10), "the same everywhere: no shift is better than another"
    assert flat_range(matched([], [unit(1)], 10)) is None


# ---------------------------------------------------------------- decided by hand


def by_hand(made=(), refused=(), source=None):
    """Three like pairs, changed by hand, with units called 5, 6, 7 here and 1, 2, 3 there."""
    sides = [unit(100), unit(0, 0, 90), FAR], [unit(95), unit(0, 0, 80), FAR]
    pairs = judge(with_pairs(matched(*sides), made, refused), source_names=[5, 6, 7], target_names=[1, 2, 3])
    return pairs if source is None else next(pair for pair in pairs if pair.source == source)


def test_an_accepted_pair_is_by_hand_whatever_the_limit_and_keeps_its_figures():
    plain, pair = by_hand(source=0), by_hand(made=[(0, 0)], source=0)
    assert (plain.verdict, plain.decided, plain.proposed) == ("clear", "", 0)
    assert (pair.verdict, pair.decided, pair.proposed) == ("by hand", "made", 0)
    assert (pair.relative_cost, pair.margin) == (plain.relative_cost, plain.margin)
    assert pair.reason == "accepted by hand; the figures alone say clear"


def test_a_pair_made_by_hand_says_what_was_proposed_and_who_lost_its_partner_says_so():
    pairs = by_hand(made=[(0, 1)])
    assert [(pair.source, pair.target, pair.verdict) for pair in pairs] == [
        (0, 1, "by hand"), (1, None, "unmatched"), (2, 2, "clear"), (None, 0, "unmatched"),
    ]  # fmt: skip
    assert pairs[0].reason == "paired by hand; proposed was target unit 1; the figures alone say forced"
    assert pairs[0].relative_cost > 1 and pairs[0].margin < 0 and pairs[0].proposed == 0
    assert pairs[1].reason == "target unit 2, which was proposed, was paired with unit 5 by hand"
    assert pairs[3].reason == "source unit 5, which was proposed, was paired with unit 2 by hand"


def test_a_refused_pair_stays_on_display_with_its_figures():
    plain, pairs = by_hand(source=1), by_hand(refused=[(1, 1)])
    assert [(pair.source, pair.target, pair.verdict, pair.decided) for pair in pairs] == [
        (0, 0, "clear", ""), (1, 1, "refused", "refused"), (2, 2, "clear", ""),
    ]  # fmt: skip
    assert (pairs[1].relative_cost, pairs[1].margin) == (plain.relative_cost, plain.margin)
    assert pairs[1].reason == "refused by hand; the figures alone say clear"


def test_a_refused_partner_that_was_given_away_leaves_its_unit_alone():
    pairs = by_hand(made=[(0, 1)], refused=[(1, 1)])
    assert (pairs[1].target, pairs[1].verdict, pairs[1].proposed) == (None, "unmatched", 1)
    assert pairs[1].reason == "target unit 2, which was proposed, was paired with unit 5 by hand"


def test_without_a_proposal_left_a_pair_can_still_be_made():
    sides = [unit(100), FAR], [unit(95)]
    pairs = judge(with_pairs(matched(*sides), [(1, 0)], []))
    assert [(pair.source, pair.target, pair.verdict) for pair in pairs] == [(0, None, "unmatched"), (1, 0, "by hand")]
    assert "proposed was none" in pairs[1].reason


# ---------------------------------------------------------------- units paired only with their nearest


def judged_units(source, target, refuse_above=REFUSED, **names):
    sides = [Border(tuple(range(len(one))), np.array(one, np.float32)) for one in (source, target)]
    match = try_borders(*sides, COLUMN, 0).match_at(0)
    return judge(match, refuse_above, **names)


def test_of_units_those_that_are_not_each_others_nearest_say_whose_partner_the_nearest_is():
    here, there = [unit(100), unit(103)], [unit(102), FAR]
    pairs = judged_units(here, there, source_names=[7, 8], target_names=[3, 4])
    assert [(pair.source, pair.target, pair.verdict) for pair in pairs] == [
        (0, None, "unmatched"), (1, 0, "clear"), (None, 1, "unmatched"),
    ]  # fmt: skip
    assert pairs[0].reason == "the nearest, target unit 3, differs by 0.02 and is nearer to source unit 8 (0.01)"
    assert pairs[2].reason == "the nearest, source unit 8, differs by 1.27 and is nearer to target unit 3 (0.01)"


def test_of_units_those_that_are_unlike_are_refused_at_any_limit_below_their_cost():
    here, there = [unit(100), FAR], [unit(98), unit(0, 80, 0, 0, 40)]
    for limit, verdict in ((REFUSED, "refused"), (0.9, "refused"), (2.0, "forced")):
        pairs = judged_units(here, there, limit)
        assert [(pair.source, pair.target, pair.verdict) for pair in pairs] == [(0, 0, "clear"), (1, 1, verdict)]
    assert judged_units(here, there)[1].reason == "differs by 1.00, more than the limit of 0.60"


def test_of_units_margins_are_of_relative_costs():
    # 1 is nearer to target 0 by its distance, but a smaller share of a large unit is more alike
    (first, second) = judged_units([unit(1000), unit(300)], [unit(900), unit(250)])
    assert [(one.source, one.target) for one in (first, second)] == [(0, 0), (1, 1)]
    assert first.margin == pytest.approx((0.7 - 0.1) / 0.7, abs=0.01) and second.margin > 0.7
