"""Rule 11 of docs/architecture.md: how every kernel is compiled, and that each is tested against a slow twin."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest
from numba.core.caching import FunctionCache
from numba.core.dispatcher import Dispatcher

from spikesift_core.kernels.compiling import cache_folder

ROOT = Path(__file__).resolve().parent.parent
FILES = [
    path
    for path in sorted((ROOT / "spikesift_core/kernels").glob("*.py"))
    if path.stem not in ("__init__", "compiling", "lanes")  # lanes: loops written in LLVM, tested through the filter
]
# file -> why it holds something else than kernels
NOT_KERNELS = {"lanes.py": "vector instructions used inside kernels, tested through those"}
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
    naive = importlib.import_module("tests.naive")
    twin = getattr(naive, name, None)
    assert twin is not None, f"tests/naive.py has no {name}"
    assert twin.__module__ == "tests.naive"
    assert not isinstance(twin, Dispatcher)
    tests = "\n".join(test.read_text(encoding="utf-8") for test in (ROOT / "tests/core").glob("test_*.py"))
    assert re.search(rf"\bnaive\.{name}\b", tests), f"no test in tests/core compares {name} with naive.{name}"


def test_the_twins_are_independent():
    text = (ROOT / "tests/naive.py").read_text(encoding="utf-8")
    assert "spikesift_core" not in text
    assert "numba" not in text
