"""The form for a plain binary file: every field of `Recording` but the probe, and the gain."""

from __future__ import annotations

from typing import Any

from spikesift_core.recording import LOWEST_SAMPLING_FREQUENCY
from spikesift_gui.context import Context
from spikesift_gui.qt import QtWidgets, QWidget
from spikesift_gui.state import RecordingDraft
from spikesift_gui.widgets.fields import NumberField, SamplesField, WholeNumberField, choice_field, form_grid
from spikesift_gui.widgets.labels import column

TYPES = (
    ("int16", "int16 – signed"),
    ("uint16", "uint16 – from 0"),
    ("int32", "int32 – signed"),
    ("uint32", "uint32 – from 0"),
    ("float32", "float32 – decimals"),
    ("float64", "float64 – decimals"),
    ("int8", "int8 – signed"),
    ("uint8", "uint8 – from 0"),
    ("int64", "int64 – signed"),
    ("uint64", "uint64 – from 0"),
)
ROWS = (
    ("Data type", "data_type"),
    ("Channels", "channels"),
    ("Sampling frequency", "sampling_frequency"),
    ("Gain", "gain"),
    ("Which part of the file", ""),
    ("Header", "header"),
    ("Samples to skip", "sample_offset"),
    ("Samples to use", "num_samples"),
    ("Time of the first", "recording_offset"),
)
MOST_CHANNELS = 100_000
_NARROW = QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
FARTHEST = 2.0**53  # whole numbers up to here are exact in a field for numbers


class RecordingForm(QWidget):
    """Fields by name in `fields`; what a person changes goes to the command "recording.set"."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self.fields: dict[str, QWidget] = _fields()
        self.fields["data_type"] = choice_field(TYPES, lambda value: self._set("data_type", value))
        self.fields["data_type"].setToolTip(
            "How each value was written; 16 in int16 is its bits. int16 is what most systems write."
        )
        self.fields["data_type"].setSizeAdjustPolicy(_NARROW)
        self.fields["data_type"].setMinimumContentsLength(12)
        for name, field in self.fields.items():
            if name != "data_type":
                field.changed.connect(self._teller(name))
        self.setLayout(column(form_grid(*((words, self.fields.get(name)) for words, name in ROWS))))

    def show_draft(self, draft: RecordingDraft) -> None:
        """Show these values."""
        for name, field in self.fields.items():
            value = getattr(draft, name)
            if isinstance(field, SamplesField):
                field.rate = draft.sampling_frequency
            if isinstance(field, QtWidgets.QComboBox):
                field.setCurrentIndex(field.findData(value))
            else:
                field.show_value(0 if value is None and isinstance(field, NumberField) else value)
            field.setEnabled(not told_by_file(draft, name))

    def _teller(self, name: str) -> Any:
        if name == "gain":
            return lambda value: self._set(name, value or None)
        if name == "num_samples":
            return lambda value: self._set(name, int(value) or None)
        if name in ("header", "sample_offset", "recording_offset"):
            return lambda value: self._set(name, int(value))
        return lambda value: self._set(name, value)

    def _set(self, name: str, value: Any) -> None:
        if not self._context.run("recording.set", **{name: value}):
            self.show_draft(self._context.state.recording)  # refused: put back what is true


def told_by_file(draft: RecordingDraft, name: str) -> bool:
    """Whether a field repeats what the recording itself tells."""
    if name == "sampling_frequency" and draft.stream is not None:
        return draft.stream.sampling_frequency >= LOWEST_SAMPLING_FREQUENCY
    if name == "gain":
        return draft.stream is not None and draft.stream.one_gain is not None
    by_hand = draft.stream is None and draft.layout and (draft.layout.swapped or draft.layout.fill)
    if by_hand and name in ("sampling_frequency", "header"):
        return False  # described by hand but for the order of bytes, or what is read for NaN
    return draft.told and name in ("data_type", "channels", "sampling_frequency", "header")


def _fields() -> dict[str, QWidget]:
    fields: dict[str, QWidget] = {
        "data_type": QWidget(),
        "channels": WholeNumberField(
            1, MOST_CHANNELS, empty="not known", tip="Channels in the file, with any sync channel."
        ),
        "sampling_frequency": NumberField(
            LOWEST_SAMPLING_FREQUENCY, 1e7, step=1000, unit="Hz", tip="Samples per second of each channel, in Hz."
        ),
        "gain": NumberField(
            0,
            1e6,
            step=0.01,
            unit="µV per step",
            tip="Only for showing µV, sorting does not depend on it; 0: not known.",
        ),
        "header": NumberField(
            0, FARTHEST, decimals=0, unit="bytes", tip="Bytes before the first sample, which are skipped."
        ),
        "sample_offset": SamplesField(FARTHEST, "Samples (of all channels) to leave out, after the header."),
        "num_samples": SamplesField(FARTHEST, "Samples (of all channels) to use; 0 uses all."),
        "recording_offset": NumberField(
            -FARTHEST,
            FARTHEST,
            decimals=0,
            unit="samples",
            tip="Time of the first sample used, in samples. Moves the times that are reported, not what is read: "
            "useful when several files follow each other.",
        ),
    }
    fields["gain"].setSpecialValueText("not known")
    fields["num_samples"].setSpecialValueText("all")
    return fields
