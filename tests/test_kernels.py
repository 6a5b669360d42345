"""Rule 11 of docs/architecture.md: how every kernel is compiled, and that each is tested against a slow twin."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core.caching import FunctionCache
from numba.core.dispatcher import Dispatcher

from spikesift_core.kernels.compiling import cache_folder
from spikesift_core.warmup import all_kernels

ROOT = Path(__file__).resolve().parent.parent
FILES = [
    path
    for path in sorted((ROOT / "spikesift_core/kernels").glob("*.py"))
    if path.stem not in ("__init__", "compiling", "lanes")  # lanes: loops written in LLVM, tested through the filter
]
# file -> why it holds something else than kernels
NOT_KERNELS = {"lanes.py": "vector instructions used inside kernels, tested through those"}
TWINS = ("naive", "naive_painting", "naive_simulation", "naive_units", "naive_clusters")
COMPILERS = {"njit", "jit", "prange", "vectorize", "guvectorize", "stencil", "cfunc", "generated_jit"}


def module_of(path: Path):
    return importlib.import_module(f"spikesift_core.kernels.{path.stem}")


def function_names(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


ALL = [(path, name) for path in FILES if path.name not in NOT_KERNELS for name in function_names(path)]
PUBLIC = [(path, name) for path, name in ALL if not name.startswith("_")]
by_name = [f"{path.stem}.{name}" for path, name in ALL]
public_by_name = [f"{path.stem}.{name}" for path, name in PUBLIC]


def test_there_are_kernels():
    assert len(ALL) >= 8


@pytest.mark.parametrize(("path", "name"), ALL, ids=by_name)
def test_kernel_frees_the_interpreter_and_is_cached(path, name):
    kernel = getattr(module_of(path), name)
    assert isinstance(kernel, Dispatcher), f"{name} in kernels/{path.name} is not compiled"
    assert kernel.targetoptions["nogil"] is True
    assert not kernel.targetoptions.get("parallel")
    assert isinstance(kernel._cache, FunctionCache)
    assert Path(kernel._cache.cache_path).is_relative_to(cache_folder())


@pytest.mark.parametrize("path", [p for p in sorted((ROOT / "spikesift_core").rglob("*.py")) if p.stem != "compiling"])
def test_nobody_else_compiles(path):
    text = path.read_text(encoding="utf-8")
    used = {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
    used |= {
        alias.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert not used & COMPILERS


@pytest.mark.parametrize(("path", "name"), PUBLIC, ids=public_by_name)
def test_kernel_has_a_slow_twin_it_is_tested_against(path, name):
    twins = [getattr(importlib.import_module(f"tests.{module}"), name, None) for module in TWINS]
    (twin,) = [twin for twin in twins if twin is not None] or [None]
    assert twin is not None, f"none of {TWINS} in tests has {name}"
    assert twin.__module__.removeprefix("tests.") in TWINS
    assert not isinstance(twin, Dispatcher)
    tests = "\n".join(test.read_text(encoding="utf-8") for test in (ROOT / "tests/core").glob("test_*.py"))
    assert re.search(rf"\bnaive\.{name}\b", tests), f"no test in tests/core compares {name} with naive.{name}"


def test_the_twins_are_independent():
    for module in TWINS:
        text = (ROOT / f"tests/{module}.py").read_text(encoding="utf-8")
        assert "spikesift_core" not in text
        assert "numba" not in text


def test_every_kernel_that_is_called_is_warmed_up():
    called = set()
    for path in [*(ROOT / "spikesift_core").rglob("*.py"), *(ROOT / "spikesift_gui").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("spikesift_core.kernels."):
                called |= {alias.name for alias in node.names if path.parent.name != "kernels"}
    called &= {name for _, name in ALL}
    warm = {dispatcher.__name__ for dispatcher, signatures in all_kernels() if signatures}
    assert called <= warm, f"not in the warm-up: {called - warm}"


WORK_AFTER_WARM_UP = """
import sys
from spikesift_core.progress import run_to_end
from spikesift_core.simulate import simulate
from spikesift_core.sorting import perform_spike_sorting
from spikesift_core.truth import score_trains
from spikesift_core.warmup import all_kernels, warm_up

count = run_to_end(warm_up())
before = {d.__name__: len(d.signatures) for d, _ in all_kernels()}
assert count >= len(before) and all(before.values()), before
made = simulate(sys.argv[1], channels=8, seconds=5, units=4, seed=3, data_type=sys.argv[2])
result = perform_spike_sorting(made.recording(), verbose=False, min_segment_length=1)
assert result.sorted_segments
score_trains(made.truth.trains(), list(result.all_spikes().values()), 30_000.0)
late = {d.__name__: d.signatures for d, _ in all_kernels() if len(d.signatures) != before[d.__name__]}
assert not late, late
"""


@pytest.mark.parametrize("data_type", ["int16", "float32"])
def test_nothing_is_compiled_after_the_warm_up(tmp_path, data_type):
    command = [sys.executable, "-c", WORK_AFTER_WARM_UP, str(tmp_path / "sim"), data_type]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
