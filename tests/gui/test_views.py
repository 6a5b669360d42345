import gc
import threading
from functools import partial

import pytest

from spikesift_gui import transitions as t
from spikesift_gui.palette import DARK
from spikesift_gui.plots import make_plot
from spikesift_gui.qt import Qt, QtWidgets
from spikesift_gui.state import State
from spikesift_gui.status import duration_words, job_words, remaining_seconds
from spikesift_gui.views import VIEWS
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Check, CheckList, Hint
from spikesift_gui.widgets.dock_area import DockArea
from tests.gui.helpers import result, settle


class Drawing(View):
    """Writes down what it is asked to draw."""

    id = "drawing"
    title = "Drawing"
    help = "What it shows and how to read it."
    options = {"bin_ms": 1.0}

    def build(self):
        self.drawn = []
        self.plot = make_plot("Lag (ms)", "Spikes")
        return self.plot

    def draw(self, before, after):
        self.drawn.append((before, after))


class Second(Drawing):
    """Another one."""

    id = "second"
    title = "Second"

    def hint(self, state: State):
        return None if state.selection.units else Hint("No unit selected")


@pytest.fixture
def view(qtbot, context):
    made = Drawing(context)
    qtbot.addWidget(made)
    made.resize(500, 300)
    made.show()
    settle(qtbot)
    return made


@pytest.fixture
def drawn(view, qtbot, context):
    """A view that has something to draw and has drawn it."""
    context.model.apply(t.put_result, result())
    settle(qtbot)
    return view


def test_a_view_says_what_will_appear_until_there_is_something(view, qtbot, context):
    assert view.shown_hint and view.drawn == []
    context.model.apply(t.put_result, result())
    settle(qtbot)
    assert not view.shown_hint and view.drawn == [(None, context.state)]


def test_many_changes_are_drawn_once_with_what_is_on_the_screen_before(drawn, qtbot, context):
    shown = context.state
    for unit in (0, 1, 2):
        context.run("units.select", units=[unit])
    settle(qtbot)
    assert len(drawn.drawn) == 2 and drawn.drawn[-1] == (shown, context.state)


def test_a_change_of_something_else_is_not_drawn(drawn, qtbot, context):
    context.run("page.sort")
    context.run("settings.set", name="max_drift", value=50)
    settle(qtbot)
    assert len(drawn.drawn) == 1


def test_a_hidden_view_draws_when_it_is_shown(drawn, qtbot, context):
    drawn.hide()
    context.run("units.select", units=[1])
    settle(qtbot)
    assert len(drawn.drawn) == 1
    drawn.show()
    settle(qtbot)
    assert len(drawn.drawn) == 2 and drawn.drawn[-1][1].selection.units == (1,)


def test_a_change_of_theme_draws_everything_anew(drawn, qtbot, context):
    context.model.apply(t.set_appearance, dark=True)
    settle(qtbot)
    assert drawn.drawn[-1] == (None, context.state)
    assert drawn.plot.backgroundBrush().color().name() == DARK.plot


def test_options_are_kept_in_the_state(drawn, qtbot, context):
    assert drawn.option("bin_ms") == 1.0
    drawn.set_option("bin_ms", 2.0)
    settle(qtbot)
    assert drawn.option("bin_ms") == 2.0 and context.state.view.options == {"drawing.bin_ms": 2.0}
    assert len(drawn.drawn) == 2
    with pytest.raises(KeyError):
        drawn.set_option("nonsense", 1)


