"""The rules of docs/architecture.md, each as a test. An exception is a row in a table here, with its reason."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "spikesift_core"
GUI = ROOT / "spikesift_gui"
KERNELS = CORE / "kernels"

LONGEST_FILE = 400
LONGEST_CLASS = 250
LONGEST_FUNCTION = 40
LONGEST_KERNEL = 80
MEDIAN_FUNCTION = 10

# "file" or "file:name" -> why it may be longer than the limit
SIZE_EXCEPTIONS: dict[str, str] = {}

# What the engine may import besides the standard library and itself; then by file what only that file may.
CORE_IMPORTS = {"numpy", "numba", "scipy", "tqdm", "platformdirs", "spikesift_core"}
CORE_IMPORT_EXCEPTIONS: dict[str, set[str]] = {
    "spikesift_core/probe_json.py": {"probeinterface"},  # only where that format is read or written
    "spikesift_core/probe_neuropixels.py": {"probeinterface"},  # only where Neuropixels are looked up
    "spikesift_core/probe_nwb.py": {"h5py"},  # only where that format is read or written
    "spikesift_core/probe_matlab.py": {"h5py"},  # only where version 7.3 is read
    "spikesift_core/cluster.py": {"distributed"},  # only where a cluster is used
}
KERNEL_IMPORTS = {"numpy", "numba", "spikesift_core"}
KERNEL_IMPORT_EXCEPTIONS = {
    "spikesift_core/kernels/compiling.py": {"platformdirs"},  # where the cache folder is
    "spikesift_core/kernels/lanes.py": {"llvmlite"},  # part of Numba: loops written as vector instructions
}

# file -> why it may print or write to the terminal's streams
TERMINAL_FILES = {
    "spikesift_core/cli.py": "the terminal's own front",
    "spikesift_core/messages.py": "say(): the one way to a person at the terminal",
}

# file -> why it may start threads or processes
THREAD_FILES = {
    "spikesift_gui/jobs.py": "the window's only door to background work",
    "spikesift_core/executors.py": "sorts segments in threads or processes when it is asked to",
    "spikesift_core/cluster.py": "starts none; its functions meet in the threads of a Dask worker",
    "spikesift_core/stages/rooms.py": "starts none; keeps the memory of each",
}

# file -> what it writes, besides session.py and preferences.py, which own the user's folders
WRITING_FILES = {
    "spikesift_core/session.py": "results on disk",
    "spikesift_core/examples.py": "the folder of the example a person asked for",
    "spikesift_core/export/__init__.py": "the folder of an export a person asked for",
    "spikesift_core/export/csv.py": "exports: tables as text",
    "spikesift_core/export/npz.py": "exports: NumPy archive",
    "spikesift_core/session_files.py": "the files of a session",
    "spikesift_core/replacing.py": "temporary name, fsync, replace: for every file of ours",
    "spikesift_core/formats/convert.py": "the copy of a recording a person asked for",
    "spikesift_core/probe_json.py": "probe files a person asked for, probeinterface",
    "spikesift_core/probe_prb.py": "the same, .prb",
    "spikesift_core/probe_table.py": "the same, .csv and .npy",
    "spikesift_core/probe_matlab.py": "the same, .mat",
    "spikesift_core/probe_system_files.py": "the same, .imro, .meta and settings.xml",
    "spikesift_core/simulate.py": "simulated recordings a person asked for",
    "spikesift_core/truth.py": "the truth beside them",
    "spikesift_gui/demo.py": "the folder of the demo; removes the session of the demo before",
    "spikesift_gui/icons.py": "tinted icons for the style sheet, in a temporary folder",
    "spikesift_gui/preferences.py": "what the window remembers",
    "spikesift_gui/views/pictures.py": "pictures of views a person asked for",
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def sources(*folders: Path) -> list[Path]:
    found = [path for folder in folders for path in folder.rglob("*.py")]
    return sorted(path for path in found if ROOT / "benchmarks/work" not in path.parents)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def nodes(path: Path, *kinds: type[ast.AST]) -> list:
    return [node for node in ast.walk(parsed(path)) if isinstance(node, kinds)]


def functions(path: Path) -> list[ast.FunctionDef]:
    return nodes(path, ast.FunctionDef, ast.AsyncFunctionDef)


def imported_modules(path: Path) -> set[str]:
    """Full names of the modules that a file imports, at its top or inside a function."""
    found = {alias.name for node in nodes(path, ast.Import) for alias in node.names}
    return found | {node.module for node in nodes(path, ast.ImportFrom) if node.module and not node.level}


def called_name(call: ast.Call) -> str:
    """`f` for f(...) and x.f(...)."""
    return getattr(call.func, "id", None) or getattr(call.func, "attr", "")


def docstring_lines(node: ast.AST) -> int:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return first.end_lineno - first.lineno + 1
    return 0


def length(node: ast.FunctionDef) -> int:
    """Lines of a function without its docstring and decorators."""
    return node.end_lineno - node.lineno + 1 - docstring_lines(node)


# ---------------------------------------------------------------- who may import what


def test_import_contracts():
    """The contracts of pyproject.toml: the engine knows no window, kernels know little, one door to Qt."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " kept, 0 broken" in done.stdout


