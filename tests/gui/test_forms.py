import pytest

from spikesift_core.parameters import PRESETS, TABLE, checked
from spikesift_core.signal_options import OPTION_TABLE
from spikesift_gui.forms import ParameterForm
from spikesift_gui.qt import Qt, QtGui
from spikesift_gui.widgets import NumberField, WholeNumberField, choice_field

BASE = PRESETS["published"]
POLARITY = {"detection_polarity": ((-1.0, "down"), (1.0, "up"))}


@pytest.fixture
def form(qtbot):
    made = ParameterForm((*TABLE, *OPTION_TABLE), POLARITY)
    made.heard = []
    made.changed.connect(lambda name, value: made.heard.append((name, value)))
    qtbot.addWidget(made)
    made.show()
    made.show_values(BASE, BASE)
    return made


def type_into(qtbot, field, text):
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_every_parameter_has_a_row_with_its_unit_help_and_value(form):
    assert list(form.fields) == [row.name for row in (*TABLE, *OPTION_TABLE)]
    for option in OPTION_TABLE:
        assert option.help in form.fields[option.name].toolTip()
    for parameter in TABLE:
        field = form.fields[parameter.name]
        assert parameter.help in field.toolTip() and parameter.more in field.toolTip()
        if isinstance(field, NumberField):
            assert (
                field.value() == parameter.default
                and parameter.unit in field.suffix() + form._marks[parameter.name].text()
            )
            assert checked(parameter.name, field.minimum()) == field.minimum()
            assert checked(parameter.name, field.maximum()) == field.maximum()


def test_showing_values_tells_nobody_and_typing_does(form, qtbot):
    assert form.heard == []
    type_into(qtbot, form.fields["detection_sensitivity"], "6.5")
    assert form.heard == [("detection_sensitivity", 6.5)]


def test_what_differs_from_the_preset_is_marked(form):
    form.show_values({**BASE, "max_drift": 50.0}, BASE)
    assert form.fields["max_drift"].property("kind") == "changed"
    assert form._marks["max_drift"].text() == "preset: 30"
    assert form.fields["merging_threshold"].property("kind") == "" and form._marks["merging_threshold"].text() == ""
    form.show_values(BASE, BASE)
    assert form.fields["max_drift"].property("kind") == "" and form.heard == []


def test_a_parameter_can_be_a_choice(form, qtbot):
    field = form.fields["detection_polarity"]
    assert field.currentText() == "down"
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Down)
    assert form.heard == [("detection_polarity", 1.0)]


def test_an_option_is_chosen_and_marked(form, qtbot):
    field = form.fields["common_reference"]
    assert field.currentText() == "none"
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Down)
    assert form.heard == [("common_reference", "median")]
    form.show_values({**BASE, "common_reference": "median"}, BASE)
    assert field.property("kind") == "changed" and form._marks["common_reference"].text() == "preset: none"


def test_channels_are_typed_as_a_list(form, qtbot):
    field = form.fields["exclude_channels"]
    assert field.text() == "" and field.placeholderText() == "none"
    type_into(qtbot, field, "9, 3-5")
    assert form.heard == [("exclude_channels", (3, 4, 5, 9))]
    form.show_values({**BASE, "exclude_channels": (3, 4, 5, 9)}, BASE)
    assert field.text() == "3-5, 9" and field.property("kind") == "changed"


def test_a_list_that_cannot_be_read_is_marked_and_not_told(form, qtbot):
    field = form.fields["exclude_channels"]
    type_into(qtbot, field, "3 to 5")
    assert form.heard == [] and field.property("kind") == "error" and "3,7,12-15" in field.toolTip()
    type_into(qtbot, field, "3-5")
    assert form.heard == [("exclude_channels", (3, 4, 5))] and field.property("kind") == ""
    assert "Channels left out of sorting" in field.toolTip()


def test_beside_a_list_that_cannot_be_read_stands_what_is_used(form, qtbot):
    field, mark = form.fields["exclude_channels"], form._marks["exclude_channels"]
    form.show_values({**BASE, "exclude_channels": (3, 4)}, BASE)
    type_into(qtbot, field, "3-")
    assert form.heard == [] and field.property("kind") == "error" and mark.text() == "not a list; 3, 4 is used"
    type_into(qtbot, field, "4, 3")
    assert form.heard == [] and field.text() == "3, 4", "the same as before"
    assert field.property("kind") == "changed" and mark.text() == "preset: none"


def test_a_whole_number_can_be_empty(qtbot):
    field = WholeNumberField(1, 100, unit="samples", empty="all")
    qtbot.addWidget(field)
    heard = []
    field.changed.connect(heard.append)
    field.show_value(None)
    assert field.text() == "all" and field.number() is None and heard == []
    type_into(qtbot, field, "7")
    assert heard == [7] and field.number() == 7
    qtbot.keyClick(field, Qt.Key.Key_PageDown)
    assert heard == [7, None] and field.number() is None


def test_numbers_are_written_without_needless_zeros(qtbot):
    field = NumberField(0, 1e6, unit="Hz", decimals=4)
    qtbot.addWidget(field)
    for value, text in ((24414.0625, "24414.0625 Hz"), (30000, "30000 Hz"), (0, "0 Hz")):
        field.show_value(value)
        assert field.text() == text


def test_numbers_below_zero_have_a_true_minus_sign_and_either_can_be_typed(qtbot):
    field = NumberField(-100, 100, unit="µm")
    qtbot.addWidget(field)
    field.show_value(-5)
    assert field.text() == "−5 µm"
    for typed, value in (("-7.5", -7.5), ("9", 9)):
        type_into(qtbot, field, typed)
        assert field.value() == value and field.text() == f"{value:g} µm".replace("-", "−")
    field.lineEdit().setText("−8")  # as pasted: Qt's tests have no key for it
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.value() == -8 and field.text() == "−8 µm"


def test_the_wheel_does_not_change_a_field_without_focus(qtbot):
    field, choice = NumberField(0, 10), choice_field([(1, "one"), (2, "two")], lambda _: None)
    for widget in (field, choice):
        qtbot.addWidget(widget)
        event = QtGui.QWheelEvent(
            widget.rect().center().toPointF(),
            widget.rect().center().toPointF(),
            widget.rect().topLeft(),
            widget.rect().bottomRight(),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        widget.wheelEvent(event)
        assert not event.isAccepted()
    assert field.value() == 0 and choice.currentIndex() == 0


@pytest.mark.parametrize(
    ("decimals", "value", "shown"), [(0, 1_800_000, "1800000"), (0, 0, "0"), (3, 100, "100"), (3, 0.25, "0.25")]
)
def test_a_number_is_shown_whole(qtbot, decimals, value, shown):
    field = NumberField(0, 1e9, decimals=decimals)
    qtbot.addWidget(field)
    field.show_value(value)
    assert field.text() == shown
