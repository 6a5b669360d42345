"""Links that were forced say who was nearer, and where that one went."""

from dataclasses import replace

import numpy as np
import pytest

from spikesift_core.forced_links import any_forced, forced_words, nearer_words
from spikesift_core.linking import match_clusters
from spikesift_core.links import first_links, links_of_match
from spikesift_core.probe_families import grid
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.river_words import link_words
from spikesift_core.rivers import Stretch, river
from spikesift_core.tracks import tracks
from spikesift_core.unit_history import owners, unit_history

PROBE = grid(16, 1, 0, 20)


def recording(*depths_of_segments, links=None):
    """Units at these depths (um), linked by the least total cost."""
    segments = []
    for place, depths in enumerate(depths_of_segments):
        vectors = 100 * np.exp(-(((PROBE[:, 1] - np.array(depths, float)[:, None]) / 30) ** 2))
        segments.append(SortedSegment(1000 * place, 1000, [np.arange(5) + 1000 * place for _ in depths], vectors))
    match = match_clusters(*(one.amplitude_vectors for one in segments), PROBE, 0)
    made = [first_links(len(segments[0])), links_of_match(match, 0, 0.0)]
    return SortedRecording(segments, [match.assignment], PROBE, links=made)


@pytest.fixture
def forced():
    """Unit 0 was at 60 and unit 1 at 100; the clusters are at 98 and 100: the first was left for unit 0."""
    return recording([60, 100], [98, 100])


def test_who_was_nearer_and_where_it_went_is_told(forced):
    step = unit_history(forced, 0).steps[1]
    assert forced.links[1].before.tolist() == [[0, 0], [0, 1]] and step.margin < 0
    assert nearer_words(forced, step, owners(forced)) == (
        "unit 1 is nearer to it (differs by 0.07), but was found in cluster 1 (differs by 0.00)"
    )
    assert forced_words(forced, 0, first=1).startswith("Its link into segment 2 was forced: unit 1 is nearer to it")
    assert forced_words(forced, 1) == "", "it has its best one"
    assert [any_forced(forced, unit) for unit in tracks(forced)] == [True, False]


def test_a_cluster_that_is_nearer_to_the_unit_is_told_too():
    found = recording([100, 98], [100, 60])
    step = unit_history(found, 1).steps[1]
    assert nearer_words(found, step, owners(found)) == (
        "cluster 0 is nearer to the unit (differs by 0.07), but was taken for unit 0 (differs by 0.00)"
    )


def test_where_the_vectors_do_not_tell_which_one_it_was_it_has_no_name(forced):
    plain = recording([60, 100], [60, 100])
    margins = replace(plain.links[1], costs=np.array([0.5, 0.0]), margins=np.array([-0.4, 0.9]))
    made = SortedRecording(plain.sorted_segments, plain.assignment_chain, PROBE, links=[plain.links[0], margins])
    words = nearer_words(made, unit_history(made, 0).steps[1], owners(made))
    assert words == "another candidate, which differs by 0.30, was nearer, but went elsewhere"


def test_the_river_says_it(forced):
    shown = river([Stretch("a", forced, tuple(tracks(forced)), None)])
    words = link_words(shown, 0, 0, 1)
    assert words.startswith("From segment 1 to segment 2: forced, differs by ") and "margin −0.9" in words
    assert words.endswith(": unit 1 is nearer to it (differs by 0.07), but was found in cluster 1 (differs by 0.00)")


def test_of_many_forced_links_only_those_that_are_told_are_looked_into(forced, monkeypatch):
    (step,) = (one for one in unit_history(forced, 0).steps if one.margin < 0)
    many = replace(unit_history(forced, 0), steps=(step,) * 5)
    looked = []
    monkeypatch.setattr("spikesift_core.forced_links.unit_history", lambda *_unit: many)
    monkeypatch.setattr("spikesift_core.forced_links.nearer_words", lambda *_step: looked.append(1) or "one is nearer")
    words = forced_words(forced, 0)
    assert len(looked) == 2 and words.count("was forced: one is nearer.") == 2
    assert words.endswith(" So were 3 others.")
