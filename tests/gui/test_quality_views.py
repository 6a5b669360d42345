"""Metrics in the window: measured in the background, chosen as columns, filtered by; Quality, Similarity, Segments."""

from dataclasses import replace

import numpy as np
import pytest

from spikesift_core.quality import METRICS
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.tracks import tracks
from spikesift_gui import transitions as t
from spikesift_gui.qt import Qt, QtCore
from spikesift_gui.segment_counts import counts_of
from spikesift_gui.unit_figures import being_measured, quality_now
from spikesift_gui.views.quality import QualityView
from spikesift_gui.views.segments import SegmentsView
from spikesift_gui.views.similarity import SimilarityView
from spikesift_gui.views.unit_table import UnitTable
from spikesift_gui.widgets.column_menu import ColumnMenu
from spikesift_gui.widgets.limit_plot import NARROWEST, few_ticks
from tests.gui.helpers import drawn, settle
from tests.gui.unit_example import RATE, SEGMENT, example_result


@pytest.fixture
def show(show, qtbot, context):
    """Makes a view, shows it, and waits until everything is measured and drawn; nothing is selected."""

    def make(view_class, size=(900, 420)):
        view = show(view_class, (), size)
        measured(qtbot, context)
        return view

    return make


def measured(qtbot, context):
    drawn(qtbot, context)  # what is measured may start a job
    drawn(qtbot, context)


def cell(view, row, name, role=Qt.ItemDataRole.DisplayRole):
    return view.model.data(view.model.index(row, view.model.section(name)), role)


def tip(view, row, name):
    return cell(view, row, name, Qt.ItemDataRole.ToolTipRole)


def click(qtbot, plot, x, y):
    box = plot.getPlotItem().getViewBox()
    at = plot.mapFromScene(box.mapViewToScene(QtCore.QPointF(x, y)))
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    settle(qtbot)


# ---------------------------------------------------------------- the table of units


def test_metrics_fill_in_as_they_come(show, context):
    view = show(UnitTable)
    quality = quality_now(context.state)
    assert quality.complete and not being_measured(context.state)
    assert float(cell(view, 0, "snr")) == pytest.approx(quality.columns["snr"][0], abs=0.06)
    assert cell(view, 0, "segments") == "4/4" and cell(view, 2, "segments") == "⚠ 2/4"
    assert cell(view, 2, "amplitude_cutoff") == "–" and "fewer than 500 spikes" in tip(view, 2, "amplitude_cutoff")
    assert "Source: " in tip(view, 0, "depth") and "Source: " in header_tip(view, "contamination")
    assert "In the filter: contamination, a share: 10% or 0.1" in header_tip(view, "contamination")


def header_tip(view, name):
    return view.model.headerData(view.model.section(name), Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)


def test_while_something_is_measured_it_is_said(show, context):
    view = show(UnitTable)
    figures, quality = context.state.figures, quality_now(context.state)
    few = {name: values for name, values in quality.columns.items() if name != "snr"}
    context.model.apply(t.set_figures, quality=type(quality)(quality.units, few))
    view.draw_now()
    assert cell(view, 0, "snr") == "…" and tip(view, 0, "snr") == "Being measured"
    context.run("units.filter", text="snr > 4")
    view.draw_now()
    assert view.words.text() == "snr is not known: it is still being measured." and view.model.rowCount() == 3
    context.model.apply(t.set_figures, problem="the disk is gone")
    view.draw_now()
    assert cell(view, 0, "snr") == "–" and "the disk is gone" in tip(view, 0, "snr")
    assert figures.asked == context.state.figures.asked


def test_without_the_recording_the_reason_is_at_the_figure(qtbot, context, tmp_path):
    lost = example_result(tmp_path)
    fields = {"recording": None, "sampling_frequency": float(RATE), "recording_problem": "rat.bin is not there."}
    context.model.apply(t.put_result, type(lost)(1, "x", lost.sorted_recording, lost.tracks, **fields))
    view = UnitTable(context)
    qtbot.addWidget(view)
    view.show()
    measured(qtbot, context)
    assert cell(view, 0, "snr") == "–" and tip(view, 0, "snr") == "Not known of unit 0: rat.bin is not there."
    assert cell(view, 0, "contamination") not in ("–", "…")


