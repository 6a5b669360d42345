"""How each view of units looks: rendered offscreen from a fixed result, and compared coarsely with approved pictures.

Pictures are compared after both were shrunk to a few cells, and less strictly where the fonts are not those the
approved ones were made with.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from spikesift_core.merged_parts import Span
from spikesift_gui import match_transitions
from spikesift_gui import transitions as t
from spikesift_gui.commands import COMMANDS
from spikesift_gui.context import Context
from spikesift_gui.matching import answer, question
from spikesift_gui.preferences import Preferences
from spikesift_gui.qt import Qt, QtGui, QtWidgets, pg
from spikesift_gui.theme import apply_theme, family
from spikesift_gui.views.amplitudes import AmplitudeView
from spikesift_gui.views.correlograms import CorrelogramView
from spikesift_gui.views.drift import DriftView
from spikesift_gui.views.isi import IsiView
from spikesift_gui.views.match_curve import MatchCurve
from spikesift_gui.views.match_pair import MatchPair
from spikesift_gui.views.match_pairs import MatchPairs
from spikesift_gui.views.match_recordings import MatchRecordings
from spikesift_gui.views.match_river import MatchRiver
from spikesift_gui.views.match_table import MatchTable
from spikesift_gui.views.quality import QualityView
from spikesift_gui.views.raster import RasterView
from spikesift_gui.views.segments import SegmentsView
from spikesift_gui.views.similarity import SimilarityView
from spikesift_gui.views.traces import TracesView
from spikesift_gui.views.unit_table import UnitTable
from spikesift_gui.views.vectors import VectorView
from spikesift_gui.views.waveforms import WaveformView
from tests.gui.unit_example import example_result

APPROVED = Path(__file__).resolve().parent.parent / "pictures"
SIZE = (480, 320)
CELLS = (24, 16)
FONT = APPROVED / "font.txt"  # the family the pictures were made with
# Mean difference of a cell, of 255. With the same font a missing line is seen; with another one (even a monospaced
# one) still another view, other units or the other theme.
TOLERANCE, TOLERANCE_WITH_ANOTHER_FONT = 0.5, 6.0
# name: (view, selected units, segment in focus, options, dark)
SCENES: dict[str, tuple] = {
    "waveforms": (WaveformView, (0, 1), None, {}, False),
    "waveforms_segments_dark": (WaveformView, (1,), None, {"behind": "segments"}, True),
    "waveforms_density": (WaveformView, (1,), None, {"behind": "density", "scale": 1.6}, False),
    "vectors": (VectorView, (0, 2), None, {}, False),
    "vectors_segment_dark": (VectorView, (1,), 2, {}, True),
    "amplitudes": (AmplitudeView, (0, 1), None, {}, False),
    "amplitudes_segments_dark": (AmplitudeView, (0, 1, 2), 1, {"spikes": False}, True),
    "correlograms": (CorrelogramView, (0, 1), None, {}, False),
    "correlograms_dark": (CorrelogramView, (0,), None, {"window_ms": 20.0, "bin_ms": 0.5}, True),
    "isi": (IsiView, (0, 1), None, {}, False),
    "isi_log_dark": (IsiView, (0,), None, {"log": True}, True),
    "quality": (QualityView, (1,), None, {}, False),
    "quality_dark": (QualityView, (), None, {}, True),
    "similarity": (SimilarityView, (0, 1), None, {}, False),
    "segments": (SegmentsView, (), None, {}, False),
    "segments_dark": (SegmentsView, (), 2, {}, True),
    "traces": (TracesView, (0, 1), None, {"thresholds": True}, False),
    "traces_subtracted": (TracesView, (0,), None, {"kind": "subtracted"}, False),
    "traces_residual_dark": (TracesView, (0,), None, {"kind": "residual", "taken": 2}, True),
    "drift": (DriftView, (1,), None, {}, False),
    "drift_dark": (DriftView, (), 3, {"spikes": "amplitudes"}, True),
    "raster": (RasterView, (1,), None, {}, False),
    "raster_rates_dark": (RasterView, (), None, {"show": "rates", "order": "id"}, True),
    "units": (UnitTable, (1,), None, {}, False),
    "match_curve": (MatchCurve, (), None, {}, False),
    "match_pairs": (MatchPairs, (1,), None, {}, False),
    "match_recordings": (MatchRecordings, (), None, {}, False),
    "match_table_dark": (MatchTable, (0,), None, {}, True),
    "match_pair": (MatchPair, (0,), None, {}, False),
    "match_river_dark": (MatchRiver, (), None, {}, True),
    "match_river_merged": (MatchRiver, (), None, {"columns": "times"}, False),
}
# What a merged recording was made of
MERGED = {
    "merged": True,
    "spans": (Span("day 3", 0, 20_000, datetime(2024, 5, 3, 10, 12)), Span("day 4", 20_000, 40_000, None)),
}
CHANGED: dict[str, dict] = {"match_river_merged": MERGED, "match_recordings": {"began": datetime(2024, 5, 3, 10, 12)}}

# The first segment beside the last, unit 2 is lost in between; name: pair in focus, refused pair; or beside another
# segment, and the largest drift
COMPARED: dict[str, tuple] = {
    "match_curve": (None, None, 1, 10.0),
    "match_pairs": ((1, 1), None),
    "match_table_dark": ((0, 0), (1, 1)),
    "match_pair": ((0, 0), None),
    "match_river_dark": (None, (1, 1)),
}


def render(name: str, folder: Path) -> QtGui.QImage:
    """The picture of one scene; needs a QApplication. `folder` gets the recording and preferences."""
    view_class, units, segment, options, dark = SCENES[name]
    context = Context(COMMANDS, Preferences(folder / "preferences"), None)
    try:
        context.model.apply(t.put_result, example_result(folder, **CHANGED.get(name, {})))
        context.model.apply(t.set_appearance, choice="dark" if dark else "light", dark=dark)
        context.model.apply(t.select_units, units)
        context.model.apply(t.set_view, segment=segment)
        for option, value in options.items():
            context.model.apply(t.set_option, view_class.id, option, value)
        if name in COMPARED:
            compare(context, *COMPARED[name])
        if view_class is MatchRecordings:
            choose_two(context)
        application = QtWidgets.QApplication.instance()
        apply_theme(application, context.state.appearance)
        view = view_class(context)
        view.resize(*SIZE)
        view.show()
        view.setFocus()
        wait_until_drawn(context)
        image = _settled_picture(view, context)
        view.close()
    finally:
        context.stop()
    assert not context.state.problems, context.state.problems
    return image


def choose_two(context: Context) -> None:
    """A second recording, of which nobody knows when it began, and both chosen."""
    other = replace(context.state.results.current, id=2, name="day 4", began=None)
    context.model.apply(t.put_result, other)
    context.model.apply(match_transitions.choose_together, (1, 2))


def compare(context: Context, pair: tuple | None, refused: tuple | None, target: int = 3, drift: float = 30.0) -> None:
    """Compare two segments of the example, as the page Match does."""
    context.model.apply(match_transitions.choose, source_segment=0, target_segment=target, max_drift=drift)
    asked = question(context.state)
    context.model.apply(match_transitions.put_answer, asked, *answer(asked))
    if refused is not None:
        context.model.apply(match_transitions.decide_pair, *refused, False)
    if pair is not None:
        context.model.apply(match_transitions.focus_pair, *pair)


def _settled_picture(view: QtWidgets.QWidget, context: Context) -> QtGui.QImage:
    """Axes find their width only when they are painted, and keep a little of what they needed for numbers shown before:
    that is forgotten, and then it takes until three pictures in a row are the same."""
    wait_until_drawn(context)
    for plot in view.findChildren(pg.GraphicsView):
        for axis in (item for item in plot.scene().items() if isinstance(item, pg.AxisItem)):
            axis.textWidth = axis.textHeight = 0
            axis.setStyle()
    pictures: list[QtGui.QImage] = []
    for _ in range(20):
        wait_until_drawn(context)
        pictures.append(view.grab().toImage().convertToFormat(QtGui.QImage.Format.Format_RGB32))
        if len(pictures) > 2 and pictures[-1] == pictures[-2] == pictures[-3]:
            break
    return pictures[-1]


def wait_until_drawn(context: Context, seconds: float = 60.0) -> None:
    """Let Qt and the background finish what is asked."""
    until = time.monotonic() + seconds
    calm = 0
    while calm < 5 and time.monotonic() < until:
        QtWidgets.QApplication.processEvents()
        calm = 0 if context.computer.busy or context.state.jobs or not context.turn.idle else calm + 1
        time.sleep(0.002)


def cells(image: QtGui.QImage) -> np.ndarray:
    """The picture shrunk to CELLS, (height, width, 3) float64, 0 to 255."""
    smooth = image.convertToFormat(QtGui.QImage.Format.Format_RGB888).scaled(
        *CELLS, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    data = np.frombuffer(smooth.constBits().asstring(smooth.sizeInBytes()), np.uint8)
    rows = data.reshape(smooth.height(), smooth.bytesPerLine())[:, : 3 * smooth.width()]
    return rows.reshape(smooth.height(), smooth.width(), 3).astype(float)


def tolerance() -> float:
    """What is allowed with the fonts of this machine."""
    same = FONT.read_text(encoding="utf-8").strip() == used_font()
    return TOLERANCE if same else TOLERANCE_WITH_ANOTHER_FONT


def used_font() -> str:
    """The family that is really drawn with here."""
    return QtGui.QFontInfo(QtGui.QFont(family())).family()


def difference(one: QtGui.QImage, other: QtGui.QImage) -> float:
    """Mean difference of the cells of two pictures, of 255."""
    return float(np.abs(cells(one) - cells(other)).mean())
