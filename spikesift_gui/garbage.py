"""Objects of the window that nobody needs any more are deleted in the window's own thread.

Python looks for them in whichever thread has just made an object, and deletes them there. A widget or a timer that is
deleted in the thread of a computation while Qt works with it ends the program without a word. So Python is told not to
look by itself, and is asked to, again and again, by a timer of the window.
"""

from __future__ import annotations

import gc

from spikesift_gui.qt import QObject, QTimer

EVERY = 500  # ms
THRESHOLDS = (700, 10, 10)  # Python's own: new objects, and looks at younger ones, before a look at each generation


def collect_here(parent: QObject) -> QTimer:
    """From now on look only in this thread, as long as `parent` lives; the timer that does it."""
    gc.disable()
    leave_alone()
    timer = QTimer(parent, interval=EVERY)
    timer.timeout.connect(collect_due)
    timer.start()
    return timer


def leave_alone(*_finished: object) -> None:
    """What there is now (modules, kernels, the window) stays: it is not looked at again, which takes most of the time.
    It is still deleted when nobody holds it any more."""
    gc.freeze()


def collect_due() -> int:
    """Look for what nobody needs, if enough is new; the generation looked at, or -1. The oldest takes the longest and
    is looked at most seldom."""
    for generation in (2, 1, 0):
        if gc.get_count()[generation] > THRESHOLDS[generation]:
            gc.collect(generation)
            return generation
    return -1
