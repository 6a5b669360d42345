"""The published package in an environment of its own, so that it cannot touch ours."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from spikesift_core.messages import say

VERSION = "0.1.1"
WORK = Path(__file__).resolve().parent / "work"


@cache
def published_python() -> Path:
    """The Python of an environment with the published package; it is made when it is not there.

    Raises
    ------
    SystemExit
        With words, when it cannot be installed.
    """
    environment = WORK / f"published-{VERSION}"
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not _has_package(python):
        say(f"Installing the published package spikesift {VERSION} into {environment} ...")
        _call([sys.executable, "-m", "venv", "--clear", str(environment)])
        packages = [f"spikesift=={VERSION}"] + ([] if sys.platform.startswith("linux") else ["psutil"])
        _call([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages])
    return python


def _has_package(python: Path) -> bool:
    if not python.exists():
        return False
    command = [str(python), "-c", "from importlib.metadata import version; print(version('spikesift'))"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    return done.stdout.strip() == VERSION


def _call(command: list[str]) -> None:
    if subprocess.call(command) != 0:
        raise SystemExit("The published package could not be installed; the lines above say why.")
