"""Views in windows of their own, pictures with captions, layouts, and the list of actions: by clicks and keys."""

from xml.etree import ElementTree

import pytest

from spikesift_core.version import VERSION
from spikesift_gui import transitions as t
from spikesift_gui.captions import PARTS
from spikesift_gui.commands import COMMANDS
from spikesift_gui.layouts import FIRST, LAYOUTS
from spikesift_gui.pages import PAGES
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets
from spikesift_gui.unit_colors import ALIKE, EYES, perceived, unit_color, unit_palette
from spikesift_gui.views import VIEWS
from spikesift_gui.views.base import View
from spikesift_gui.widgets.action_list import ActionList, actions, can_run_alone
from spikesift_gui.widgets.own_window import put_in_place
from tests.gui.helpers import drawn, result, settle
from tests.gui.unit_example import example_result


@pytest.fixture
def inspect(window, qtbot, tmp_path):
    """The page Inspect with the example."""
    window.context.model.apply(t.put_result, example_result(tmp_path))
    window.context.run("page.inspect")
    window.context.run("units.select", units=[0, 1])
    settle(qtbot)
    docks = window.pages["inspect"].docks
    qtbot.waitUntil(lambda: docks.view("units").model.rowCount() == 3)
    settle(qtbot)
    return window


def docks(window):
    return window.pages["inspect"].docks


def tool(view, tip):
    return next(one for one in view.findChildren(QtWidgets.QToolButton) if one.toolTip().startswith(tip))


def click(qtbot, widget):
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)
    settle(qtbot)


# ---------------------------------------------------------------- a window of its own


def test_a_view_is_popped_out_goes_on_drawing_and_is_put_back_by_its_button(inspect, qtbot):
    view, dock = docks(inspect).view("waveforms"), docks(inspect).dock("waveforms")
    inspect.resize(1600, 900)
    settle(qtbot)
    click(qtbot, tool(view, "Show in a window"))
    assert view.own_window.isVisible() and view.window() is view.own_window and dock.widget() is not view
    assert view.own_window.windowTitle() == "Waveforms – example – SpikeSift"
    words = dock.widget().findChild(QtWidgets.QLabel).text()
    assert words == "Waveforms is in a window of its own."
    inspect.context.run("page.home")
    inspect.context.run("units.select", units=[1])
    qtbot.waitUntil(lambda: view._drawn.selection.units == (1,))
    inspect.context.run("page.inspect")
    click(qtbot, tool(view, "Show in a window"))
    assert view.own_window is None and dock.widget() is view and view.isVisible()
    assert docks(inspect).view("waveforms") is view


def test_closing_the_window_puts_the_view_back_and_so_does_the_note(inspect, qtbot):
    view, dock = docks(inspect).view("traces"), docks(inspect).dock("traces")
    view.pop_out()
    view.own_window.close()
    settle(qtbot)
    assert dock.widget() is view and view.isVisible()
    view.pop_out()
    settle(qtbot)
    click(qtbot, dock.widget().findChild(QtWidgets.QPushButton))
    assert dock.widget() is view and view.own_window is None


def test_windows_of_their_own_are_remembered_and_a_reset_puts_all_back(inspect, qtbot):
    view = docks(inspect).view("correlograms")
    view.pop_out()
    view.own_window.resize(500, 400)
    settle(qtbot)
    docks(inspect).save_layout()
    view.put_back()
    assert docks(inspect).restore_layout()
    settle(qtbot)
    assert view.own_window is not None and view.own_window.size() == QtCore.QSize(500, 400)
    inspect.context.run("layout.reset")
    assert view.own_window is None


def test_windows_of_their_own_go_with_the_main_one(inspect, qtbot):
    view = docks(inspect).view("traces")
    view.pop_out()
    settle(qtbot)
    own = view.own_window
    assert own.isVisible() and inspect.close() and not own.isVisible()


