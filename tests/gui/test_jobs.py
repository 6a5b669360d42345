import threading
import time
import weakref

import pytest

from spikesift_core.progress import Progress, run_to_end
from spikesift_gui import jobs
from spikesift_gui.jobs import Computer, JobRunner, politely
from spikesift_gui.turns import Turn


@pytest.fixture
def runner(qapp):
    made = JobRunner()
    made.heard = []
    made.event.connect(lambda job_id, event: made.heard.append(("event", job_id, event)))
    made.finished.connect(lambda job_id, value: made.heard.append(("finished", job_id, value)))
    made.failed.connect(lambda job_id, error: made.heard.append(("failed", job_id, str(error))))
    made.cancelled.connect(lambda job_id: made.heard.append(("cancelled", job_id)))
    yield made
    made.stop()


@pytest.fixture
def computer(qapp):
    made = Computer(Turn())
    yield made
    made.stop()


def test_a_job_yields_and_returns_in_the_windows_thread(runner, qtbot):
    threads = []
    runner.event.connect(lambda *_: threads.append(threading.current_thread()))

    def job():
        threads.append(threading.current_thread())
        yield "segment 1"
        yield "segment 2"
        return "all"

    job_id = runner.start(job())
    qtbot.waitUntil(lambda: bool(runner.heard and runner.heard[-1][0] == "finished"))
    assert runner.heard == [
        ("event", job_id, "segment 1"),
        ("event", job_id, "segment 2"),
        ("finished", job_id, "all"),
    ]
    assert threads[0] is not threading.main_thread()
    assert threads[1:] == [threading.main_thread()] * 2


@pytest.mark.parametrize("error", [RuntimeError("broken"), ValueError("bad"), SystemExit("out"), MemoryError("full")])
def test_an_exception_is_told_once(runner, qtbot, error):
    def job():
        yield 1
        raise error

    job_id = runner.start(job())
    qtbot.waitUntil(lambda: bool(len(runner.heard) == 2))
    qtbot.wait(20)
    assert runner.heard == [("event", job_id, 1), ("failed", job_id, str(error))]


class Large:
    """What a job or a computation works on."""


@pytest.mark.parametrize("kind", ["job", "computation"])
def test_what_failed_holds_nothing_it_worked_on(runner, computer, qtbot, monkeypatch, kind):
    monkeypatch.setattr(jobs.log, "disabled", True)  # pytest keeps what is logged
    worked_on = []

    def job():
        large = Large()
        worked_on.append(weakref.ref(large))
        yield 1
        raise ValueError("bad")

    if kind == "job":
        runner.start(job())
    else:
        computer.compute("question", job, runner.heard.append)
    qtbot.waitUntil(lambda: bool(worked_on) and worked_on[0]() is None)  # without the garbage collection: see conftest


def test_cancel_stops_at_the_next_yield_and_closes_the_generator(runner, qtbot):
    closed, at_yield, go_on = threading.Event(), threading.Event(), threading.Event()

    def job():
        try:
            yield "first"
            at_yield.set()
            go_on.wait(60)
            yield "second, still told: it was finished"
            raise AssertionError("went on after cancel")
        finally:
            closed.set()

    job_id = runner.start(job())
    assert at_yield.wait(60)
    runner.cancel(job_id)
    go_on.set()
    qtbot.waitUntil(lambda: bool(("cancelled", job_id) in runner.heard))
    assert closed.is_set()
    assert [entry[0] for entry in runner.heard] == ["event", "event", "cancelled"]


def test_progress_is_thinned_out_and_results_never(runner, qtbot):
    def job():
        for number in range(5000):
            yield Progress("Sorting", number, 5000)
            if number % 1000 == 0:
                yield number
        yield Progress("Linking", 0, 1)

    runner.start(job())
    qtbot.waitUntil(lambda: bool(runner.heard and runner.heard[-1][0] == "finished"))
    events = [entry[2] for entry in runner.heard if entry[0] == "event"]
    progress = [event for event in events if isinstance(event, Progress)]
    assert [event for event in events if not isinstance(event, Progress)] == [0, 1000, 2000, 3000, 4000]
    assert len(progress) < 500 and progress[-1].stage == "Linking"


