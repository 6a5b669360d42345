"""The progress bar, and Ctrl+C at a safe moment."""

import io
import os
import signal

import pytest

from spikesift_core.progress import Progress
from spikesift_core.terminal import SECONDS, ProgressBar, interrupts_held, run_with_bar


class Terminal(io.StringIO):
    """Standard error that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


def job():
    yield Progress("Measuring", 5, 10, "ms")
    yield "a segment"
    for second in (20, 40, 60):
        yield Progress("Sorting segments", second, 60, SECONDS)
    return "done"


def test_the_bar_shows_stage_speed_and_remaining_time(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    assert run_with_bar(job()) == "done"
    shown = terminal.getvalue()
    assert "Measuring" in shown
    assert "60 of 60 s of recording" in shown
    assert "× real time" in shown
    assert "left" in shown


def test_nothing_is_shown_where_there_is_no_terminal(capsys):
    assert run_with_bar(job()) == "done"
    assert capsys.readouterr() == ("", "")


def test_a_hidden_bar_shows_nothing(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    run_with_bar(job(), shown=False)
    assert terminal.getvalue() == ""


def test_many_events_are_few_redraws(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    bar = ProgressBar()
    for done in range(1, 5001):
        bar.show(Progress("Sorting", done, 5000, SECONDS))
    bar.close()
    assert terminal.getvalue().count("\r") < 60


@pytest.mark.skipif(os.name != "posix", reason="os.kill with SIGINT ends the process on Windows")
def test_interrupts_wait_for_the_end_of_the_block():
    before = signal.getsignal(signal.SIGINT)
    done = []
    with pytest.raises(KeyboardInterrupt), interrupts_held():
        os.kill(os.getpid(), signal.SIGINT)
        done.append("the block was not cut")
    assert done
    assert signal.getsignal(signal.SIGINT) is before
    with interrupts_held():
        pass
