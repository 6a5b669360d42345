import importlib
import pkgutil
from collections import Counter
from itertools import product

import pytest

from spikesift_core.resources import resource
from spikesift_gui import views
from spikesift_gui.command import MENUS
from spikesift_gui.commands import COMMANDS
from spikesift_gui.menus import FILE
from spikesift_gui.pages import PAGES
from spikesift_gui.qt import QtGui
from spikesift_gui.state import Recent, State
from spikesift_gui.views import VIEWS
from spikesift_gui.views.base import View


def test_ids_are_unique_and_every_row_is_complete():
    assert Counter(command.id for command in COMMANDS).most_common(1)[0][1] == 1
    for command in COMMANDS:
        assert "." in command.id and command.text and command.help.endswith("."), command.id
        assert command.menu in ("", *MENUS), command.id
        assert command.refuse(State()) is None or command.refuse(State()).endswith("."), command.id


def test_a_key_means_one_thing_on_each_page():
    used = {}
    for command in COMMANDS:
        for key, page in product(command.keys, command.pages or [page.id for page in PAGES]):
            assert used.setdefault((key, page), command.id) == command.id, f"{key} on {page}"
            assert QtGui.QKeySequence(key).toString() == key, f"{key} is not how Qt writes it"


def test_the_order_of_the_menu_file_names_all_of_it():
    ordered = [name for group in FILE for name in group]
    assert sorted(ordered) == sorted(c.id for c in COMMANDS if c.menu == "&File") and ordered[-1] == "app.quit"


def test_letters_to_press_are_unique_in_each_menu():
    for menu in MENUS:
        letters = Counter(c.text.partition("&")[2][:1].lower() for c in COMMANDS if c.menu == menu and "&" in c.text)
        assert all(count == 1 for count in letters.values()), (menu, letters)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.undoes], ids=lambda c: c.id)
def test_what_can_be_undone_is_part_of_the_state(command):
    assert set(command.undoes) <= set(State.__dataclass_fields__)


def test_the_table_of_pages_is_complete():
    assert [page.id for page in PAGES] == ["home", "recording", "probe", "sort", "inspect", "match"]
    for page in PAGES:
        assert page.title and page.help.endswith(".") and resource("icons", f"{page.icon}.svg").exists()
        assert set(page.watches) <= set(State.__dataclass_fields__), page.id


def test_the_table_of_views_is_complete():
    found = set()
    for module in pkgutil.iter_modules(views.__path__, "spikesift_gui.views."):
        classes = vars(importlib.import_module(module.name)).values()
        found |= {one for one in classes if isinstance(one, type) and issubclass(one, View) and one is not View}
    assert found == set(VIEWS) and len(VIEWS) == len(found), "each view has one row"
    assert Counter(view.id for view in VIEWS).total() == len({view.id for view in VIEWS})
    for view in VIEWS:
        assert view.id and view.title and len(view.help) > 40, view
        assert set(view.watches) <= set(State.__dataclass_fields__), view.id


def test_open_tells_recordings_probes_and_what_is_missing_apart(context, recording_file, probe_file, tmp_path):
    assert context.run("file.open", path=probe_file)
    assert context.state.page == "probe" and len(context.state.probe) == 4
    assert context.run("file.open", path=recording_file)
    assert context.state.page == "recording" and context.state.recording.path == recording_file
    assert context.state.recording.channels == 4, "as many as the probe has"
    assert context.state.checked.recording is not None
    context.run("file.open", path=tmp_path / "gone.bin")
    assert "does not exist" in context.state.problems[-1].words
    assert context.state.recent == context.preferences.recent() == (Recent("recording", recording_file),)
    context.run("recent.forget")
    assert context.state.recent == context.preferences.recent() == ()


def test_open_asks_for_a_file_and_takes_no_for_an_answer(context, recording_file):
    assert context.run("file.open") and context.state.recording.path is None
    context.dialogs.file = recording_file
    context.run("file.open")
    assert context.state.recording.path == recording_file and context.dialogs.asked == ["Open a recording"] * 2


def test_a_description_is_remembered_when_it_fits(context, recording_file):
    context.run("file.open", path=recording_file)
    context.run("recording.set", channels=7, gain=0.195)
    context.run("recording.close")
    context.run("file.open", path=recording_file)
    assert context.state.recording.channels is None, "seven channels did not fit"
    context.run("recording.set", channels=4, gain=0.195)
    context.run("recording.close")
    context.run("file.open", path=recording_file)
    assert (context.state.recording.channels, context.state.recording.gain) == (4, 0.195)


def test_a_folder_that_is_neither_session_nor_recording_is_refused_in_words(context, tmp_path):
    assert context.run("file.open", path=tmp_path)
    assert context.state.problems[-1].title == "Open recording did not work"
    assert "no recording was recognised, nor a session" in context.state.problems[-1].words


def test_a_probe_import_that_fails_changes_nothing(context, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("not a probe", encoding="utf-8")
    assert not context.run("probe.import", path=path)
    assert len(context.state.probe) == 0 and str(path) in context.state.problems[-1].words


def test_settings_that_are_not_allowed_are_shown_in_words(context):
    assert not context.run("settings.set", name="merging_threshold", value=3)
    assert "“Merging threshold” must be" in context.state.problems[-1].words