@pytest.mark.parametrize("kind", ["layout", "stack", "splitter", "tabs"])
def test_a_widget_leaves_any_place_and_comes_back_to_it(qtbot, kind):
    old, new, other = (QtWidgets.QLabel(name) for name in ("old", "new", "other"))
    makers = {"stack": QtWidgets.QStackedWidget, "splitter": QtWidgets.QSplitter, "tabs": QtWidgets.QTabWidget}
    holder = makers.get(kind, QtWidgets.QWidget)()
    qtbot.addWidget(holder)
    if kind == "layout":
        inside = QtWidgets.QVBoxLayout(holder)
    for widget in (other, old):
        if kind == "tabs":
            holder.addTab(widget, widget.text())
        else:
            (inside if kind == "layout" else holder).addWidget(widget)
    if kind in ("stack", "tabs"):
        holder.setCurrentIndex(1)
    holder.show()
    put_in_place(old, new)
    assert old.parent() is None and new.isVisible() and new.window() is holder
    put_in_place(new, old)
    assert new.parent() is None and old.isVisible() and old.window() is holder
    if kind == "tabs":
        assert [holder.tabText(at) for at in (0, 1)] == ["other", "old"] and holder.currentIndex() == 1


def test_a_widget_without_a_place_cannot_be_taken_out(qtbot):
    alone = QtWidgets.QLabel()
    qtbot.addWidget(alone)
    with pytest.raises(ValueError, match="no place"):
        put_in_place(alone, QtWidgets.QLabel())


# ---------------------------------------------------------------- pictures


def test_a_picture_says_what_it_shows(inspect, qtbot, tmp_path):
    context, view = inspect.context, docks(inspect).view("waveforms")
    context.run("segment.show", segment=1)
    words = view.caption
    assert words.startswith("Waveforms · example · units 0, 1 · segment 2 of 4 · 1.0–2.0 s · filtered as the sorter")
    assert words.endswith(f"SpikeSift {VERSION}")
    context.run("waveforms.kind")
    assert "as in the file" in view.caption
    context.dialogs.saved = tmp_path / "waveforms.svg"
    context.run("view.save", view=view)
    text = (tmp_path / "waveforms.svg").read_text(encoding="utf-8")
    assert "units 0, 1" in text and VERSION in text


def test_pictures_are_sharper_than_the_screen_and_have_room_for_the_caption(inspect, qtbot, tmp_path):
    view = docks(inspect).view("units")
    inspect.context.run("view.copy", view=view)
    image = QtWidgets.QApplication.clipboard().image()
    body = view.body
    assert image.width() == 2 * body.width() and image.height() > 2 * body.height() + 20
    strip = image.copy(0, 2 * body.height() + 2, image.width(), image.height() - 2 * body.height() - 4)
    colors = {strip.pixel(x, y) for x in range(strip.width()) for y in range(strip.height())}
    assert len(colors) > 2, "words"
    inspect.context.dialogs.saved = tmp_path / "units.png"
    inspect.context.run("view.save", view=view)
    saved = QtGui.QImage(str(tmp_path / "units.png"))
    assert saved.size() == image.size() and "all 3 units, selected: units 0, 1" in saved.text("Description")


def test_every_view_is_popped_out_copied_saved_and_put_back_by_its_own_buttons(inspect, qtbot, tmp_path):
    context, seen = inspect.context, set()
    for page in (made.id for made in PAGES):
        context.run(f"page.{page}")
        drawn(qtbot, context)
        for view in inspect.pages[page].findChildren(View):
            seen.add(view.id)
            _popped_out_and_back(view, context, qtbot, tmp_path)
    assert seen == {view.id for view in VIEWS}


def _popped_out_and_back(view, context, qtbot, folder):
    (out,) = [
        one for one in view.findChild(QtWidgets.QWidget, "view-bar").actions() if one.text().startswith("Show in")
    ]
    out.trigger()  # of the bar's own menu: a button behind a tab cannot be clicked
    view.own_window.resize(700, 420)
    drawn(qtbot, context)
    QtWidgets.QApplication.clipboard().clear()
    click(qtbot, tool(view, "Copy as a picture"))
    copied = QtWidgets.QApplication.clipboard().image()
    assert copied.width() == 2 * view.body.width() and copied.height() > 2 * view.body.height(), view.id
    shown = copied.scaled(60, 40, transformMode=Qt.TransformationMode.SmoothTransformation)
    assert len({shown.pixel(x, y) for x in range(60) for y in range(30)}) > 20, f"{view.id} is blank"
    for suffix in ("png", "svg"):
        context.dialogs.saved = folder / f"{view.id}.{suffix}"
        click(qtbot, tool(view, "Save as PNG or SVG"))
    saved = QtGui.QImage(str(folder / f"{view.id}.png"))
    assert saved.size() == copied.size() and saved.text("Description") == view.caption, view.id
    drawing = ElementTree.parse(folder / f"{view.id}.svg").getroot()
    words = {one.tag.split("}")[1]: one.text for one in drawing.iter() if one.text and one.text.strip()}
    assert (words["title"], words["desc"]) == (view.title, view.caption) and "text" in words, view.id
    click(qtbot, tool(view, "Show in a window"))
    assert view.own_window is None and not context.state.problems