def test_columns_are_chosen_in_a_menu_and_remembered(show, qtbot, context):
    view = show(UnitTable)
    assert view.model.section("violations") == -1 and view.model.section("rate") > 0
    qtbot.mouseClick(view.choose, Qt.MouseButton.LeftButton)
    menu = view.choose.findChild(ColumnMenu)
    for name in ("violations", "rate"):
        action = next(action for action in menu.actions() if action.data() == name)
        qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
        assert menu.isVisible(), "it stays open until all are chosen"
    settle(qtbot)
    assert view.model.section("violations") > 0 and view.model.section("rate") == -1
    menu.close()
    another = UnitTable(context)
    qtbot.addWidget(another)
    assert "violations" in another._remembered and "rate" not in another._remembered


@pytest.mark.parametrize("view_class", [QualityView, SimilarityView, SegmentsView])
def test_the_caption_of_a_picture_of_all_units_says_so(show, context, view_class):
    view = show(view_class)
    context.model.apply(t.select_units, (0, 1))
    assert "all 3 units, selected: units 0, 1" in view.caption


def test_the_help_says_which_amplitude_drifts():
    assert "In each segment its largest channel is taken" in UnitTable.help


def test_the_help_holds_every_definition_and_its_source():
    for metric in METRICS:
        assert metric.definition in UnitTable.help and metric.source in UnitTable.help


def test_names_are_completed_while_typing(show, qtbot, context):
    view = show(UnitTable)
    view.filter.setFocus()
    qtbot.keyClicks(view.filter, "cont")
    settle(qtbot)
    popup = view.filter.completer_list.popup()
    assert popup.isVisible() and view.filter.completer_list.currentCompletion() == "contamination"
    qtbot.keyClick(view.filter, Qt.Key.Key_Tab)
    assert view.filter.text() == "contamination" and not popup.isVisible()
    qtbot.keyClicks(view.filter, " < 101%")
    settle(qtbot)
    assert view.model.rowCount() == 3 and context.state.view.filter_text == "contamination < 101%"


def test_cancelled_measuring_is_not_begun_again(qtbot, context, example, monkeypatch):
    view = UnitTable(context)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitUntil(lambda: context.state.job("quality") is not None or quality_now(context.state) is not None)
    context.run("job.cancel", kind="quality")
    measured(qtbot, context)
    quality = quality_now(context.state)
    assert (quality is not None and quality.complete) or context.state.figures.problem == "it was cancelled"
    view.draw_now()
    settle(qtbot)
    assert context.state.job("quality") is None


def test_another_result_is_measured_when_it_is_looked_at(show, qtbot, context, tmp_path):
    view = show(UnitTable)
    (tmp_path / "other").mkdir()
    other = example_result(tmp_path / "other")
    context.model.apply(
        t.put_result, type(other)(2, "b", other.sorted_recording, other.tracks, recording=other.recording)
    )
    measured(qtbot, context)
    assert context.state.figures.asked[0] is other.sorted_recording and cell(view, 0, "snr") not in ("–", "…")


# ---------------------------------------------------------------- quality


def test_the_verdict_and_a_histogram_for_each_limit(show, context):
    view = show(QualityView, (1000, 420))
    assert "units keep every limit; they hold" in view.headline.text()
    assert "·" not in view.facts.text() and "4 s in 4 segments" in view.facts.text() and "spikes" in view.facts.text()
    words = {plot.limit.metric: plot.words.text() for plot in view.plots}
    assert words["presence"] == "Presence (%)\n1 of 3 beyond" and words["amplitude_cutoff"].startswith("Cut off")
    assert view.grab().toImage().width() == 1000


