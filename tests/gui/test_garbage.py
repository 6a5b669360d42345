"""Objects of Qt are deleted in the window's thread only."""

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from spikesift_gui import app
from spikesift_gui import transitions as t
from spikesift_gui.garbage import THRESHOLDS, collect_due, collect_here
from spikesift_gui.qt import QObject
from tests.gui.helpers import result


class Held(QObject):
    """Can be told when it is deleted."""


def test_what_nobody_needs_is_deleted_in_the_windows_thread(qtbot):
    parent, deleted, many = QObject(), [], []

    def leave_one():
        held = Held()
        held.itself = held  # nobody else holds it, but only the garbage collection can know
        weakref.finalize(held, lambda: deleted.append(threading.current_thread()))

    def one_is_deleted():
        # Again and again: windows of earlier tests are deleted while this waits, and what is deleted is taken off what
        # counts as new.
        leave_one()
        many.extend([] for _ in range(2 * THRESHOLDS[0]))
        return bool(deleted)

    gc.enable()  # as Python begins
    collect_here(parent)
    leave_one()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: [[] for _ in range(100 * THRESHOLDS[0])]).result()
    assert deleted == [], "a thread that makes many objects looks for none"
    qtbot.waitUntil(one_is_deleted)
    assert set(deleted) == {threading.main_thread()}


@pytest.mark.parametrize(
    ("counts", "generation"), [((700, 10, 10), -1), ((701, 10, 10), 0), ((701, 11, 10), 1), ((0, 0, 11), 2)]
)
def test_it_looks_only_when_there_is_something_new(counts, generation, monkeypatch):
    looked = []
    monkeypatch.setattr(gc, "get_count", lambda: counts)
    monkeypatch.setattr(gc, "collect", looked.append)
    assert collect_due() == generation and looked == [generation] * (generation >= 0)


def test_what_a_result_is_made_of_is_not_looked_at_again(context):
    context.model.changed.connect(app._results_stay)
    many = [[] for _ in range(1000)]
    before = gc.get_freeze_count()
    context.model.apply(t.put_result, result(1, "one"))
    assert gc.get_freeze_count() >= before + len(many)
    before = gc.get_freeze_count()
    more = [[] for _ in range(1000)]
    context.run("page.inspect")
    assert gc.get_freeze_count() <= before and more
