"""Rule 8 of docs/architecture.md: what comes in many is a row in one table, and the tables are complete."""

from __future__ import annotations

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

from spikesift_core import perform_spike_sorting
from spikesift_core.export import EXPORTERS
from spikesift_core.parameters import PARAMETERS, PRESET_HELP, PRESETS
from spikesift_core.resources import resource
from spikesift_core.signal_options import OPTIONS
from spikesift_gui.command import MENUS
from spikesift_gui.commands import COMMANDS
from spikesift_gui.pages import PAGES
from spikesift_gui.qt import QtGui
from spikesift_gui.state import State
from spikesift_gui.views import VIEWS

ROOT = Path(__file__).resolve().parent.parent
NOT_PARAMETERS = {"recording", "verbose", "preset", "threads", "executor"}


def classes_in(folder: str, ending: str) -> set[str]:
    """Names of the classes in a folder that end with a word and are more than the word, without the base class."""
    found = set()
    for path in (ROOT / folder).glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {node.name for node in tree.body if isinstance(node, ast.ClassDef) and node.name.endswith(ending)}
    return found - {ending}


def test_every_parameter_can_be_given_and_every_preset_has_all():
    given = set(inspect.signature(perform_spike_sorting).parameters) - NOT_PARAMETERS
    assert given == {*PARAMETERS, *OPTIONS}
    assert set(PRESETS) == set(PRESET_HELP)
    for values in PRESETS.values():
        assert set(values) == {*PARAMETERS, *OPTIONS}


@pytest.mark.parametrize(("folder", "ending", "table"), [("pages", "Page", PAGES), ("views", "View", VIEWS)])
def test_every_page_and_view_is_a_row(folder, ending, table):
    assert classes_in(f"spikesift_gui/{folder}", ending) <= {row.__name__ for row in table}
    assert len({row.id for row in table}) == len(table)


@pytest.mark.parametrize("row", [*PAGES, *VIEWS], ids=lambda row: row.__name__)
def test_a_page_or_view_explains_itself(row):
    assert row.title
    assert row.help.endswith((".", "?"))
    known = set(State.__dataclass_fields__)
    assert set(row.watches) <= known, f"{row.__name__} watches what is not in the state"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.id)
def test_a_page_has_its_icon_and_command(page):
    assert resource("icons", f"{page.icon}.svg").is_file()
    assert f"page.{page.id}" in {command.id for command in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_a_command_is_complete(command):
    assert re.fullmatch(r"[a-z]+\.[a-z_]+", command.id)
    assert command.help.endswith(".")
    assert command.menu in (*MENUS, "")
    assert set(command.undoes) <= set(State.__dataclass_fields__)
    assert set(command.pages) <= {page.id for page in PAGES}
    for key in command.keys:
        assert QtGui.QKeySequence(key).toString(), f"{key} is no key"


def test_commands_are_unique_and_no_key_means_two_things():
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    everywhere = [page.id for page in PAGES]
    pairs = [(page, key) for row in COMMANDS for key in row.keys for page in (row.pages or everywhere)]
    assert len(set(pairs)) == len(pairs), sorted(pair for pair in set(pairs) if pairs.count(pair) > 1)


def test_every_file_of_commands_is_collected():
    for path in (ROOT / "spikesift_gui/commands").glob("[a-z]*.py"):
        rows = import_module(f"spikesift_gui.commands.{path.stem}").COMMANDS
        assert set(rows) <= set(COMMANDS), f"the commands of {path.name} are not in the table"


def test_every_command_run_by_name_exists():
    known = {command.id for command in COMMANDS}
    for path in (ROOT / "spikesift_gui").rglob("*.py"):
        named = set(re.findall(r"""(?:context|self)\.run\(\s*"([a-z]+\.[a-z_]+)\"""", path.read_text(encoding="utf-8")))
        assert named <= known, f"{path.name} runs {named - known}"


def test_every_file_of_exports_writes_a_target():
    writers = {row.write.__module__.split(".")[-1] for row in EXPORTERS}
    files = {path.stem for path in (ROOT / "spikesift_core/export").glob("[a-z]*.py")} - {"units"}
    assert writers == files
    assert len({row.id for row in EXPORTERS}) == len(EXPORTERS)
