"""The parts of the simulator: settings, layout of contacts, units, drift, spike trains, noise. See `simulate.py`."""
