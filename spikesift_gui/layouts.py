"""The table of layouts of the page Inspect: which views, where, how large. A new one is one row here. Knows no Qt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

Group = tuple[tuple[str, ...], int]


@dataclass(frozen=True)
class Arrangement:
    """Views in two rows.

    Attributes
    ----------
    id, title, help : of its command.
    rows : the upper and the lower row, each of groups from left to right: ids of views that share one place as tabs,
        and its share of the width.
    heights : shares of the two rows.
    """

    id: str
    title: str
    help: str
    rows: tuple[tuple[Group, ...], tuple[Group, ...]]
    heights: tuple[int, int]

    @property
    def views(self) -> tuple[str, ...]:
        """Ids of all its views."""
        return tuple(view for row in self.rows for group, _share in row for view in group)

    def places(self) -> Iterator[tuple[str, str, str]]:
        """(view, place, beside) in the words of `DockArea`."""
        for row, area in zip(self.rows, ("top", "bottom"), strict=True):
            firsts = [group[0] for group, _share in row]
            yield firsts[0], area, ""
            yield from ((view, "right of", beside) for beside, view in pairwise(firsts))
        for row in self.rows:  # tabs come last: Qt cannot split a place that has tabs
            for group, _share in row:
                yield from ((view, "tab", beside) for beside, view in pairwise(group))

    def shares(self) -> Iterator[tuple[dict[str, int], bool]]:
        """Shares of the room by view, and whether they are heights."""
        for row in self.rows:
            yield {group[0]: share for group, share in row}, False
        yield {row[0][0][0]: share for row, share in zip(self.rows, self.heights, strict=True)}, True


FIRST = Arrangement(
    "all",
    "every view",
    "Every view of the units, some of them as tabs: how the page is at first.",
    (
        ((("units",), 36), (("waveforms", "vectors", "similarity"), 32), (("correlograms", "isi"), 32)),
        ((("traces", "quality"), 60), (("raster", "amplitudes", "drift", "segments"), 40)),
    ),
    (54, 46),
)

LAYOUTS: tuple[Arrangement, ...] = (
    FIRST,
    Arrangement(
        "overview",
        "overview",
        "All units at once: how good they are, where they are along the probe, when they fire.",
        (((("quality",), 100),), ((("units",), 36), (("raster",), 34), (("drift", "similarity"), 30))),
        (50, 50),
    ),
    Arrangement(
        "quality",
        "quality control",
        "Is a unit one neuron, and whole? Waveforms, refractory period, amplitudes over time.",
        (
            ((("units",), 36), (("waveforms",), 32), (("correlograms",), 32)),
            ((("amplitudes",), 64), (("isi",), 36)),
        ),
        (52, 48),
    ),
    Arrangement(
        "drift",
        "drift",
        "Did units move, and were they followed? Drift map and amplitude vectors by segment.",
        (((("drift",), 56), (("vectors",), 44)), ((("units",), 44), (("amplitudes",), 56))),
        (54, 46),
    ),
    Arrangement(
        "teaching",
        "teaching",
        "Few and large views to show to others: the signal, the waveforms, the intervals.",
        (((("traces",), 100),), ((("units",), 30), (("waveforms",), 36), (("isi", "correlograms"), 34))),
        (50, 50),
    ),
)
