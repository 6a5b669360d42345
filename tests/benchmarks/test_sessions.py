"""How links between sessions are judged; nothing is sorted."""

import sessions
from sessions import Links, Series, judged


def test_links_are_compared_with_the_truth():
    present = {0, 1, 2, 3}, {0, 1, 2, 4}
    identity = {10: 0, 11: 1, 13: 3}, {20: 0, 21: 1, 24: 4}  # unit 2 was not sorted, 12 and 25 are no true units
    pairs = [(10, 20), (11, 25), (13, 21), (12, 25)]
    found = judged(present, identity, pairs)
    assert found == Links(true=3, sorted=2, found=1, made=3, wrong=2, vanished=2, forced=1)
    assert found + found == Links(6, 4, 2, 6, 4, 4, 2)
    assert judged(present, identity, []) == Links(3, 2, 0, 0, 0, 2, 0)


def test_units_vanish_appear_and_fall_silent_as_described():
    settings = Series(32, 60.0, 20, 1).case.settings
    assert settings["drift_path"] == [(0.0, 0.0), (59.99, 0.0), (60.0, 10.0), (119.99, 10.0), (120.0, -15.0)]
    spans = [span for _, *span in settings["silences"]]
    assert len({unit for unit, *_ in settings["silences"]}) == len(spans) == 14
    assert [spans.count(span) for span in ([60.0, 180.0], [120.0, 180.0], [0, 60.0], [0, 120.0], [35.0, 60.0])] == [
        3, 2, 3, 2, 2,
    ]  # fmt: skip
    assert len(Series(64, 60.0, 40, 1).case.settings["silences"]) == 28


def test_the_row_of_the_table():
    row = sessions.row("recordings", "ours", [Links(10, 8, 6, 8, 2, 4, 1), Links()])
    assert row[1:] == ("2", "ours", "10", "8", "6 of 10 (60 %)", "6 of 8 (75 %)", "2 of 8 (25 %)", "1 of 4 (25 %)")
    assert sessions.share(0, 0) == "–"
