"""Units exported from the window: asked in one dialog, written in the background, refused and said in words."""

import csv

import numpy as np
import pytest

from spikesift_core.export import EXPORTERS, export
from spikesift_core.session import create_session, open_session
from spikesift_gui import transitions
from spikesift_gui.dialogs import Dialogs
from spikesift_gui.export_dialog import ExportChoice, ExportDialog
from spikesift_gui.qt import Qt, QtCore, QtWidgets
from tests.core.session_parts import SETTINGS, events, open_recording
from tests.core.session_parts import result as sorted_parts
from tests.gui.helpers import drawn, open_session_in, result

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def session(tmp_path):
    np.zeros((6000, 4), np.int16).tofile(tmp_path / "night.bin")
    recording, found = open_recording(tmp_path / "night.bin"), events()
    writer = create_session(tmp_path / "night.spikesift", recording, SETTINGS)
    for event in found:
        writer.add(event)
    writer.finish(sorted_parts(found, recording))
    return writer.folder


@pytest.fixture
def opened(window, qtbot, context, session):
    open_session_in(qtbot, context, session)
    return session


def test_each_form_is_written_as_python_writes_it(qtbot, context, opened, tmp_path):
    for row in EXPORTERS:
        context.dialogs.export = ExportChoice(row.id, "all", "recorded")
        context.dialogs.saved = tmp_path / f"window_{row.id}{row.suffix}"
        assert context.run("result.export")
        drawn(qtbot, context)
        export(open_session(opened), tmp_path / f"python{row.suffix}", row.id, "all")
        assert context.dialogs.saved.read_bytes() == (tmp_path / f"python{row.suffix}").read_bytes()
    assert context.preferences.get("export") == EXPORTERS[-1].id
    counts, first, no_clock = context.dialogs.offered
    assert counts["all"] == len(context.state.results.current.tracks) and counts["followed"] <= counts["all"]
    assert first == ExportChoice(EXPORTERS[-2].id, "followed", "recorded") and "does not tell it" in no_clock


def test_what_was_written_is_said_with_what_is_left_out(qtbot, context, opened, tmp_path):
    path = tmp_path / "spikes.csv"
    context.run("result.export", path=path, format="csv", units="kept")
    drawn(qtbot, context)
    with path.open(encoding="utf-8", newline="") as file:
        spikes = sum(1 for _ in csv.reader(file)) - 1
    assert f"{spikes:,} spikes written to {path}." in context.words[-1]
    assert "units are left out, not found in 45 % of the segments." in context.words[-1]


def test_ctrl_e_asks_and_a_person_who_changes_their_mind_gets_nothing(qtbot, window, context, opened, tmp_path):
    qtbot.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert context.dialogs.asked[-1] == "Export units of night"
    context.dialogs.export = ExportChoice("csv", "all", "recorded")
    qtbot.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert context.dialogs.asked[-1] == "Export units" and not context.state.job("export")
    assert not list(tmp_path.rglob("*.csv"))


def test_what_cannot_be_exported_is_refused_in_words(qtbot, window, context, tmp_path):
    assert not context.run("result.export")
    assert context.words[-1] == "No sorted recording is open: sort one, or open a session."
    context.model.apply(transitions.put_result, result(1, "both nights"))
    assert not context.run("result.export")
    assert "both nights is not saved yet: save it as a session first" in context.words[-1]


def test_a_clock_that_is_not_known_and_a_wrong_name_are_errors_with_words(qtbot, context, opened, tmp_path):
    for arguments, words in (
        ({"clock": "acquisition"}, "The clock of the acquisition system is not known"),
        ({"units": "kept", "path": tmp_path / "a.txt"}, "ends with .csv, not 'a.txt'"),
    ):
        assert context.run("result.export", **{"path": tmp_path / "a.csv", "format": "csv", **arguments})
        qtbot.waitUntil(lambda: not context.state.jobs)
        assert words in context.state.problems[-1].words
    assert not list(tmp_path.glob("a.*"))


def test_the_dialog_is_answered_by_mouse_and_keys(qtbot):
    counts = {"followed": 12, "kept": 30, "all": 41}
    dialog = ExportDialog(None, "night", counts, ExportChoice("npz", "kept", "recorded"), "It is not told.")
    qtbot.addWidget(dialog)
    dialog.show()
    buttons = {button.text(): button for button in dialog.findChildren(QtWidgets.QAbstractButton)}
    assert "Kept: 30" in buttons and not buttons["The acquisition system's clock"].isEnabled()
    for words in ("Spikes (.csv)", "All: 41"):
        button = buttons[words]
        qtbot.mouseClick(button, LEFT, pos=QtCore.QPoint(12, button.height() // 2))
    assert dialog.choice() == ExportChoice("csv", "all", "recorded")
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.result() == QtWidgets.QDialog.DialogCode.Accepted


def test_the_question_of_the_program_is_that_dialog(qtbot, preferences, monkeypatch):
    first = ExportChoice("npz", "all", "recorded")
    dialogs = Dialogs(preferences)
    for answer, expected in (
        (QtWidgets.QDialog.DialogCode.Accepted, first),
        (QtWidgets.QDialog.DialogCode.Rejected, None),
    ):
        monkeypatch.setattr(ExportDialog, "exec", lambda _self, answer=answer: answer)
        assert dialogs.ask_export("night", dict.fromkeys(("followed", "kept", "all"), 1), first, "") == expected
