"""What the window draws by itself is shared out over turns of its event loop."""

import time

from spikesift_gui import turns
from spikesift_gui.drawing import Drawn
from spikesift_gui.jobs import Computer
from spikesift_gui.qt import QTimer, sip
from spikesift_gui.turns import Turn
from tests.gui.helpers import settle


def test_a_turn_is_full_until_the_next_one_begins(qtbot, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST", 0.0)
    turn = Turn()
    assert not turn.full and turn.idle
    turn.spend(lambda: None)
    assert turn.full
    qtbot.waitUntil(lambda: not turn.full)


def test_a_timer_that_was_put_off_is_waited_for_until_it_came_or_is_gone(qtbot):
    turn, came = Turn(), []
    timer = QTimer(singleShot=True)
    timer.timeout.connect(lambda: came.append(turn.idle))
    turn.put_off(timer)
    assert not turn.idle and not came
    qtbot.waitUntil(lambda: turn.idle)
    assert len(came) == 1
    turn.put_off(timer)
    sip.delete(timer)
    assert turn.idle and len(came) == 1


def test_views_are_drawn_in_turns_of_their_own(qtbot, context, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST", 0.0)
    turns_begun, drawn_in = [], []
    context.turn._over.timeout.connect(lambda: turns_begun.append(True))

    class Slow(Drawn):
        watches = ("page",)

        def draw(self, before, after):
            drawn_in.append(len(turns_begun))

    views = [Slow(context) for _ in range(3)]
    for view in views:
        qtbot.addWidget(view)
        view.show()
    settle(qtbot)
    drawn_in.clear()
    context.run("page.sort")
    settle(qtbot)
    assert len(drawn_in) == 3 == len(set(drawn_in))


def test_answers_are_shown_in_turns_of_their_own_and_stay_questions_until_then(qtbot, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST", 0.0)
    turn, shown = Turn(), []
    computer = Computer(turn)
    for name in "ab":
        computer.compute(name, lambda name=name: name, lambda value: shown.append((value, computer.busy)))
    time.sleep(0.05)  # both are answered, and neither was heard of
    qtbot.waitUntil(lambda: not computer.busy)
    computer.stop()
    assert sorted(value for value, _ in shown) == ["a", "b"] and [busy for _, busy in shown] == [True, False]


def test_an_answer_that_waits_for_its_turn_can_still_be_forgotten(qtbot):
    class Busy(Turn):
        full = True

    turn, shown, answered = Busy(), [], []
    computer = Computer(turn)
    computer._answered.connect(lambda *_answer: answered.append(True))
    computer.compute("question", lambda: "old", shown.append)
    qtbot.waitUntil(lambda: bool(answered))
    computer.compute("question", lambda: "new", shown.append)
    turn.full = False
    qtbot.waitUntil(lambda: not computer.busy)
    computer.stop()
    assert shown == ["new"]
