"""How long it takes until the program is ready: all kernels compiled after installing it, and loaded from the cache."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from page import Options, Section, spread, table
from runs import HERE, ONE_THREAD, finished

from spikesift_core.messages import say

STARTER = HERE / "run_warm_up.py"
MOST_COMPILED = 3  # compiling takes long
MOST_NAMED = 6


def first_use_section(options: Options) -> str:
    """One row for each way to begin, and what takes longest to compile."""
    compiled, cached, bare = [], [], []
    for number in range(min(options.repeats, MOST_COMPILED) if not options.quick else 1):
        with tempfile.TemporaryDirectory(prefix="spikesift-cache-") as folder:
            seconds, kernels = started(Path(folder), "kernels")
            say(f"  compiled: {seconds:.1f} s")
            compiled.append(seconds)
            size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1e6
            for _ in range(max(options.repeats, 3) if number == 0 else 0):
                cached.append(started(Path(folder), "kernels")[0])
                bare.append(started(Path(folder), "imports")[0])
                say(f"  from the cache: {cached[-1]:.2f} s, imports alone: {bare[-1]:.2f} s")
    rows = [
        ("all kernels compiled, from an empty cache", spread(compiled, "{:.1f}"), "at most 25", str(len(compiled))),
        ("all kernels from the cache", spread(cached), "under 1.5", str(len(cached))),
        ("imports alone", spread(bare), "", str(len(bare))),
    ]
    longest = sorted(kernels.items(), key=lambda item: -item[1])[:MOST_NAMED]
    return (
        "Seconds of a whole new process, from its start to its end, interpreter and imports included (median, range "
        f"in brackets). {len(kernels)} kernels are called from Python; the cache holds {size:.1f} MB. The longest to "
        "compile: "
        + ", ".join(f"`{name}` {seconds:.1f} s" for name, seconds in longest)
        + " (each with the helpers that no kernel before it had used).\n\n"
        + table(("start", "s", "wanted", "runs"), rows)
    )


def started(cache: Path, what: str) -> tuple[float, dict[str, float]]:
    """Seconds of a process that imports the engine and, for "kernels", makes them ready; seconds of each kernel."""
    output = cache / "times.json"
    command = [sys.executable, str(STARTER), what, str(output)]
    variables = ONE_THREAD | {"NUMBA_CACHE_DIR": str(cache)}
    seconds = finished(command, variables, "starting", what)
    return seconds, json.loads(output.read_text(encoding="utf-8"))


SECTION = Section("first-use", "First use", first_use_section)