@pytest.mark.parametrize(
    ("high", "ticks"), [(100, [0, 50, 100]), (20, [0, 10, 20]), (39, [0, 10, 20, 30]), (0.5, [0, 0.2, 0.4])]
)
def test_numbers_below_a_narrow_histogram_are_few_and_round(high, ticks):
    assert few_ticks(high) == ticks


def test_the_histograms_have_the_colours_in_use_before_they_find_their_place(qtbot, context):
    made = QualityView(context)
    qtbot.addWidget(made)
    assert {plot.plot for plot in made.plots} <= set(made.plots_inside), "only those are given colours and fonts"


def test_a_click_on_a_histogram_filters_for_those_beyond_its_limit(show, qtbot, context):
    view = show(QualityView, (1000, 420))
    plot = next(plot for plot in view.plots if plot.limit.metric == "presence")
    qtbot.mouseClick(plot.plot.viewport(), Qt.MouseButton.LeftButton, pos=plot.plot.viewport().rect().center())
    settle(qtbot)
    assert context.state.view.filter_text == "presence < 90%"


def with_foreign_spikes(result):
    """The spikes of unit 1 are also in unit 0."""
    segments = []
    for one in result.sorted_recording.sorted_segments:
        mixed = np.unique(np.concatenate(one.spike_clusters[:2]))
        segments.append(
            SortedSegment(one.start_time, one.duration, [mixed, *one.spike_clusters[1:]], one.amplitude_vectors)
        )
    found = SortedRecording(segments, result.sorted_recording.assignment_chain, result.sorted_recording.probe_geometry)
    return replace(result, sorted_recording=found, tracks=tuple(tracks(found)))


def test_a_click_in_the_list_selects_the_unit_and_keys_go_on(show, qtbot, context):
    context.model.apply(t.put_result, with_foreign_spikes(context.state.results.current))
    view = show(QualityView, (1000, 420))
    texts = [view.list.item(row).text() for row in range(view.list.count())]
    assert any("Unit 0: " in text and "come from other neurons" in text for text in texts)
    assert any("lost in segments 3–4" in text for text in texts)
    rect = view.list.visualItemRect(view.list.item(0))
    qtbot.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    first = view.list.item(0).data(Qt.ItemDataRole.UserRole)
    assert context.state.selection.units == first
    qtbot.keyClick(view.list, Qt.Key.Key_Down)
    assert context.state.selection.units == view.list.item(1).data(Qt.ItemDataRole.UserRole)
    context.run("units.select", units=first)
    settle(qtbot)
    assert view.list.currentRow() == 0


def test_all_is_on_one_screen_where_it_is_wide_and_no_row_is_cut(show, qtbot, context):
    context.model.apply(t.put_result, with_foreign_spikes(context.state.results.current))
    view = show(QualityView, (1100, 290))  # as in the overview on a small screen
    wider = view.plots[0].words.fontMetrics().horizontalAdvance("00 of 00 beyond") / NARROWEST
    view.resize(round(1100 * max(1.0, wider)), 290)
    settle(qtbot)
    below = view.plots[-1].geometry()
    assert view.list.x() > below.right() and view.list.y() < view.plots[0].y(), "beside the plots"
    assert len({plot.y() for plot in view.plots}) == 1 and not view.body.verticalScrollBar().isVisible()
    view.resize(500, 420)
    settle(qtbot)
    assert view.list.y() > view.plots[-1].geometry().bottom() and view.list.x() < 20, "below them"
    for row in range(view.list.count()):
        rect, room = view.list.visualItemRect(view.list.item(row)), QtCore.QRect(0, 0, 1, 10_000)
        room.setWidth(view.list.viewport().width() - 45)  # what is left beside the colours
        words = view.list.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, view.list.item(row).text())
        assert rect.height() >= words.height()


