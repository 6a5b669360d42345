"""The catalogue on the page Probe: search, pictures, dimensions, a person's own probes."""

import pytest

from spikesift_core.probe import import_probe
from spikesift_gui.qt import Qt
from tests.gui.helpers import settle
from tests.gui.probe_helpers import LEFT, four, open_page


@pytest.fixture
def page(window, qtbot):
    made = open_page(window, qtbot, "catalogue")
    qtbot.waitUntil(lambda: len(made.catalogue._pictures) > 70)
    return made


def ready(qtbot, context):
    settle(qtbot)
    qtbot.waitUntil(lambda: not context.computer.busy)


def shown(page):
    items = [page.catalogue.list.item(place) for place in range(page.catalogue.list.count())]
    return [item.text().splitlines()[0] for item in items if not item.isHidden()]


def test_an_empty_page_begins_with_the_catalogue(window, qtbot, context):
    context.run("page.probe")
    settle(qtbot)
    page = window.pages["probe"]
    assert page.view_buttons["catalogue"].isChecked() and page.catalogue.isVisible()
    four(context, qtbot)
    assert page.view_buttons["draw"].isChecked() and page.editor.isVisible()


def test_a_part_number_is_typed_and_taken_by_keys(page, qtbot, context):
    search = page.catalogue.search
    qtbot.keyClicks(search, "np1000")
    ready(qtbot, context)
    assert shown(page) == ["NP1000"] and page.catalogue.found.text().startswith("1 of ")
    assert "384 contacts" in page.catalogue.use.text()
    qtbot.keyClick(search, Qt.Key.Key_Return)
    settle(qtbot)
    assert len(context.state.probe) == 384 and context.state.probe.source == "NP1000"
    assert page.editor.isVisible(), "then it is drawn"
    assert context.run("edit.undo") and len(context.state.probe) == 0


def test_every_entry_has_a_picture_and_is_found(page, qtbot, context):
    icons = [page.catalogue.list.item(place).icon() for place in range(page.catalogue.list.count())]
    images = [icon.pixmap(40, 40).toImage() for icon in icons]
    assert all(any(image.pixelColor(x, y).alpha() for x in range(40) for y in range(40)) for image in images)
    page.catalogue.search.setText("nothing like this")
    ready(qtbot, context)
    view = page.catalogue
    assert shown(page) == [] and view.name.text() == "Nothing found" and "fewer words" in view.words.text()
    assert not view.use.isVisible() and not view.picture.isVisible(), "nor what was shown before"
    view.search.setText("np1000")
    ready(qtbot, context)
    assert view.use.isVisible() and view.picture.isVisible() and "NP1000" in view.name.text()


def test_a_family_is_built_to_ones_own_dimensions(page, qtbot, context):
    page.catalogue.search.setText("two columns")
    ready(qtbot, context)
    fields = page.catalogue.form.fields
    fields["rows"].setValue(8)
    fields["shanks"].setValue(2)
    ready(qtbot, context)
    assert len(page.catalogue.picture._positions) == 32 == 2 * 2 * 8
    qtbot.mouseClick(page.catalogue.use, LEFT)
    settle(qtbot)
    assert len(context.state.probe) == 32 and context.state.probe.shanks.tolist() == [0] * 16 + [1] * 16


def test_an_own_probe_is_kept_taken_and_removed(page, qtbot, context):
    four(context, qtbot)
    context.run("probe.choose", contacts=[2, 3])
    context.run("probe.shank", shank=1)
    context.run("probe.show", view="draw")
    context.dialogs.text = "Lab: four"
    settle(qtbot)
    qtbot.mouseClick(page.keep_button, LEFT)
    context.run("probe.clear")
    context.run("probe.show", view="catalogue")
    ready(qtbot, context)
    assert shown(page)[0] == "Lab four"
    (file,) = context.preferences.own_probes()
    assert import_probe(file).shanks.tolist() == [0, 0, 1, 1]
    page.catalogue.list.setCurrentRow(0)
    ready(qtbot, context)
    qtbot.mouseClick(page.catalogue.use, LEFT)
    settle(qtbot)
    assert context.state.probe.shanks.tolist() == [0, 0, 1, 1] and context.state.probe.source == "Lab four"
    context.dialogs.yes = False
    assert context.run("probe.keep", name="Lab: four") and "Replace the probe?" in context.dialogs.asked
    context.dialogs.yes = True
    context.run("probe.show", view="catalogue")
    settle(qtbot)
    qtbot.mouseClick(page.catalogue.remove, LEFT)
    ready(qtbot, context)
    assert context.preferences.own_probes() == () and shown(page)[0] == "Tetrodes"


def test_a_kept_file_that_is_damaged_says_so(window, qtbot, context):
    folder = context.preferences.probes_folder
    folder.mkdir(parents=True)
    (folder / "old.json").write_text("{}", encoding="utf-8")
    page = open_page(window, qtbot, "catalogue")
    ready(qtbot, context)
    assert shown(page)[0] == "old" and "old.json" in page.catalogue.problem.text()
    assert not page.catalogue.use.isEnabled() and len(page.catalogue.picture._positions) == 0
    assert not context.run("probe.take", entry="own:old.json") and len(context.state.probe) == 0


def test_what_is_not_in_the_catalogue_is_refused(context):
    assert not context.run("probe.take", entry="own:gone.json") and "not in the catalogue" in context.words[-1]
    assert not context.run("probe.take", entry="family:linear", values={"contacts": 0})
    assert "Contacts must be 1 to 2000" in context.state.problems[-1].words
