import errno
import threading

import pytest

from spikesift_core.progress import Progress
from spikesift_gui.command import Command, Refused
from spikesift_gui.context import Context
from tests.gui.conftest import Answers


def ended(context):
    return lambda: not context.state.jobs


def test_a_job_is_in_the_state_while_it_runs(context, qtbot):
    go_on, heard = threading.Event(), []

    def job():
        yield Progress("Sorting segments", 1, 4, "segments")
        go_on.wait(60)
        yield "segment"
        return "all"

    context.start_job("sort", "Sorting", job(), on_event=heard.append, on_finished=heard.append)
    qtbot.waitUntil(lambda: bool(context.state.job("sort").progress is not None))
    assert context.state.job("sort").progress.fraction == 0.25
    with pytest.raises(Refused, match="still running"):
        context.start_job("sort", "Sorting", job())
    go_on.set()
    qtbot.waitUntil(ended(context))
    assert heard == ["segment", "all"] and context.state.problems == ()


def test_a_job_that_fails_is_shown_with_words_and_details(context, qtbot):
    def job():
        yield Progress("Sorting", 0, 1)
        raise ValueError("The file has become shorter.")

    failed = []
    context.start_job("sort", "Sorting", job(), on_failed=failed.append)
    qtbot.waitUntil(lambda: bool(failed))
    problem = context.state.problems[-1]
    assert problem.words == "The file has become shorter." and problem.title == "Sorting did not work"
    assert "Traceback" in problem.details and context.state.jobs == ()


def test_a_job_can_be_cancelled_by_command(context, qtbot):
    stopped = []

    def job():
        while True:
            yield Progress("Sorting", 0, 1)

    context.start_job("sort", "Sorting", job(), on_cancelled=lambda: stopped.append(True))
    assert context.run("job.cancel", kind="sort")
    assert context.state.job("sort") is None or context.state.job("sort").cancelling
    qtbot.waitUntil(ended(context))
    assert stopped == [True] and context.words[-1] == "Sorting: cancelled."
    assert not context.run("job.cancel") and "Nothing is running" in context.words[-1]


def test_a_computation_that_fails_is_shown(context, qtbot):
    context.computer.compute("x", lambda: 1 / 0, lambda _: None)
    qtbot.waitUntil(lambda: bool(context.state.problems))
    assert "ZeroDivisionError" in context.state.problems[-1].words


@pytest.fixture
def own(qapp, preferences):
    """A context with commands of our own."""

    def refuse(context):
        raise Refused("Not today.")

    def fail(context):
        raise KeyError("unit")

    rows = (
        Command("a.never", "Never", lambda context: 1 / 0, "x", refuse=lambda state: "There is nothing to do it with."),
        Command("a.refuse", "Refuse", refuse, "x"),
        Command("a.fail", "&Fail…", fail, "x"),
    )
    made = Context(rows, preferences, Answers())
    made.words = []
    made.said.connect(made.words.append)
    yield made
    made.stop()


def test_a_refusal_is_said_and_a_failure_is_shown(own):
    assert not own.run("a.never") and own.words == ["There is nothing to do it with."]
    assert not own.run("a.refuse") and own.words[-1] == "Not today."
    assert own.state.problems == ()
    assert not own.run("a.fail")
    assert own.state.problems[-1].title == "Fail did not work"


def test_undo_by_command(context):
    assert not context.run("edit.undo") and context.words[-1] == "There is nothing to undo."
    context.run("probe.set", positions=[[0, 0]], source="one")
    context.run("settings.set", name="max_drift", value=50)
    assert context.run("edit.undo") and context.words[-1] == "Undone: Change setting."
    assert context.state.settings.given == {} and len(context.state.probe) == 1
    assert context.run("edit.undo") and len(context.state.probe) == 0
    assert context.run("edit.redo") and context.run("edit.redo")
    assert context.state.settings.given == {"max_drift": 50.0} and context.state.probe.source == "one"
    assert not context.run("edit.redo")


def test_what_the_system_refuses_is_said_in_words_with_what_to_do(context):
    context.report(OSError(errno.ENOSPC, "No space left on device", "units.csv"), "The export")
    words = "No space left on device: units.csv. Make room on that disk, then do it again."
    assert context.state.problems[-1].words == words
    context.report(PermissionError(errno.EACCES, "Permission denied", "units.csv"), "The export")
    assert context.state.problems[-1].words.endswith("Choose a folder that may be written.")
    context.report(OSError("The session a cannot be written: no room."), "Sorting")
    assert context.state.problems[-1].words == "The session a cannot be written: no room."


def test_what_ends_while_the_window_closes_begins_nothing_again(context, example):
    assert context.stop()
    assert not context.run("quality.measure") and context.words[-1] == "The window is being closed."
    assert not context.state.problems and context.stop()
