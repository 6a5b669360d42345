"""A job at the terminal: a progress bar with speed and remaining time, a summary, and Ctrl+C at a safe moment."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Generator, Iterator
from typing import Any

from spikesift_core.messages import plural, say
from spikesift_core.progress import Progress, run_to_end

BAR = "{desc} {percentage:3.0f}% |{bar}| {n:.0f} of {total:.0f} {unit}{postfix}, {remaining} left"
SECONDS = "s of recording"
REDRAW_SECONDS = 0.1


class ProgressBar:
    """Shows `Progress` on standard error, a bar for each thing counted; nothing where that is no terminal."""

    def __init__(self, shown: bool = True):
        self._shown = shown
        self._bar = None
        self._counted = None
        self._started = 0.0
        self._drawn = 0.0

    def show(self, event: Any) -> None:
        """Show an event of a job; events that are no `Progress` change nothing."""
        if not isinstance(event, Progress) or not self._shown:
            return
        if self._counted != (event.unit, event.total):
            self._begin(event)
        elif time.perf_counter() - self._drawn < REDRAW_SECONDS and event.fraction < 1:
            return
        self._drawn = time.perf_counter()
        self._bar.n = event.done
        self._bar.set_description_str(event.stage, refresh=False)
        self._bar.set_postfix_str(self._speed(event), refresh=False)
        self._bar.refresh()

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = self._counted = None

    def _begin(self, event: Progress) -> None:
        from tqdm import tqdm

        self.close()
        self._counted = event.unit, event.total
        self._started = time.perf_counter()
        self._bar = tqdm(
            total=event.total,
            desc=event.stage,
            unit=event.unit,
            bar_format=BAR,
            leave=False,
            ncols=100,
            nrows=20,  # else a terminal that does not tell its size shows nothing
            disable=None,  # no bar where standard error is not a terminal
        )

    def _speed(self, event: Progress) -> str:
        elapsed = time.perf_counter() - self._started
        if event.unit != SECONDS or elapsed <= 0:
            return ""
        return f"{event.done / elapsed:.1f} × real time"


def run_with_bar(job: Generator, shown: bool = True) -> Any:
    """Drive a job to its end with a bar. Returns the job's result."""
    bar = ProgressBar(shown)
    try:
        return run_to_end(job, bar.show)
    finally:
        bar.close()


def sort_with_bar(recording, job: Generator) -> Any:
    """Drive a sorting job with a bar, and say at the end what was found. Returns the sorted recording."""
    say(recording.summary())
    started = time.perf_counter()
    result = run_with_bar(job)
    say(sorting_words(result, recording.duration, time.perf_counter() - started))
    return result


def sorting_words(result, seconds: float, taken: float) -> str:
    """What was found and how fast, one line."""
    from spikesift_core.tracks import throughout

    segments = len(result.sorted_segments)
    spikes = sum(len(times) for segment in result.sorted_segments for times in segment.spike_clusters)
    return (
        f"{plural(len(throughout(result)), 'unit')} followed through {plural(segments, 'segment')}, "
        f"{plural(spikes, 'spike')} in all clusters; {seconds:.1f} s of recording in {taken:.1f} s "
        f"({seconds / max(taken, 1e-9):.1f} × real time)"
    )


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold Ctrl+C back until the block has ended. Only in the main thread."""
    pending = []
    before = signal.signal(signal.SIGINT, lambda *_: pending.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pending:
        raise KeyboardInterrupt