def test_stop_waits_for_what_runs(qapp):
    runner, started, ended = JobRunner(), threading.Event(), threading.Event()

    def job():
        try:
            while True:
                started.set()
                yield 1
        finally:
            ended.set()

    runner.start(job())
    assert started.wait(60)
    assert runner.stop() and ended.is_set()


def test_an_answer_comes_in_the_windows_thread(computer, qtbot):
    answers = []
    computer.compute("question", lambda: 42, lambda value: answers.append((value, threading.current_thread())))
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [(42, threading.main_thread())] and not computer.busy


def test_an_answer_to_an_outdated_question_is_dropped(computer, qtbot):
    answers, go_on = [], threading.Event()
    computer.compute("question", lambda: go_on.wait(60) and "old", answers.append)
    computer.compute("question", lambda: "new", answers.append)
    computer.compute("another", lambda: "other", answers.append)
    qtbot.waitUntil(lambda: bool(len(answers) == 2))
    go_on.set()
    qtbot.wait(50)
    assert sorted(answers) == ["new", "other"]


def test_a_question_that_waits_in_line_is_not_even_computed_when_outdated(computer, qtbot):
    go_on, computed, answers = threading.Event(), [], []
    for name in ("a", "b"):  # fill both threads
        computer.compute(name, lambda: go_on.wait(60), lambda _: None)
    for number in range(5):
        computer.compute("question", lambda number=number: computed.append(number) or number, answers.append)
    go_on.set()
    qtbot.waitUntil(lambda: bool(answers))
    assert computed == [4] and answers == [4]


def test_a_computation_that_fails_is_told(computer, qtbot):
    with qtbot.waitSignal(computer.failed) as signal:
        computer.compute("question", lambda: 1 / 0, lambda _: None)
    assert isinstance(signal.args[0], ZeroDivisionError)
    assert not computer.busy


def test_what_is_quick_does_not_wait_for_what_is_slow(computer, qtbot):
    go_on, answers = threading.Event(), []
    for name in ("one", "two", "three"):
        computer.compute(name, lambda name=name: (go_on.wait(60), name)[1], answers.append, slow=True)
    computer.compute("quick", lambda: "quick", answers.append)
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == ["quick"] and computer.busy
    go_on.set()
    qtbot.waitUntil(lambda: not computer.busy)
    assert sorted(answers[1:]) == ["one", "three", "two"]


def test_a_computation_in_steps_is_given_up_when_nobody_wants_it_any_more(computer, qtbot):
    steps, answers = [], []

    def slowly(name):
        while True:
            steps.append(name)
            time.sleep(0.005)
            yield

    computer.compute("question", lambda: slowly("old"), answers.append, slow=True)
    qtbot.waitUntil(lambda: len(steps) > 2)
    computer.compute("question", lambda: iter_once("new"), answers.append, slow=True)
    qtbot.waitUntil(lambda: not computer.busy)
    done = len(steps)
    qtbot.wait(50)
    assert answers == ["new"] and len(steps) <= done + 1


def iter_once(value):
    yield
    return value


def test_what_is_slow_waits_at_its_steps_for_what_is_quick(computer, qtbot, monkeypatch):
    monkeypatch.setattr(jobs, "LONGEST_WAIT", 60.0)
    go_on, steps, answers = threading.Event(), [], []

    def slowly():
        while not answers:
            steps.append(time.monotonic())
            time.sleep(0.001)
            yield
        return "slow"

    computer.compute("slow", slowly, answers.append, slow=True)
    qtbot.waitUntil(lambda: len(steps) > 2)
    computer.compute("quick", lambda: go_on.wait(60), lambda _: answers.append("quick"))
    time.sleep(0.05)
    before = len(steps)
    time.sleep(0.2)
    assert len(steps) <= before + 1, "it goes on when the quick one is answered"
    go_on.set()
    qtbot.waitUntil(lambda: not computer.busy)
    assert answers == ["quick", "slow"]


def test_a_job_that_nobody_asked_for_lets_others_pass_and_is_closed():
    passed, closed = [], []

    def job():
        try:
            yield 1
            yield 2
            return 3
        finally:
            closed.append(True)

    events = []
    assert run_to_end(politely(job(), lambda: passed.append(len(events))), events.append) == 3
    assert events == [1, 2] and passed == [0, 1, 2] and closed == [True], "others come first, from the first step on"
    given_up = politely(job(), lambda: None)
    next(given_up)
    given_up.close()
    assert closed == [True, True]
