"""Tests need no screen: Qt draws offscreen unless the environment says otherwise. What is tried with many examples is
tried with the same ones each time, however long they take."""

import os

from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
settings.register_profile(
    "steady", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")
