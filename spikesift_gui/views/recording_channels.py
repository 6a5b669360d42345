"""The channels before sorting: figures painted on the probe, the spectrum, and what should be left out."""

from __future__ import annotations

from functools import partial

import numpy as np

from spikesift_core.channel_figures import FIGURES, ChannelFigures, Figure, channel_figures
from spikesift_core.messages import listed_numbers
from spikesift_core.parameters import resolve
from spikesift_core.preparing import living_channels, why_not
from spikesift_core.recording import Recording
from spikesift_gui.asked import excluded
from spikesift_gui.palette import SPACE
from spikesift_gui.plots import make_plot, pen
from spikesift_gui.qt import Qt, QtWidgets, QWidget, pg
from spikesift_gui.ramps import ramp, value_colors
from spikesift_gui.recording_words import value_words
from spikesift_gui.state import State
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, choice_field, column, label, row
from spikesift_gui.widgets.probe_plot import ProbePlot
from spikesift_gui.window_words import window_words

PROBE_WIDTH = 210  # px
BY_NAME: dict[str, Figure] = {figure.name: figure for figure in FIGURES}
NAME_LENGTH = 11  # letters of a figure's name that are shown where there is little room
SHARES = ("line_share", "saturated")
SHORT = {"rate": "spikes", "likeness": "likeness"}  # names, where there is little room and the unit says the rest