def test_a_unit_with_too_few_spikes_is_not_called_good(show, qtbot, context):
    few = context.state.results.current.sorted_recording
    segments = [
        SortedSegment(one.start_time, one.duration, [*one.spike_clusters[:1], one.spike_clusters[1][::4],
                                                     *one.spike_clusters[2:]], one.amplitude_vectors)
        for one in few.sorted_segments
    ]  # fmt: skip
    found = SortedRecording(segments, few.assignment_chain, few.probe_geometry)
    changed = replace(context.state.results.current, sorted_recording=found, tracks=tuple(tracks(found)))
    context.model.apply(t.put_result, changed)
    view = show(UnitTable)
    assert cell(view, 1, "contamination") == "–" and "too few spikes" in tip(view, 1, "contamination")
    assert (cell(view, 0, "failed"), cell(view, 1, "failed")) == ("✓", "?")
    assert tip(view, 1, "failed").endswith("but its contamination is not known")


# ---------------------------------------------------------------- similarity


def test_a_square_selects_its_pair_and_the_list_adds_a_unit(show, qtbot, context, example):
    view = show(SimilarityView, (500, 500))
    depths = {0: 30, 1: 110, 2: 80}
    assert view.order == tuple(sorted(depths, key=depths.get))
    click(qtbot, view.plot, 1, 0)  # column 1, row 0
    assert context.state.selection.units == (0, 2)
    assert view.ranked.text().startswith("Most like 0: ") and view._pair.isVisible()
    click(qtbot, view.plot, 2, 2)
    assert context.state.selection.units == (1,)
    view.ranked.linkActivated.emit("2")
    assert context.state.selection.units == (1, 2)
    assert np.isnan(np.diag(view._alike)).all() and view._alike[0, 1] == view._alike[1, 0]


# ---------------------------------------------------------------- segments


def test_segments_show_what_began_and_what_was_lost(show, qtbot, context, example):
    view = show(SegmentsView)
    counts = counts_of(example)
    assert counts.found.tolist() == [3, 3, 2, 2] and counts.new.tolist() == [0, 0, 0, 0]
    assert counts.lost.tolist() == [0, 0, 1, 0] and counts.positions is None
    assert view.words.text().startswith("4 segments with 2 to 3 units")
    click(qtbot, view.counts, 2.5 * SEGMENT / RATE, 1.0)
    assert context.state.view.segment == 2
    assert view.words.text() == "Segment 3, 2.0 – 3.0 s: 2 units, 0 new, 1 of the one before not found."
    click(qtbot, view.counts, 2.5 * SEGMENT / RATE, 1.0)
    assert context.state.view.segment is None


def test_the_change_of_activity_is_shown_when_it_is_asked_for(show, qtbot, context, example):
    view = show(SegmentsView)
    assert view.ask.isVisible() and not view.changes.isVisible()
    settings = {**example.settings, "min_segment_length": 0.3}
    context.model.apply(t.put_result, replace(example, settings=settings))
    drawn(qtbot, context)
    qtbot.mouseClick(view.ask, Qt.MouseButton.LeftButton)
    assert context.state.job("activity")
    drawn(qtbot, context)
    assert view.changes.isVisible() and not view.ask.isVisible()
    times, values = view._change.getData()
    assert times[0] == pytest.approx(0.3, abs=0.06) and np.all(np.diff(times) > 0) and values.max() > 0
    assert view._cuts.getData()[0].tolist() == [1, 1, 2, 2, 3, 3]
    context.model.apply(t.put_result, replace(example, recording=None, sampling_frequency=RATE))
    drawn(qtbot, context)
    assert not view.ask.isVisible()


def test_plots_of_segments_are_scrolled_rather_than_too_low_to_be_read(show, qtbot, context):
    view = show(SegmentsView, (420, 120))
    settle(qtbot)
    bar = view.body.verticalScrollBar()
    assert bar.isVisible() and view.counts.height() >= 60
    before = view.counts.height()
    context.model.apply(t.set_appearance, scale=1.5)
    settle(qtbot)
    assert view.counts.height() >= 1.4 * before and not view.counts.geometry().intersects(view.words.geometry())
    view.resize(420, 700)
    settle(qtbot)
    assert not bar.isVisible()
