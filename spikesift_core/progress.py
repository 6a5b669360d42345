"""What a long job reports, and how it is driven and cancelled.

A long job is a generator. It yields `Progress` (how far) and partial results (such as a finished segment),
and returns its result. Whoever drives it cancels it by not asking for the next event and closing it: what was
yielded until then is finished and stays valid. The terminal, the tests and the window drive the same generator.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Attributes
    ----------
    stage : what is being done, in words for a person ("Sorting segments").
    done, total : amount done and amount in all, in `unit`; `total` is above 0.
    unit : what is counted ("s of recording", "kernels").
    """

    stage: str
    done: float
    total: float
    unit: str = ""

    @property
    def fraction(self) -> float:
        """Share done, 0 to 1."""
        return min(1.0, self.done / self.total) if self.total > 0 else 1.0


def run_to_end(
    job: Generator[Any, None, Result],
    on_event: Callable[[Any], None] | None = None,
) -> Result:
    """Drive `job` to its end, hand each event to `on_event`, and return the job's result.

    Whatever the job raises is raised here. An exception from `on_event` (such as KeyboardInterrupt) closes the job.
    """
    try:
        while True:
            event = next(job)
            if on_event is not None:
                on_event(event)
    except StopIteration as stop:
        return stop.value
    finally:
        job.close()
