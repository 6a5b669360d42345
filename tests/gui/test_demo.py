"""The demo: the whole way offscreen, and what happens when a step does not work."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from spikesift_gui.demo import Demo, DemoFailed, Player
from spikesift_gui.pages import PAGES

ROOT = Path(__file__).resolve().parents[2]


def play(qtbot, steps, patience=60.0):
    ended = []
    player = Player(steps, ended.append, patience)
    qtbot.waitUntil(lambda: bool(ended))
    qtbot.wait(100)
    assert len(ended) == 1
    del player
    return ended[0]


def test_steps_run_in_order_and_each_waits(qtbot):
    log, looks = [], []

    def steps():
        log.append("first")
        yield lambda: looks.append(None) or len(looks) >= 3
        log.append("second")

    assert play(qtbot, steps()) is None
    assert log == ["first", "second"]
    assert len(looks) == 3


def test_a_failing_step_and_an_endless_one_end_the_demo(qtbot):
    def failing():
        yield lambda: True
        raise DemoFailed("no good")

    def endless():
        yield lambda: False

    assert str(play(qtbot, failing())) == "no good"
    assert "took longer than 0 s" in str(play(qtbot, endless(), patience=0.2))


def test_a_refused_command_is_said_with_its_reason(window, tmp_path):
    with pytest.raises(DemoFailed, match=r"sort\.start was not done: \w+"):
        Demo(window, tmp_path, None).run("sort.start")


def test_the_whole_way_offscreen(tmp_path):
    command = [sys.executable, "-m", "spikesift_gui.demo", "--offscreen", "--output", str(tmp_path)]
    for _ in range(2):  # the second time finds the recording and a session that is there already
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, encoding="utf-8"
        )
        assert done.returncode == 0, done.stderr
    assert "propagateSizeHints" not in done.stderr, "Qt's own words are of no use to whoever runs the demo"
    for page in PAGES:
        assert (tmp_path / "pictures" / f"{page.id}.png").stat().st_size > 10_000
    found, units = map(int, re.search(r"(\d+) of (\d+) units found", done.stderr).groups())
    assert found >= 0.7 * units
    assert re.search(r"\d+ times real time", done.stderr)
    assert [path.name for path in tmp_path.glob("*.spikesift")] == ["drifting_32_channels.spikesift"]
