"""Objects of Qt are deleted in the window's thread only."""

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

from spikesift_gui import app
from spikesift_gui import transitions as t
from spikesift_gui.garbage import THRESHOLDS, collect_due, collect_here
from spikesift_gui.qt import QObject
from tests.gui.helpers import result


class Held(QObject):
    """Can be told when it is deleted."""


def test_what_nobody_needs_is_deleted_in_the_windows_thread(qtbot):
    parent, deleted = QObject(), []
    timer = collect_here(parent)
    held = Held()
    held.itself = held  # nobody else holds it, but only the garbage collection can know
    weakref.finalize(held, lambda: deleted.append(threading.current_thread()))
    del held
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: [[] for _ in range(100 * THRESHOLDS[0])]).result()
    assert deleted == [], "a thread that makes many objects looks for none"
    many = [[] for _ in range(2 * THRESHOLDS[0])]
    qtbot.waitUntil(lambda: bool(deleted), timeout=10 * timer.interval())
    assert deleted == [threading.main_thread()] and len(many) == 2 * THRESHOLDS[0]


def test_it_looks_only_when_there_is_something_new():
    gc.collect()
    assert collect_due() == -1
    many = [[] for _ in range(2 * THRESHOLDS[0])]
    assert collect_due() == 0 and collect_due() == -1 and many


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
