"""The set-up script: what it says when something is missing, and that a second run has nothing to do."""

import subprocess
import sys
from pathlib import Path

import pytest
import setup_environment as setup

ROOT = Path(__file__).resolve().parents[2]


def test_a_suitable_python_is_found():
    assert setup._python_version(*setup.find_python()) >= (3, 11)


def test_without_one_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(setup, "_python_version", lambda *command: (3, 9))
    with pytest.raises(setup.SetupError, match=r"Python 3\.11 or newer is needed.*apt-get install python3"):
        setup.find_python()


def test_a_python_without_venv_is_named(monkeypatch):
    monkeypatch.setattr(setup, "_python_version", lambda *command: (3, 12))
    monkeypatch.setattr(setup, "_output", lambda command: None)
    with pytest.raises(setup.SetupError, match=r"Python 3\.12 is here.*python3-venv"):
        setup.find_python()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lacks libraries of the system")
def test_missing_libraries_are_named_with_their_packages(monkeypatch):
    monkeypatch.setattr(setup, "_loads", lambda library: library != "libEGL.so.1")
    with pytest.raises(setup.SetupError) as error:
        setup.check_libraries()
    words = str(error.value)
    assert "libEGL.so.1" in words
    assert "apt-get install libegl1\n" in words
    assert words.endswith("dnf install libglvnd-egl")


def test_the_second_run_installs_nothing(monkeypatch, tmp_path):
    installed = []
    monkeypatch.setattr(setup, "STAMP", tmp_path / "stamp.txt")
    monkeypatch.setattr(setup, "environment_python", lambda: Path(sys.executable))
    monkeypatch.setattr(setup, "_install", installed.append)
    for _ in range(2):
        assert setup.ready_environment() == Path(sys.executable)
    assert len(installed) == 1
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text("changed", encoding="utf-8")
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    setup.ready_environment()
    assert len(installed) == 2


def test_an_unknown_task_gets_the_list():
    done = subprocess.run(
        [sys.executable, "scripts/project.py", "nonsense"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 2
    for task in ("demo", "test", "bench", "screenshots", "clean"):
        assert f"  {task} " in done.stderr
