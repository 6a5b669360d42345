"""The numbers at the axes of plots."""

import pytest

from spikesift_gui.plots import make_plot


@pytest.mark.parametrize("counts", [False, True])
def test_numbers_below_zero_have_a_true_minus_sign(qtbot, counts):
    plot = make_plot("Shift (µm)", "Count", counts=counts)
    qtbot.addWidget(plot)
    for side in ("left", "bottom"):
        axis = plot.getPlotItem().getAxis(side)
        assert axis.tickStrings([-10.0, 0.0, 10.0], 1.0, 10.0) == ["−10", "0", "10"]
        assert axis.tickStrings([-0.5, 0.5], 1.0, 0.5) == ["−0.5", "0.5"]
