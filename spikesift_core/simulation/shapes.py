"""What a spike looks like over time: biphasic and triphasic shapes, in tables that allow delays of part of a sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BEFORE_MS = 1.2
AFTER_MS = 2.6
PHASES = 8
FADE_MS = 0.3  # a shape fades in and out over this time, so that it has no steps at its ends


@dataclass(frozen=True)
class Shape:
    """One spike shape, with a trough of -1 at 0 ms.

    Attributes
    ----------
    width : of the trough at half its depth, ms.
    first_peak, first_ms : height and time before the trough of the first peak (0 high: a biphasic shape).
    last_peak, last_ms : height and time of the repolarisation after the trough.
    """

    width: float
    first_peak: float
    first_ms: float
    last_peak: float
    last_ms: float

    def at(self, ms: np.ndarray) -> np.ndarray:
        """Values at times from the trough (ms), each 0 outside the table."""
        half = self.width / 2.355
        trough = _bump(ms, 0.0, 0.9 * half, 1.15 * half)
        first = self.first_peak * _bump(ms, -self.first_ms, 0.5 * self.first_ms, 0.4 * self.first_ms)
        last = self.last_peak * _bump(ms, self.last_ms, 0.38 * self.last_ms, 0.65 * self.last_ms)
        ends = np.minimum(ms + BEFORE_MS, AFTER_MS - ms) / FADE_MS
        fade = np.sin(np.pi / 2 * ends.clip(0, 1)) ** 2
        return fade * (first - trough + last)

    def far(self) -> Shape:
        """The shape at the far end of the cell: wider, with a first peak, and less repolarisation."""
        return Shape(
            1.3 * self.width, self.first_peak + 0.25, 1.15 * self.first_ms, 0.7 * self.last_peak, 1.2 * self.last_ms
        )


def _bump(ms, centre, left, right):
    return np.exp(-0.5 * ((ms - centre) / np.where(ms < centre, left, right)) ** 2)


def narrow(rng: np.random.Generator) -> Shape:
    """A fast cell: short trough, strong and early repolarisation."""
    return Shape(rng.uniform(0.11, 0.15), 0.0, 0.25, rng.uniform(0.35, 0.65), rng.uniform(0.22, 0.32))


def broad(rng: np.random.Generator) -> Shape:
    """A pyramidal cell: wider trough, slow repolarisation."""
    return Shape(rng.uniform(0.15, 0.25), 0.0, 0.3, rng.uniform(0.12, 0.35), rng.uniform(0.4, 0.7))


def triphasic(rng: np.random.Generator) -> Shape:
    """An axon or a dendrite near the contact: a peak before the trough."""
    width, last = rng.uniform(0.11, 0.2), rng.uniform(0.2, 0.5)
    return Shape(width, rng.uniform(0.15, 0.45), rng.uniform(0.22, 0.32), last, rng.uniform(0.25, 0.5))


KINDS = ((broad, 0.5), (narrow, 0.25), (triphasic, 0.25))


def random_shapes(count: int, rng: np.random.Generator) -> list[Shape]:
    """`count` shapes, of each kind its share."""
    makers, shares = zip(*KINDS, strict=True)
    return [makers[kind](rng) for kind in rng.choice(len(makers), size=count, p=shares)]


def shape_table(shapes: list[Shape], sampling_frequency: float) -> tuple[np.ndarray, int]:
    """Near and far version of each shape, sampled, for `PHASES` + 1 delays from 0 to 1 sample.

    Returns
    -------
    (shapes, 2, PHASES + 1, length) float32, and the sample of the trough at delay 0.
    """
    per_ms = sampling_frequency / 1000
    trough, after = int(np.ceil(BEFORE_MS * per_ms)), int(np.ceil(AFTER_MS * per_ms))
    samples = np.arange(trough + after + 1) - trough
    ms = (samples - np.arange(PHASES + 1)[:, None] / PHASES) / per_ms
    table = [[shape.at(ms), shape.far().at(ms)] for shape in shapes]
    return np.array(table, np.float32).reshape(len(shapes), 2, *ms.shape), trough