def test_the_filter_of_the_table_and_the_times_of_traces_are_said(inspect):
    context = inspect.context
    context.run("units.filter", text="rate > 1")
    assert "filter: rate > 1" in docks(inspect).view("units").caption
    context.model.apply(t.set_view, time_start=1.25, time_span=0.5)
    assert "1.250 – 1.750 s" in docks(inspect).view("traces").caption


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.id)
def test_every_view_has_a_caption_even_of_nothing(view, qtbot, context):
    assert set(view.says) <= set(PARTS)
    made = view(context)
    qtbot.addWidget(made)
    assert made.caption.startswith(view.title) and made.caption.endswith(f"SpikeSift {VERSION}")


# ---------------------------------------------------------------- layouts


def in_sight(window):
    return {view for view in FIRST.views if not docks(window).view(view).visibleRegion().isEmpty()}


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.id)
def test_every_layout_shows_its_views(inspect, qtbot, layout):
    inspect.entries[f"layout.{layout.id}"].trigger()
    settle(qtbot)
    firsts = {group[0] for row in layout.rows for group, _share in row}
    assert in_sight(inspect) == firsts
    for view in FIRST.views:
        assert docks(inspect).dock(view).isHidden() == (view not in layout.views), view
    heights = [docks(inspect).dock(row[0][0][0]).height() for row in layout.rows]
    wanted = layout.heights[0] / sum(layout.heights)
    assert abs(heights[0] / sum(heights) - wanted) < 0.12


def test_layouts_are_known_views_in_one_place_each():
    known = {view.id for view in VIEWS}
    for layout in LAYOUTS:
        assert len(set(layout.views)) == len(layout.views) and set(layout.views) <= known
        assert all(len(set(group)) == len(group) for row in layout.rows for group, _share in row)
    assert {"overview", "quality", "drift", "teaching"} <= {layout.id for layout in LAYOUTS}


def test_my_own_layout_is_kept_beside_the_others(inspect, qtbot):
    inspect.context.run("layout.mine")
    assert "No layout was kept yet" in inspect.said()
    docks(inspect).dock("raster").hide()
    inspect.context.run("layout.keep")
    inspect.context.run("layout.teaching")
    settle(qtbot)
    assert docks(inspect).dock("drift").isHidden()
    inspect.context.run("layout.mine")
    settle(qtbot)
    assert docks(inspect).dock("raster").isHidden() and not docks(inspect).dock("drift").isHidden()


def test_a_hidden_view_is_shown_from_the_menu(inspect, qtbot):
    inspect.context.run("layout.teaching")
    settle(qtbot)
    made = tool(inspect.pages["inspect"], "Layout of the views")
    entry = next(one for one in made.menu().actions() if one.text() == "Drift map")
    assert not entry.isChecked()
    entry.trigger()
    settle(qtbot)
    assert docks(inspect).dock("drift").isVisible()


# ---------------------------------------------------------------- the list of actions


def opened_list(window, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot)
    return window.findChild(ActionList)


def test_an_action_is_found_by_its_words_and_done_by_enter(inspect, qtbot):
    found = opened_list(inspect, qtbot)
    assert found.isVisible() and len(found.shown()) > 60 and not found.nothing.isVisible()
    qtbot.keyClicks(found.field, "dark")
    assert found.shown()[0].name == "Dark theme"
    qtbot.keyClick(found.field, Qt.Key.Key_Return)
    settle(qtbot)
    assert inspect.context.state.appearance.choice == "dark" and inspect.findChild(ActionList) is None