def test_help_copy_and_save_by_click(drawn, qtbot, context, tmp_path):
    tools = {made.toolTip(): made for made in drawn.findChildren(QtWidgets.QToolButton)}
    qtbot.mouseClick(tools["What this shows and how to read it"], Qt.MouseButton.LeftButton)
    assert context.dialogs.told == [("Drawing", Drawing.help)]
    QtWidgets.QApplication.clipboard().clear()
    qtbot.mouseClick(tools["Copy as a picture"], Qt.MouseButton.LeftButton)
    assert not QtWidgets.QApplication.clipboard().image().isNull()
    for name, start in (("a.png", b"\x89PNG"), ("a.svg", b"<?xml")):
        context.dialogs.saved = tmp_path / name
        qtbot.mouseClick(tools["Save as PNG or SVG"], Qt.MouseButton.LeftButton)
        assert (tmp_path / name).read_bytes().startswith(start)
    assert "Lag (ms)" in (tmp_path / "a.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["a.bmp", "no folder/a.png", "no folder/a.svg"])
def test_a_picture_that_cannot_be_saved_is_said(drawn, context, tmp_path, name):
    assert not context.run("view.save", view=drawn, path=tmp_path / name)
    assert context.state.problems[-1].title == "Save view did not work"


def test_a_computation_of_a_view_is_answered_once(drawn, qtbot):
    answers = []
    drawn.compute("x", lambda: "old", answers.append)
    drawn.compute("x", lambda: "new", answers.append)
    qtbot.waitUntil(lambda: bool(answers))
    qtbot.wait(20)
    assert answers == ["new"]


def test_docks_are_remembered_and_reset(qtbot, context):
    def area():
        made = DockArea("test", context, [(Drawing, "left", ""), (Second, "right of", "drawing")])
        qtbot.addWidget(made)
        made.resize(800, 400)
        made.show()
        made.restore_layout()
        settle(qtbot)
        return made

    first = area()
    assert first.dock("drawing").isVisible() and first.view("second").shown_hint
    first.dock("drawing").hide()
    first.save_layout()
    again = area()
    assert not again.dock("drawing").isVisible()
    again.reset_layout()
    assert again.dock("drawing").isVisible()
    with pytest.raises(ValueError, match="place must be one of"):
        DockArea("bad", context, [(Drawing, "middle", "")])


def test_checks_are_rows_with_a_step(qtbot, context):
    made = CheckList(context)
    qtbot.addWidget(made)
    made.show_checks([Check("ok", "Fine"), Check("error", "Too long", "Use 4", "recording.set", {"channels": 4})])
    made.show()
    qtbot.mouseClick(made.findChild(QtWidgets.QPushButton), Qt.MouseButton.LeftButton)
    assert context.state.recording.channels == 4
    made.show_checks([])
    assert made.layout().count() == 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.35, "350 ms"), (12.4, "12.4 s"), (2, "2 s"), (440, "7 min 20 s"), (2400, "40 min"), (11100, "3 h 5 min")],
)
def test_lengths_of_time_in_words(seconds, words):
    assert duration_words(seconds) == words


def test_the_remaining_time_is_said_when_it_is_known():
    from spikesift_core.progress import Progress
    from spikesift_gui.state import Job

    job = Job(1, "sort", "Sorting", started=0, now=0)
    assert job_words(job) == "Sorting…"
    soon = Job(1, "sort", "Sorting", started=0, now=1, progress=Progress("", 1, 2))
    assert remaining_seconds(soon) is None and job_words(soon) == "Sorting 50 %"
    later = Job(1, "sort", "Sorting", started=0, now=60, progress=Progress("", 1, 4))
    assert remaining_seconds(later) == 180 and job_words(later) == "Sorting 25 % – 3 min left"


@pytest.mark.parametrize("view_class", VIEWS, ids=lambda one: one.id)
def test_a_view_can_be_deleted_while_it_draws(view_class, qtbot, context):
    """What its plots tell while they are deleted must not reach what is deleted already: that ended the program."""
    context.model.apply(t.put_result, result())
    context.model.apply(t.select_units, (0, 1))
    view = view_class(context)
    view.resize(600, 400)
    view.show()
    settle(qtbot)
    view.resize(500, 300)
    with qtbot.waitSignal(view.destroyed):
        view.deleteLater()
    settle(qtbot)


def test_an_answer_for_a_view_that_was_deleted_is_dropped(qtbot, context):
    view, go_on, answers = Drawing(context), threading.Event(), []
    view.compute("x", lambda: go_on.wait(60), answers.append)
    with qtbot.waitSignal(view.destroyed):
        view.deleteLater()
    go_on.set()
    qtbot.waitUntil(lambda: not context.computer.busy)
    assert answers == []


def test_a_timer_of_a_view_that_python_has_collected_does_nothing(qtbot, context):
    """It was told to delete itself, which Qt does later than Python: its timer ended the program in between."""
    view, called = Drawing(context), []
    view.itself = view  # a circle, as views have
    view.make_timer(0, partial(lambda _view: called.append(True), view)).start()
    view.deleteLater()
    del view
    gc.collect()
    QtWidgets.QApplication.processEvents()
    assert called == []