@pytest.mark.parametrize("path", sources(CORE), ids=name_of)
def test_engine_imports_only_what_every_installation_has(path):
    in_kernels = KERNELS in path.parents
    allowed = KERNEL_IMPORTS if in_kernels else CORE_IMPORTS
    allowed = allowed | (KERNEL_IMPORT_EXCEPTIONS if in_kernels else CORE_IMPORT_EXCEPTIONS).get(name_of(path), set())
    roots = {module.split(".")[0] for module in imported_modules(path)}
    assert roots - allowed - sys.stdlib_module_names == set()


@pytest.mark.parametrize("path", sources(KERNELS), ids=name_of)
def test_kernels_know_nothing_of_the_program(path):
    ours = {module for module in imported_modules(path) if module.startswith("spikesift_core")}
    assert {m for m in ours if not m.startswith("spikesift_core.kernels")} <= {"spikesift_core.version"}


@pytest.mark.parametrize("path", sources(GUI), ids=name_of)
def test_one_door_to_qt(path):
    qt = {module for module in imported_modules(path) if module.split(".")[0] in ("PyQt6", "pyqtgraph")}
    assert not qt or path.name == "qt.py"


@pytest.mark.parametrize(("folder", "ending"), [("views", "View"), ("pages", "Page")])
def test_views_and_pages_do_not_know_each_other(folder, ending):
    defining = {}
    for path in sources(GUI / folder):
        if any(found.name.endswith(ending) and found.name != ending for found in nodes(path, ast.ClassDef)):
            defining[f"spikesift_gui.{folder}.{path.stem}"] = path
    for module, path in defining.items():
        others = imported_modules(path) & (set(defining) - {module})
        assert not others, f"{name_of(path)} imports {others}"


# ---------------------------------------------------------------- who may do what

THREAD_MODULES = {"threading", "_thread", "multiprocessing", "concurrent.futures", "asyncio"}
THREAD_CLASSES = {"QThread", "QThreadPool", "QRunnable", "QtConcurrent", "QProcess"}


@pytest.mark.parametrize("path", sources(CORE, GUI), ids=name_of)
def test_threads_start_in_one_place(path):
    names = {alias.name for node in nodes(path, ast.ImportFrom) for alias in node.names}
    names |= {node.attr for node in nodes(path, ast.Attribute)}
    used = (imported_modules(path) & THREAD_MODULES) | (names & THREAD_CLASSES)
    if name_of(path) not in THREAD_FILES and path.name != "qt.py":
        assert not used


@pytest.mark.parametrize("path", sources(CORE, GUI), ids=name_of)
def test_words_to_the_terminal_leave_by_one_door(path):
    if name_of(path) in TERMINAL_FILES:
        return
    printed = [call.lineno for call in nodes(path, ast.Call) if called_name(call) in ("print", "pprint")]
    streams = [node.lineno for node in nodes(path, ast.Attribute) if node.attr in ("stdout", "stderr")]
    assert not printed + streams, f"{name_of(path)} prints in lines {printed + streams}"


WRITING_CALLS = {
    "write_text", "write_bytes", "tofile", "save", "savez", "savez_compressed", "savetxt", "mkdir", "makedirs",
    "unlink", "rmdir", "rmtree", "rename", "copyfile", "move", "touch", "fsync", "truncate", "write_probeinterface",
}  # fmt: skip


def writes(path: Path) -> list[str]:
    return [f"{call.lineno}: {called_name(call)}" for call in nodes(path, ast.Call) if _writes(call)]


def _writes(call: ast.Call) -> bool:
    if called_name(call) in ("open", "open_memmap", "memmap"):
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        modes = [value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)]
        return any(set(mode) & set("wax+") and set(mode) <= set("rwaxbt+0") for mode in modes)
    return called_name(call) in WRITING_CALLS and ast.unparse(call) != "painter.save()"


@pytest.mark.parametrize("path", sources(CORE, GUI), ids=name_of)
def test_files_are_written_in_known_places(path):
    if name_of(path) not in WRITING_FILES:
        assert not writes(path), f"{name_of(path)} writes in lines {writes(path)}"


def test_the_writing_files_are_there_and_write():
    for name in WRITING_FILES:
        assert writes(ROOT / name), f"{name} no longer writes: take it out of WRITING_FILES"


