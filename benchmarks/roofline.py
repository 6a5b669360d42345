"""How far each stage is from the least a sorter must do, reading the file and passing over it once, and what the rest
is spent on."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

from page import Options, Section, table
from published import WORK
from recordings import Case, read_through
from runs import HERE, ONE_THREAD, finished

from spikesift_core.messages import say

CASES = (Case(32, 120, 20), Case(128, 90, 60), Case(384, 60, 150))
QUICK = (Case(32, 30, 12),)
PRESETS = ("default", "published")
PROFILED = "default"
LEAST_SHARE = 0.01  # of the time: smaller parts of the profile are summed up
MOST_REPEATS = 3
STARTER = HERE / "run_roofline.py"


def roofline_section(options: Options) -> str:
    """A table of stages for all recordings, and a profile of the preset `default`."""
    found: dict[str, dict[str, dict]] = {preset: {} for preset in PRESETS}
    for case in options.chosen(CASES, QUICK):
        for preset in PRESETS:
            found[preset][case.name] = timed(case, preset, min(options.repeats, MOST_REPEATS))
            say(f"{case.name}, {preset}: {found[preset][case.name]['plain']:.2f} s")
    first = next(iter(found[PROFILED].values()))
    gone = f" Not timed, because not there under that name: {', '.join(first['missing'])}." if first["missing"] else ""
    return (
        "One pass: read the file (from the system's memory) a megabyte at a time and sum the squares of its values as "
        "float32, one thread. Each stage is given as a multiple of that; the whole sort is measured without timers, "
        "the stages in another run with timers around the functions of each stage, so that their sum is a little "
        f"larger.{gone}\n\n"
        + "\n".join(stage_table(preset, found[preset]) for preset in PRESETS)
        + f"\nWhere the time of the preset `{PROFILED}` goes (own time of each kernel, and of Python and NumPy around "
        f"them, as a share of the sort; calls in brackets; parts below {LEAST_SHARE:.0%} everywhere are summed up):\n\n"
        + profile_table(found[PROFILED])
    )


def timed(case: Case, preset: str, repeats: int) -> dict:
    """What `run_roofline.py` measured."""
    description = case.prepared()
    read_through(description)
    output = WORK / f"roofline-{os.getpid()}.json"
    command = [sys.executable, str(STARTER), str(description), preset, str(output), str(repeats)]
    try:
        finished(command, ONE_THREAD, f"the roofline of {preset}", description.name)
        return json.loads(output.read_text(encoding="utf-8"))
    finally:
        output.unlink(missing_ok=True)


def stage_table(preset: str, found: dict[str, dict]) -> str:
    """Multiples of one pass; `found` by recording."""
    columns = list(found.values())
    rows = [
        ("reading alone, s", *(f"{one['read']:.3f}" for one in columns)),
        ("one pass, s", *(f"{one['pass']:.3f}" for one in columns)),
        ("whole sort, s", *(f"{one['plain']:.2f}" for one in columns)),
        ("whole sort, × one pass", *(f"{one['plain'] / one['pass']:.1f}" for one in columns)),
    ]
    for words in columns[0]["stages"]:
        rows.append((words, *(f"{one['stages'][words] / one['pass']:.1f}" for one in columns)))
    rows.append(("with timers / without", *(f"{one['timed'] / one['plain']:.2f}" for one in columns)))
    return table((f"preset `{preset}`", *found), rows)


def profile_table(found: dict[str, dict]) -> str:
    """Share of each part in the time of the sort, the largest first."""
    columns = list(found.values())
    shares = [{part_name(*part[:2]): (part[2] / one["timed"], part[3]) for part in one["parts"]} for one in columns]
    names = dict.fromkeys(name for column in shares for name in column)
    large = [name for name in names if max(column.get(name, (0, 0))[0] for column in shares) >= LEAST_SHARE]
    large.sort(key=lambda name: -sum(column.get(name, (0, 0))[0] for column in shares))
    rows = [(name, *(share(column.get(name)) for column in shares)) for name in large]
    rest = [sum(value for name, (value, _) in column.items() if name not in large) for column in shares]
    rows.append(("everything else", *(f"{value:.1%}" for value in rest)))
    return table(("part", *found), rows)


def part_name(stage: str, kernel: str) -> str:
    """In words."""
    return f"{stage}: kernel `{kernel}`" if kernel else f"{stage}: Python and NumPy"


def share(part: Sequence | None) -> str:
    """One cell of the profile."""
    return "–" if part is None else f"{part[0]:.1%} ({part[1]:,})"


SECTION = Section("roofline", "Roofline and profile", roofline_section)
