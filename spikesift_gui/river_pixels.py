"""The ribbons of a river as numbers and pixels. Knows no Qt.

Each column has two half columns: from the left border of its segment to the middle, and from the middle to the right.
A link from one column to the next colours the right half of the one and the left half of the other.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from spikesift_core.river_words import links_by_hand
from spikesift_core.rivers import River

LANE_SHARE = 0.86  # of the height of a lane, for the highest rates
FULL_AT = 95  # percentile of the rates that fills a lane
THINNEST = 0.06  # of a lane: also the quietest unit is seen
GAP = 0.03  # of a lane, half the width of the line over a gap
THIN_GAP, THIN_RIBBON = 0.15, 0.25  # of a lane, where lanes are averaged: a gap, and what a ribbon is wider by
LEVELS = 64  # of margins
UNKNOWN = LEVELS  # the level of a link without a margin
BY_HAND = LEVELS + 1  # and of one that a person made or accepted, whatever its margin
LOWEST = -0.5  # margin of level 0; the last level is 1


@dataclass(frozen=True, eq=False)
class HalfCells:
    """Ribbons, (lanes, 2 * columns) each.

    Attributes
    ----------
    starts, ends : float32, half the width of the ribbon at the left and at the right end, in lanes.
    codes : uint8, level of the margin, UNKNOWN or BY_HAND.
    dashed : bool, whether it is the line over a gap.
    linked : bool, whether it goes on in the half column beside it, on the other side of the border.
    """

    starts: np.ndarray
    ends: np.ndarray
    codes: np.ndarray
    dashed: np.ndarray
    linked: np.ndarray

    def of_lanes(self, rows: slice) -> HalfCells:
        """Those of some lanes."""
        return HalfCells(*(getattr(self, part.name)[rows] for part in fields(self)))

    def widths_at(self, cells: np.ndarray, along: np.ndarray, gone: np.ndarray, between: np.ndarray) -> np.ndarray:
        """Half the width at each place, (lanes, places) float32.

        Parameters
        ----------
        cells : (places,) which half column. along : (places,) how far along it, 0 to 1.
        gone : (places,) bool, where a dashed line is not drawn.
        between : (places,) bool, in the room between two recordings, which only links cross.
        """
        half = self.starts[:, cells] * (1 - along) + self.ends[:, cells] * along
        half[self.dashed[:, cells] & gone] = 0
        half[~self.linked[:, cells] & between] = 0
        return half


@dataclass(frozen=True, eq=False)
class Lanes:
    """What is painted of a river: made in the background, since it takes longer than a frame of very many streams.

    Attributes
    ----------
    order : (lanes,) int64, the stream in each lane from the top.
    cells : the ribbons. colors : (lanes, half columns) uint32, 0x00rrggbb.
    sums : see `running_sums`. full : the rate (Hz) from which a ribbon fills its lane, 0 without a unit.
    """

    order: np.ndarray
    cells: HalfCells
    colors: np.ndarray
    sums: np.ndarray
    full: float


def lanes_of(shown: River, order: np.ndarray, colors: np.ndarray) -> Lanes:
    """The streams in `order`, from the top. `colors`: (LEVELS + 2,) uint32, 0x00rrggbb of each level."""
    cells = half_cells(shown, order)
    colored = colors[cells.codes]
    return Lanes(order, cells, colored, running_sums(cells, colored), full_rate(shown))


def half_cells(shown: River, order: np.ndarray) -> HalfCells:
    """The ribbons of the streams in `order`, from the top."""
    found, before = shown.found[order], shown.before[order]
    lanes, columns = found.shape
    half = np.where(found, ribbon_widths(shown)[order] / 2, 0).astype(np.float32)
    starts, ends = np.repeat(half, 2, axis=1), np.repeat(half, 2, axis=1)
    linked = found[:, 1:] & (before[:, 1:] == np.arange(columns - 1))
    middle = (half[:, 1:] + half[:, :-1]) / 2
    ends[:, 1:-1:2] = np.where(linked, middle, ends[:, 1:-1:2])
    starts[:, 2::2] = np.where(linked, middle, starts[:, 2::2])
    places = np.arange(columns)
    over = (shown.first[order][:, None] < places) & (places < shown.last[order][:, None]) & ~found
    dashed = np.repeat(over, 2, axis=1)
    starts[dashed] = ends[dashed] = GAP
    level = np.where(links_by_hand(shown)[order], BY_HAND, levels(shown.margins[order], shown.costs[order]))
    codes = _codes(level.astype(np.uint8), found, before >= 0)
    inside = (shown.first[order][:, None] <= places) & (places <= shown.last[order][:, None])
    goes_on = np.empty(dashed.shape, bool)
    goes_on[:, 0::2] = inside & (places > shown.first[order][:, None])
    goes_on[:, 1::2] = inside & (places < shown.last[order][:, None])
    return HalfCells(starts, ends, codes, dashed, goes_on)


def _codes(level: np.ndarray, found: np.ndarray, continues: np.ndarray) -> np.ndarray:
    """See `HalfCells`: to the left of a link the level of the next column in which the stream was found, which is that
    of the link; where no link is at one end of a column, as at the other."""
    columns = found.shape[1]
    at = np.where(found, np.arange(columns), columns)
    reached = np.minimum.accumulate(at[:, ::-1], axis=1)[:, ::-1]
    following = np.hstack([reached[:, 1:], np.full((len(found), 1), columns)])
    padded = np.hstack([level, np.full((len(found), 1), UNKNOWN, np.uint8)])
    right = np.take_along_axis(padded, following, axis=1)
    left = np.where(found, np.where(continues, level, right), right)
    codes = np.empty((len(found), 2 * columns), np.uint8)
    codes[:, 0::2] = left
    codes[:, 1::2] = np.where(found & (following == columns), left, right)
    return codes


def levels(margins: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """Level of each link, uint8. One without another candidate is beyond doubt; one without a cost is unknown."""
    sure = np.where(np.isnan(margins), 1.0, margins)
    share = np.clip((sure - LOWEST) / (1 - LOWEST), 0, 1)
    return np.where(np.isnan(costs), UNKNOWN, np.rint(share * (LEVELS - 1))).astype(np.uint8)


def ribbon_widths(shown: River) -> np.ndarray:
    """(streams, columns) float32, share of a lane: grows with the square root of the rate; nan where not found."""
    full = full_rate(shown)
    share = np.sqrt(np.minimum(shown.rates / full, 1)) if full > 0 else np.where(shown.found, 0.0, np.nan)
    return np.maximum(LANE_SHARE * share, THINNEST).astype(np.float32)


def full_rate(shown: River) -> float:
    """The rate (Hz) from which a ribbon fills its lane; 0 without a unit."""
    return float(np.nanpercentile(shown.rates, FULL_AT)) if shown.found.any() else 0.0


def ribbons(half: np.ndarray, colors: np.ndarray, y: np.ndarray, pixel: float) -> np.ndarray:
    """Ribbons with soft edges, (y, x) uint32, 0xaarrggbb.

    Parameters
    ----------
    half : (lanes, x) float32, half the width, in lanes. colors : (lanes, x) uint32, 0x00rrggbb.
    y : (y,) where each row of pixels is, in lanes from the first. pixel : lanes in a pixel.
    """
    if not len(half):
        return np.zeros((len(y), half.shape[1]), np.uint32)
    lane = np.floor(y).astype(int)
    outside = (lane < 0) | (lane >= len(half))
    lane = np.clip(lane, 0, len(half) - 1)
    edge = np.where(half > 0, half / np.float32(pixel) + np.float32(0.5), np.float32(-1e9))
    alpha = edge[lane]
    alpha -= (np.abs(y - lane - 0.5) / pixel).astype(np.float32)[:, None]
    np.clip(alpha, 0, 1, out=alpha)
    alpha[outside] = 0
    alpha *= 255
    pixels = alpha.astype(np.uint32)
    pixels <<= 24
    pixels |= colors[lane]
    return pixels


def running_sums(cells: HalfCells, colors: np.ndarray) -> np.ndarray:
    """How much each lane covers, and that times red, green and blue, summed from the top: (4, lanes + 1, half columns)
    float32, for `averaged`. `colors` as for `ribbons`."""
    cover = np.where(cells.dashed, THIN_GAP, np.clip(2 * cells.starts + THIN_RIBBON, 0, 1) * (cells.starts > 0))
    sums = np.zeros((4, cover.shape[0] + 1, cover.shape[1]), np.float32)
    sums[0, 1:] = cover
    for part, shift in enumerate((16, 8, 0), start=1):
        sums[part, 1:] = cover * ((colors >> np.uint32(shift)) & np.uint32(255))
    return np.cumsum(sums, axis=1, out=sums)


def averaged(sums: np.ndarray, y: np.ndarray, pixel: float) -> np.ndarray:
    """Pixels (y, half columns) uint32, each the mean of the lanes that share it: none of very many goes unseen.

    Parameters
    ----------
    sums : of `running_sums`. y, pixel : as for `ribbons`, from the first lane.
    """
    lanes = sums.shape[1] - 1
    if not lanes:
        return np.zeros((len(y), sums.shape[2]), np.uint32)
    begin = np.clip(np.floor(y - pixel / 2).astype(int), 0, lanes - 1)
    end = np.clip(np.ceil(y + pixel / 2).astype(int), begin + 1, lanes)
    cover, *rgb = sums[:, end] - sums[:, begin]
    scale = 1 / np.maximum(cover, np.float32(1e-6))
    cover *= (255 / (end - begin))[:, None].astype(np.float32)
    cover[(y < -pixel) | (y > lanes + pixel)] = 0
    pixels = np.minimum(cover, 255).astype(np.uint32)
    for part in rgb:
        part *= scale
        pixels <<= 8
        pixels |= np.clip(part, 0, 255).astype(np.uint32)
    return pixels
