"""Small widgets that every page and view is built from. Import them from here."""

from spikesift_gui.widgets.buttons import button, choice_buttons, tool_button
from spikesift_gui.widgets.checks import Check, CheckList
from spikesift_gui.widgets.fields import ListField, NumberField, WholeNumberField, choice_field, form_grid
from spikesift_gui.widgets.hint import Hint, HintLabel
from spikesift_gui.widgets.labels import card, column, label, line, row, scrolled, section_header, set_kind
from spikesift_gui.widgets.pill import StatusPill
from spikesift_gui.widgets.progress_strip import ProgressStrip

__all__ = [
    "Check",
    "CheckList",
    "Hint",
    "HintLabel",
    "ListField",
    "NumberField",
    "ProgressStrip",
    "StatusPill",
    "WholeNumberField",
    "button",
    "card",
    "choice_buttons",
    "choice_field",
    "column",
    "form_grid",
    "label",
    "line",
    "row",
    "scrolled",
    "section_header",
    "set_kind",
    "tool_button",
]
