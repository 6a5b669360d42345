"""Set up everything the program needs in a virtual environment `.venv` beside this folder; nothing else is changed.

Only the standard library, and a language that an old Python understands, so that whatever Python runs this can
say what is missing. A second call finds the stamp of the first and returns at once.
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / "spikesift-setup.txt"
LOWEST_PYTHON = (3, 11)
NEWEST_TRIED = 14  # 3.14: the newest that numba's constraint has packages for

# library, Debian and Ubuntu package, Fedora package
ALWAYS_NEEDED = (
    ("libEGL.so.1", "libegl1", "libglvnd-egl"),
    ("libGL.so.1", "libgl1", "libglvnd-glx"),
    ("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon"),
    ("libfontconfig.so.1", "libfontconfig1", "fontconfig"),
    ("libdbus-1.so.3", "libdbus-1-3", "dbus-libs"),
    ("libglib-2.0.so.0", "libglib2.0-0", "glib2"),
    ("libX11.so.6", "libx11-6", "libX11"),
)
NEEDED_FOR_X11 = (
    ("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor"),
    ("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm"),
    ("libxcb-image.so.0", "libxcb-image0", "xcb-util-image"),
    ("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms"),
    ("libxcb-render-util.so.0", "libxcb-render-util0", "xcb-util-renderutil"),
    ("libxcb-shape.so.0", "libxcb-shape0", "libxcb"),
    ("libxcb-xkb.so.1", "libxcb-xkb1", "libxcb"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11"),
    ("libX11-xcb.so.1", "libx11-xcb1", "libX11-xcb"),
)


class SetupError(Exception):
    """Something a person has to do first; the text says what."""


def environment_python():
    """Path of the Python inside `.venv`, whether or not it exists yet."""
    return ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ready_environment():
    """Make or update `.venv` if it is not up to date, and return the path of its Python.

    Raises SetupError, in words, when there is no suitable Python or the installation fails.
    """
    python = environment_python()
    if _python_version(python) is None or _python_version(python) < LOWEST_PYTHON:
        _make_environment(find_python())
    wanted = _fingerprint(python)
    if not STAMP.is_file() or STAMP.read_text(encoding="utf-8") != wanted:
        _install(python)
        STAMP.write_text(wanted, encoding="utf-8")
    return python


def find_python():
    """The command, as a list, of a Python that is new enough and can make virtual environments."""
    names = ["python3.%d" % minor for minor in range(NEWEST_TRIED, LOWEST_PYTHON[1] - 1, -1)]
    candidates = [[sys.executable]] + [[name] for name in names]
    if os.name == "nt":
        candidates += [["py", name.replace("python", "-")] for name in names]
    without_venv = []
    for command in candidates:
        version = _python_version(*command)
        if version is not None and version >= LOWEST_PYTHON:
            if _output(command + ["-c", "import ensurepip, venv"]) is not None:
                return command
            without_venv.append("%d.%d" % version)
    raise SetupError(_no_python(without_venv))


def _no_python(without_venv):
    if without_venv:
        return (
            "Python %s is here, but it cannot make virtual environments. Install the missing part "
            "(Debian, Ubuntu: sudo apt-get install python3-venv) and try again." % without_venv[0]
        )
    return (
        "Python %d.%d or newer is needed, and only Python %d.%d was found. Install a newer one (python.org; "
        "Debian, Ubuntu: sudo apt-get install python3 python3-venv; Fedora: sudo dnf install python3) and try again."
        % (LOWEST_PYTHON + tuple(sys.version_info[:2]))
    )


def _python_version(*command):
    """(major, minor) of the Python that `command` starts, or None if it does not start."""
    text = _output([str(part) for part in command] + ["-c", "import sys; print(*sys.version_info[:2])"])
    try:
        major, minor = (text or "").split()
        return int(major), int(minor)
    except ValueError:
        return None


def _output(command):
    """What `command` prints, or None if it cannot be started or fails."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def _fingerprint(python):
    """Changes with everything that makes an installation out of date, and when the folder was moved."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    digest.update(repr((str(ROOT), _python_version(python))).encode("utf-8"))
    return digest.hexdigest()


def _make_environment(command):
    if ENVIRONMENT.exists():
        shutil.rmtree(str(ENVIRONMENT))
    say("Making a virtual environment in %s ..." % ENVIRONMENT)
    if subprocess.call(command + ["-m", "venv", str(ENVIRONMENT)]) != 0:
        raise SetupError("The virtual environment could not be made; the lines above say why.")


def _install(python):
    say("Installing the program and what it needs into .venv (once; it downloads about 225 MB) ...")
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--constraint", "constraints.txt"]
    if not sys.stdout.isatty():
        command.append("--quiet")
    if subprocess.call(command + ["--editable", ".[test]"], cwd=str(ROOT)) != 0:
        raise SetupError(
            "Installing failed; the lines above say why. Without a network connection it cannot work the first time; "
            "behind a proxy, set HTTPS_PROXY."
        )


def missing_libraries():
    """Rows of the tables above whose library is not on this machine; none outside Linux."""
    if not sys.platform.startswith("linux"):
        return []
    needed = ALWAYS_NEEDED + (NEEDED_FOR_X11 if os.environ.get("DISPLAY") else ())
    return [row for row in needed if not _loads(row[0])]


def _loads(library):
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def check_libraries():
    """Raise SetupError with the packages to install when a system library for the window is missing."""
    missing = missing_libraries()
    if missing:
        names, debian, fedora = (" ".join(dict.fromkeys(column)) for column in zip(*missing))
        raise SetupError(
            "The window needs system libraries that are not on this machine: %s\n"
            "  Debian, Ubuntu:  sudo apt-get install %s\n"
            "  Fedora:          sudo dnf install %s" % (names, debian, fedora)
        )


def say(text):
    """Write one line for the person who is waiting, at once."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
