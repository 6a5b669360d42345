import numpy as np
import pytest

from spikesift_gui import transitions as t
from spikesift_gui.session_model import SessionModel


@pytest.fixture
def model(qapp):
    made = SessionModel()
    made.heard = []
    made.changed.connect(lambda before, after: made.heard.append((before, after)))
    return made


def test_the_state_changes_at_once_and_listeners_hear_both(model):
    before = model.state
    after = model.apply(t.go_to_page, "sort")
    assert model.state is after and model.heard == [(before, after)]


def test_no_change_is_not_told(model):
    model.apply(t.go_to_page, "home")
    assert model.heard == []


def test_a_transition_that_raises_changes_nothing(model):
    with pytest.raises(ValueError):
        model.apply(t.set_parameter, "max_drift", -1)
    assert model.heard == [] and model.state.settings.given == {}


def test_a_listener_that_changes_the_state_is_heard_after(model):
    def follow(before, after):
        if after.page == "probe":
            model.apply(t.go_to_page, "sort")

    model.changed.connect(follow)
    late = []
    model.changed.connect(lambda before, after: late.append((before.page, after.page)))
    model.apply(t.go_to_page, "probe")
    assert late == [("home", "probe"), ("probe", "sort")]


def test_a_listener_that_fails_does_not_stop_later_changes(model, qtbot):
    def fail(before, after):
        model.changed.disconnect(fail)
        raise RuntimeError("broken view")

    model.changed.connect(fail)
    with qtbot.captureExceptions() as caught:
        model.apply(t.go_to_page, "sort")
    assert len(caught) == 1
    model.apply(t.go_to_page, "home")
    assert model.heard[-1][1].page == "home"


def test_file_and_probe_are_checked_whenever_they_change(model, recording_file):
    model.apply(t.set_recording, path=recording_file)
    assert "number of channels" in model.state.checked.file_problem
    model.apply(t.set_recording, channels=4)
    checked = model.state.checked
    assert checked.preview.num_samples == 3000 and checked.recording is None and checked.file_problem == ""
    model.apply(t.set_probe, np.zeros((3, 2)))
    assert "3 contacts and the file 4 channels" in model.state.checked.probe_problem
    model.apply(t.set_probe, [[0, 0], [0, 20], [0, 40], [0, 60]])
    checked = model.state.checked
    assert checked.recording is checked.preview and checked.probe_problem == ""
    assert checked.recording.probe_geometry[3].tolist() == [0, 60]
    checked_once = model.state.checked
    model.apply(t.choose_contacts, [1])
    assert model.state.checked is checked_once, "choosing contacts opens no file"


def test_a_size_that_does_not_fit_is_said_and_still_shown(model, recording_file):
    model.apply(t.set_recording, path=recording_file, channels=7)
    checked = model.state.checked
    assert "whole number of samples" in checked.file_problem
    assert checked.preview.num_samples == 24000 // 14 and checked.recording is None


def test_a_file_that_is_gone_has_no_preview(model, tmp_path):
    model.apply(t.set_recording, path=tmp_path / "gone.bin", channels=4)
    assert model.state.checked.preview is None and "cannot be read" in model.state.checked.file_problem