def test_actions_have_their_keys_and_the_reason_why_not_now(window, qtbot):
    found = opened_list(window, qtbot)
    by_name = {one.name: one for one in found.shown()}
    assert by_name["Undo"].keys == QtGui.QKeySequence("Ctrl+Z").toString(QtGui.QKeySequence.SequenceFormat.NativeText)
    assert by_name["Undo"].reason == "There is nothing to undo." and by_name["Quit"].reason == ""
    qtbot.keyClicks(found.field, "undo")
    qtbot.keyClick(found.field, Qt.Key.Key_Return)
    assert window.said() == "There is nothing to undo."


def test_views_in_sight_have_their_actions_too(inspect, qtbot):
    found = opened_list(inspect, qtbot)
    qtbot.keyClicks(found.field, "traces window own")
    assert [one.name for one in found.shown()][:1] == ["Traces: show in a window of its own, or put back"]
    qtbot.keyClick(found.field, Qt.Key.Key_Return)
    settle(qtbot)
    assert docks(inspect).view("traces").own_window is not None
    names = [one.name for one in actions(inspect.context, inspect.pages["inspect"])]
    assert not any(name.startswith("Drift map:") for name in names), "it is behind another tab"


def test_arrows_move_the_mark_and_a_click_does_a_row(window, qtbot):
    found = opened_list(window, qtbot)
    qtbot.keyClicks(found.field, "theme")
    qtbot.keyClick(found.field, Qt.Key.Key_Down)
    assert found.list.currentRow() == 1
    qtbot.keyClick(found.field, Qt.Key.Key_Up)
    assert found.list.currentRow() == 0
    at = next(place for place, one in enumerate(found.shown()) if one.name == "Light theme")
    rect = found.list.visualItemRect(found.list.item(at))
    qtbot.mouseClick(found.list.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert window.context.state.appearance.choice == "light"


def test_escape_does_nothing_and_what_is_unknown_finds_nothing(window, qtbot):
    found = opened_list(window, qtbot)
    qtbot.keyClicks(found.field, "xyzzy")
    assert found.shown() == [] and found.nothing.isVisible()
    qtbot.keyClick(found.field, Qt.Key.Key_Return)
    assert found.isVisible()
    before = window.context.state
    qtbot.keyClick(found.field, Qt.Key.Key_Escape)
    settle(qtbot)
    assert window.findChild(ActionList) is None and window.context.state is before


def test_every_command_in_a_menu_or_with_a_key_is_in_the_list(window):
    names = [one.name for one in actions(window.context, window.pages["home"])]
    for command in COMMANDS:
        assert (command.name in names) == can_run_alone(command) or not can_run_alone(command), command.id
        if command.menu or command.keys:
            assert command.name in names


# ---------------------------------------------------------------- colours


def distance(one, other):
    rgb = [[int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)] for color in (one, other)]
    seen = perceived(rgb)
    return min(EYES * ((seen[:, 0] - seen[:, 1]) ** 2).sum(axis=1) ** 0.5)


def test_no_two_selected_units_are_alike():
    for units in ((3, 259), (1, 100, 200, 300, 400, 500, 600, 700), tuple(range(200, 212))):
        colors = [unit_palette(units)(unit) for unit in units]
        nearest = min(distance(a, b) for place, a in enumerate(colors) for b in colors[:place])
        assert nearest >= ALIKE * 0.99, units


def test_a_unit_keeps_its_colour_where_nothing_is_like_it():
    assert [unit_palette((3, 1, 2))(unit) for unit in (1, 2, 3, 77)] == [unit_color(unit) for unit in (1, 2, 3, 77)]
    assert unit_palette((3, 259))(3) == unit_color(3) != unit_palette((3, 259))(259)


def test_all_views_use_the_same_colours(qtbot, context):
    context.model.apply(t.put_result, result())
    context.run("units.select", units=[0, 1])
    view = next(view for view in VIEWS if view.id == "isi")(context)
    qtbot.addWidget(view)
    assert view.colors(1) == unit_palette((0, 1))(1)