def test_the_windows_state_is_frozen():
    state = GUI / "state.py"
    for found in nodes(state, ast.ClassDef):
        frozen = any("frozen=True" in ast.unparse(decorator) for decorator in found.decorator_list)
        enum = any("Enum" in ast.unparse(base) for base in found.bases)
        assert frozen or enum, f"{found.name} in state.py is not frozen"


@pytest.mark.parametrize("path", sources(GUI), ids=name_of)
def test_only_the_session_model_changes_state(path):
    """Elsewhere nobody assigns to an attribute of the model or of a state, or reaches for its private parts."""
    if path.name in ("session_model.py", "state.py"):
        return
    for node in nodes(path, ast.Attribute):
        owner = ast.unparse(node.value).split(".")[-1]
        if owner in ("model", "session_model", "state", "selection"):
            changed = isinstance(node.ctx, (ast.Store, ast.Del))
            private = node.attr.startswith("_") and owner in ("model", "session_model")
            assert not changed and not private, f"{name_of(path)}:{node.lineno} touches {ast.unparse(node)}"


# ---------------------------------------------------------------- small pieces


@pytest.mark.parametrize("path", sources(CORE, GUI, ROOT / "tests", ROOT / "scripts", ROOT / "benchmarks"), ids=name_of)
def test_file_size(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_FILE or name_of(path) in SIZE_EXCEPTIONS


@pytest.mark.parametrize("path", sources(CORE, GUI, ROOT / "scripts", ROOT / "benchmarks"), ids=name_of)
def test_class_and_function_sizes(path):
    limit = LONGEST_KERNEL if path.parent == KERNELS else LONGEST_FUNCTION
    long = {node.name: length(node) for node in functions(path) if length(node) > limit}
    classes = nodes(path, ast.ClassDef)
    sizes = {node.name: node.end_lineno - node.lineno + 1 for node in classes}
    long |= {name: lines for name, lines in sizes.items() if lines > LONGEST_CLASS}
    assert not {name: lines for name, lines in long.items() if f"{name_of(path)}:{name}" not in SIZE_EXCEPTIONS}


def test_size_exceptions_are_still_needed():
    for key in SIZE_EXCEPTIONS:
        file, _, name = key.partition(":")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert name in text if name else len(text.splitlines()) > LONGEST_FILE, f"{key} is gone"


def test_median_function_is_short():
    lengths = [length(node) for path in sources(CORE, GUI) for node in functions(path)]
    assert statistics.median(lengths) < MEDIAN_FUNCTION


# ---------------------------------------------------------------- explained


def public_definitions(body: list[ast.stmt], prefix: str = "") -> list[tuple[str, ast.AST]]:
    found = []
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            found.append((prefix + node.name, node))
            if isinstance(node, ast.ClassDef):
                found += public_definitions(node.body, node.name + ".")
    return found


def overrides_qt(name: str) -> bool:
    """Our own names are snake_case: a camelCase method is one of Qt's, explained there; so are a few short ones."""
    last = name.split(".")[-1]
    return "." in name and (last != last.lower() or last in ("paint", "event", "data", "flags"))


@pytest.mark.parametrize("path", sources(CORE, GUI), ids=name_of)
def test_everything_public_has_a_docstring(path):
    missing = [] if ast.get_docstring(parsed(path)) else ["(module)"]
    for name, node in public_definitions(parsed(path).body):
        if not ast.get_docstring(node) and not overrides_qt(name):
            missing.append(f"{name} (line {node.lineno})")
    assert not missing


def test_ruff_finds_nothing():
    done = subprocess.run([sys.executable, "-m", "ruff", "check", "."], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# ---------------------------------------------------------------- importing does nothing else

IMPORT_ALL = """
import importlib, pkgutil, sys, threading
import {package}
for module in pkgutil.walk_packages({package}.__path__, "{package}."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
assert threading.active_count() == 1, threading.enumerate()
print("\\n".join(sorted(sys.modules)))
"""


def import_everything(package: str, folder: Path) -> set[str]:
    """Import all modules of `package` in a new process whose every folder lies in `folder`; the modules loaded."""
    import os

    folders = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
    environment = {**os.environ, **dict.fromkeys(folders, str(folder)), "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("NUMBA_CACHE_DIR", None)
    command = [sys.executable, "-c", IMPORT_ALL.format(package=package)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return set(done.stdout.split())


def test_importing_the_engine_has_no_side_effect(tmp_path):
    loaded = import_everything("spikesift_core", tmp_path)
    assert not {module for module in loaded if module.split(".")[0] in ("PyQt6", "pyqtgraph", "spikesift_gui")}
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_importing_the_window_has_no_side_effect(tmp_path):
    import_everything("spikesift_gui", tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
