"""The project's tasks: `python scripts/project.py demo` (or test, bench, screenshots, guide, clean). `make` calls this.

Whatever a task needs is set up first (see setup_environment.py). Arguments after the task's name are handed on:
`python scripts/project.py test tests/core -x`.
"""

import os
import shutil
import subprocess
import sys
import tempfile

from setup_environment import (
    ROOT,
    SetupError,
    check_libraries,
    missing_libraries,
    ready_environment,
    say,
)

# Pictures show where files are saved: nobody's own folders.
NEUTRAL_FOLDER = os.path.join(tempfile.gettempdir(), "SpikeSift demo")

# task: (what it does, arguments of the Python in .venv, environment variables set unless they are already)
TASKS = {
    "demo": ("sort a simulated, drifting recording in the window", ["-m", "spikesift_gui.demo"], {}),
    # Two processes: with more, the windows of one wait for the other's. Files stay whole, for what their tests share.
    "test": ("run the tests", ["-m", "pytest", "-n", "2", "--dist", "loadfile"], {"QT_QPA_PLATFORM": "offscreen"}),
    "bench": ("compare speed, memory and results with the published package", ["benchmarks/bench.py"], {}),
    "screenshots": (
        "make the pictures of the documentation anew",
        ["-m", "spikesift_gui.demo", "--offscreen", "--pictures", "docs/pictures", "--output", NEUTRAL_FOLDER],
        {},
    ),
    "guide": (
        "make the pictures of the guide to Inspect and Match anew",
        ["scripts/guide_pictures.py", "--days", NEUTRAL_FOLDER],
        {"QT_QPA_PLATFORM": "offscreen"},
    ),
}
LEFTOVERS = (
    "build",
    "dist",
    "demo-output",
    "benchmarks/work",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
    ".import_linter_cache",
)


def run(task, arguments):
    """Set up, run one task of `TASKS` in the virtual environment, and return its exit status."""
    _, command, variables = TASKS[task]
    check_libraries()
    python = ready_environment()
    environment = dict(variables, **os.environ)
    return subprocess.call([str(python)] + command + arguments, cwd=str(ROOT), env=environment)


def clean():
    """Delete what the tasks left behind; `.venv` stays."""
    for name in LEFTOVERS:
        shutil.rmtree(str(ROOT / name), ignore_errors=True)
    for folder in ("spikesift_core", "spikesift_gui", "tests", "scripts", "benchmarks"):
        for cache in (ROOT / folder).rglob("__pycache__"):
            shutil.rmtree(str(cache), ignore_errors=True)
    say("Clean. The virtual environment stays; delete the folder .venv to set up anew.")
    return 0


def libraries():
    """Print the Debian packages of the system libraries that are missing, for scripts."""
    print(" ".join(dict.fromkeys(row[1] for row in missing_libraries())))
    return 0


def usage():
    """Print the tasks."""
    lines = ["  %-12s %s" % (name, task[0]) for name, task in TASKS.items()]
    lines += ["  %-12s %s" % ("clean", "delete what the tasks left behind")]
    lines += ["  %-12s %s" % ("libraries", "print the Debian packages that are missing here")]
    say("usage: python scripts/project.py TASK [ARGUMENTS]\n\n" + "\n".join(lines))
    return 2


def main(arguments):
    """Exit status of the task named first in `arguments`."""
    task = arguments[0] if arguments else ""
    try:
        if task in TASKS:
            return run(task, arguments[1:])
        return {"clean": clean, "libraries": libraries}.get(task, usage)()
    except SetupError as error:
        say("\n%s" % error)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
