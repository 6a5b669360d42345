"""What the documentation tells a person to type works: commands are known, and the examples run."""

import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest

from spikesift_core import cli

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SKETCHES = {"gui.md"}  # its code shows how a part is built


def blocks(page: Path, *languages: str) -> list[str]:
    return [text for language, text in BLOCK.findall(page.read_text(encoding="utf-8")) if language in languages]


def commands(page: Path) -> list[list[str]]:
    """Words of every `spikesift …` in blocks and between backticks, but not those that leave something out."""
    lines = [line for block in blocks(page, "", "bash") for line in block.replace("\\\n", " ").splitlines()]
    lines += re.findall(r"`(spikesift [^`]*\\.[^`]*)`", page.read_text(encoding="utf-8"))  # about a file
    found = [shlex.split(line, comments=True) for line in lines if line.strip().startswith("spikesift ")]
    return [words[1:] for words in found if "…" not in words]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_is_understood(page):
    for words in commands(page):
        cli.make_parser(words).parse_args(words)  # ends the program where it is not


def test_there_are_commands_and_examples_to_try():
    assert len([words for page in PAGES for words in commands(page)]) >= 10
    assert sum(len(blocks(page, "python")) for page in PAGES if page.name not in SKETCHES) >= 3


@pytest.fixture(scope="module")
def first_day(tmp_path_factory):
    """A folder with a small recording under the names that the pages use, sorted by the command of the README."""
    folder = tmp_path_factory.mktemp("first_day")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        words = "simulate --channels 8 --seconds 21 --units 3 --seed 4 --output rec"
        assert cli.main(words.split()) == 0
        shutil.copy("rec_probe.csv", "probe.csv")
        (sort,) = [words for words in commands(ROOT / "README.md") if words[:2] == ["sort", "rec.bin"]]
        assert cli.main(sort) == 0
        for name in ("monday", "tuesday", "day 3", "day 4"):
            shutil.copytree("rec.spikesift", f"{name}.spikesift")
    return folder


def test_the_first_steps_of_the_readme(first_day, monkeypatch, capsys):
    monkeypatch.chdir(first_day)
    steps = [words for words in commands(ROOT / "README.md") if words[0] in ("info", "export", "map")]
    assert len(steps) == 3
    for words in steps:
        assert cli.main(words) == 0, words
    assert "followed through all segments" in capsys.readouterr().out and (first_day / "spikes.npz").exists()


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in SKETCHES and blocks(page, "python")],
                         ids=lambda page: page.name)  # fmt: skip
def test_every_example_in_python_runs(page, first_day, monkeypatch, capsys):
    monkeypatch.chdir(first_day)
    for code in blocks(page, "python"):
        exec(compile(code, page.name, "exec"), {"np": np})
    if page.name == "README.md":
        assert re.search(r"^0 \d+$", capsys.readouterr().out, re.MULTILINE), "unit and number of spikes"