class RecordingChannels(View):
    """Figures of each channel on the probe, and the spectrum of one."""

    id = "recording-channels"
    title = "Channels"
    says = ("file",)
    help = (
        "Every channel measured on a few pieces of the recording, painted on the probe; a figure is chosen at the top. "
        "Noise: standard deviation in the band of spikes. Spikes per second: those of which the channel sees the "
        "deepest trough, with the threshold of the settings. Line noise: the share of the power at 50 or 60 Hz and "
        "their multiples. Saturation: samples at the limit of the data type. Likeness: correlation with the nearest "
        "channels in the band of spikes; a contact far less alike than those around it is broken, or wired wrongly.\n\n"
        "Click a contact, or a trace, to see the channel's spectrum over the median of all. Double-click a contact to "
        "leave it out of sorting or to take it back. Contacts with a strong outline: the chosen one. Grey contacts are "
        "left out."
    )
    watches = ("checked", "view", "settings", "recording")
    options = {"figure": "noise", "channel": None}

    def build(self) -> QWidget:
        """The probe at the left; words, a button and the spectrum at the right."""
        self.figure = choice_field(
            [(figure.name, figure.label) for figure in FIGURES], lambda name: self.set_option("figure", name)
        )
        for place, figure in enumerate(FIGURES):
            self.figure.setItemData(place, figure.help, Qt.ItemDataRole.ToolTipRole)
        self.figure.setToolTip("What is painted on the probe")
        self.figure.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.figure.setMinimumContentsLength(NAME_LENGTH)
        self.leave_out = QtWidgets.QPushButton("Leave out")
        self.leave_out.clicked.connect(self._toggle)
        self.propose = QtWidgets.QPushButton()
        self.propose.clicked.connect(self._leave_out_proposed)
        self.tools.addLayout(row(self.propose, self.leave_out, self.figure, gap=4))
        self.probe = ProbePlot()
        self.probe.setFixedWidth(PROBE_WIDTH)
        self.probe.contacts.clicked.connect(lambda channel: self.context.run("channels.choose", channel=channel))
        self.probe.plot.scene().sigMouseClicked.connect(self._clicked)
        self.words = label("", "caption", wrap=True)
        self.words.setContentsMargins(SPACE, SPACE // 2, SPACE, 0)
        self.spectrum = make_plot("Frequency (Hz)", "µV/√Hz", grid=True)
        self.spectrum.setLogMode(True, True)
        for side in ("left", "bottom"):
            self.spectrum.getAxis(side).setStyle(maxTickLevel=0)
        self._others, self._one = (pg.PlotDataItem(connect="finite") for _ in range(2))
        for item in (self._others, self._one):
            self.spectrum.addItem(item)
        self._figures: ChannelFigures | None = None
        self._asked: tuple[Recording, float, tuple] | None = None
        right = column(self.words, self.spectrum, gap=0)
        right.setStretch(1, 1)
        body = QWidget()
        body.setLayout(row(self.probe, right, gap=0))
        body.layout().setStretch(1, 1)
        return body

    def hint(self, state: State) -> Hint | None:
        """Nothing can be measured yet."""
        if state.checked.preview is None:
            return Hint("No channels yet", state.checked.file_problem or "Open a recording to see its channels.")
        return None

    def draw(self, before: State | None, after: State) -> None:
        """Measure in the background when the recording or the threshold is another one; a click only paints."""
        self.figure.setCurrentIndex(self.figure.findData(self.option("figure", after)))
        preview = after.checked.preview
        values = resolve(after.settings.preset, after.settings.given)
        reference: tuple[int, ...] = ()
        if values["common_reference"] == "median" and not why_not(preview.recording_channels, values):
            reference = tuple(living_channels(preview.recording_channels, dict.fromkeys(values["exclude_channels"])))
        asked = (preview, values["detection_sensitivity"], reference)
        if asked != self._asked:
            self._asked, self._figures = asked, None
            measure = partial(_measured, preview, values["detection_sensitivity"], reference or None)
            self.compute("figures", measure, partial(self._keep, asked), slow=True)
        self._paint(after)

    def _keep(self, asked: tuple, figures: ChannelFigures | str) -> None:
        if asked == self._asked:
            self._figures = figures if isinstance(figures, ChannelFigures) else None
            self._paint(self.context.state)
            if isinstance(figures, str):
                self.words.setText(figures)

    # Drawing

    def _paint(self, state: State) -> None:
        preview, figures = state.checked.preview, self._figures
        if preview is None:
            return
        left_out, channel = excluded(state), self._channel(state)
        positions, palette = preview.probe_geometry, self.palette_now
        labels = [str(number) for number in range(len(positions))]
        values = getattr(figures, self.option("figure", state)) if figures else np.full(len(positions), np.nan)
        known = values[np.isfinite(values)]
        low, high = (min(0.0, float(known.min())), float(known.max())) if len(known) else (0.0, 1.0)
        colors = value_colors(values, ramp(palette, palette.accent), low, high)
        colors[[number for number in left_out if number < len(colors)]] = value_colors(
            np.zeros(1), ramp(palette, palette.faint), -1, 1
        )
        tips = [self._tip(number, state) for number in range(len(positions))]
        highlight = [] if channel is None else [channel]
        self.probe.show_contacts(positions, palette, colors=colors, labels=labels, tips=tips, highlight=highlight)
        self._show_buttons(state, channel)
        self.words.setText(self._words(state, channel))
        self._show_spectrum(channel, state.recording.gain)

    def _channel(self, state: State) -> int | None:
        chosen = self.option("channel", state)
        return chosen if chosen is not None and chosen < state.checked.preview.recording_channels else None

    def _show_buttons(self, state: State, channel: int | None) -> None:
        left_out = excluded(state)
        self.leave_out.setVisible(channel is not None)
        self.leave_out.setText("Take back" if channel in left_out else "Leave out")
        self.leave_out.setToolTip(f"Channel {channel}: leave it out of sorting, or take it back")
        proposed = [one for one in self._figures.proposed() if one not in left_out] if self._figures else []
        self.propose.setVisible(bool(proposed))
        self.propose.setText(f"Leave {len(proposed)} out")
        reasons = self._figures.proposed() if self._figures else {}
        self.propose.setToolTip(
            "Proposed to be left out:\n" + "\n".join(f"Channel {one}: {reasons[one]}" for one in proposed[:20])
        )

    def _words(self, state: State, channel: int | None) -> str:
        if self._figures is None:
            return "Measuring the channels…"
        figure = BY_NAME[self.option("figure", state)]
        values = getattr(self._figures, figure.name)
        known = values[np.isfinite(values)]
        gain = state.recording.gain
        low_high = [figure_words(figure, value, gain) for value in (known.min(), known.max())] if len(known) else []
        words = [] if channel is not None else [f"{figure.label}: {' to '.join(low_high) or '– (cannot be measured)'}."]
        if excluded(state):
            words.append(f"Left out: {listed_numbers(excluded(state))}.")
        words.append("Click a contact for its spectrum." if channel is None else self._tip(channel, state))
        return " ".join(words)

    def _tip(self, channel: int, state: State) -> str:
        if self._figures is None:
            return f"Channel {channel}"
        gain = state.recording.gain
        values = {figure: getattr(self._figures, figure.name)[channel] for figure in FIGURES}
        parts = [
            f"{SHORT.get(figure.name, figure.label.lower())} {figure_words(figure, value, gain)}"
            for figure, value in values.items()
        ]
        odd = self._figures.odd().get(channel)
        out = " Left out of sorting." if channel in excluded(state) else ""
        return f"Channel {channel}: {', '.join(parts)}.{f' {odd.capitalize()}.' if odd else ''}{out}"

    def _show_spectrum(self, channel: int | None, gain: float | None) -> None:
        figures, palette = self._figures, self.palette_now
        self.spectrum.setLabel("left", "µV/√Hz" if gain else "steps/√Hz")
        there = figures is not None and len(figures.frequencies) > 0
        if not there:
            self._others.setData([], [])
            self._one.setData([], [])
            return
        spectrum = figures.spectrum * (gain or 1.0)
        middle = np.nanmedian(spectrum, axis=0)
        self._others.setData(figures.frequencies, np.maximum(middle, 1e-12), pen=pen(palette.faint, 1.5))
        self.spectrum.getAxis("left").setTicks([powers_of_ten(middle), []])
        own = spectrum[channel] if channel is not None else np.zeros(0)
        frequencies = figures.frequencies if len(own) and (own > 0).any() else np.zeros(0)
        self._one.setData(frequencies, np.maximum(own[: len(frequencies)], 1e-12), pen=pen(palette.accent, 1.5))

    # What a person does

    def _toggle(self) -> None:
        channel = self._channel(self.context.state)
        if channel is not None:
            self.context.run("channels.toggle", channels=[channel])

    def _leave_out_proposed(self) -> None:
        self.context.run("channels.leave_out", channels=list(self._figures.proposed()))

    def _clicked(self, event) -> None:
        if event.double():
            self._toggle()


def _measured(recording: Recording, sensitivity: float, reference) -> ChannelFigures | str:
    """The figures, or why there are none: the checks say what is wrong with the file."""
    try:
        with np.errstate(all="ignore"):  # bytes read as the wrong type hold any number
            return channel_figures(recording, sensitivity, reference)
    except ValueError as error:
        return window_words(str(error))


def powers_of_ten(values: np.ndarray) -> list[tuple[float, str]]:
    """Ticks for a logarithmic axis around positive values: powers of ten, and three times them if these are few."""
    seen = np.log10(values[values > 0])
    low, high = (int(np.floor(seen.min())), int(np.ceil(seen.max()))) if len(seen) else (0, 1)
    steps = (0.0, np.log10(3)) if high - low < 3 else (0.0,)
    return [
        (power + step, f"{float(f'{10.0 ** (power + step):.1g}'):g}")
        for power in range(low, high + 1)
        for step in steps
    ]


def figure_words(figure: Figure, value: float, gain: float | None) -> str:
    """A figure with its unit: "12.3 µV", "4.2 /s", "0.3 %", "0.41"."""
    if not np.isfinite(value):
        return "–"
    if figure.name == "noise":
        return value_words(value, gain)
    if figure.name in SHARES:
        return f"{100 * value:.2g} %"
    return f"{value:.3g}\u00a0/s" if figure.name == "rate" else f"{value:.2f}"
