"""What is remembered between runs: one JSON file in the user's folder, and the log beside it.

Beside `session.py` of the core this is the only file that writes in the user's folders.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from dataclasses import asdict
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import platformdirs

from spikesift_core.probe import write_probe
from spikesift_core.probe_contacts import ProbeLayout
from spikesift_core.recording import DATA_TYPES
from spikesift_gui.state import Recent, RecordingDraft

ENVIRONMENT = "SPIKESIFT_PREFERENCES_FOLDER"
FILE = "preferences.json"
PROBES = "probes"  # folder
LOG_FILE = "spikesift.log"
LOG_BYTES, LOG_FILES = 1_000_000, 3
MOST_DESCRIPTIONS = 200
KINDS = {"recent": list, "descriptions": dict}  # others are forgotten: somebody wrote in the file by hand
NOT_TYPED = ("path", "opened", "files", "layout", "streams", "stream")

log = logging.getLogger(__name__)


class Preferences:
    """Remembered values. Written at once and atomically; a damaged or unreadable file is put aside, never an error.

    Parameters
    ----------
    folder : where; None takes the environment variable SPIKESIFT_PREFERENCES_FOLDER, else the user's folder.
    """

    def __init__(self, folder: Path | str | None = None):
        given = folder or os.environ.get(ENVIRONMENT)
        own = platformdirs.user_config_path("spikesift", appauthor=False)
        self.folder = Path(given) if given else own
        self.log_folder = Path(given) if given else platformdirs.user_log_path("spikesift", appauthor=False)
        self._values: dict[str, Any] = self._read()

    def get(self, name: str, default: Any = None) -> Any:
        """A remembered value."""
        return self._values.get(name, default)

    def set(self, name: str, value: Any) -> None:
        """Remember a value (anything JSON can hold)."""
        if self._values.get(name) != value:
            self._values[name] = value
            self._write()

    def forget(self, *names: str) -> None:
        """Forget values."""
        for name in names:
            self._values.pop(name, None)
        self._write()

    # Recent files

    def recent(self) -> tuple[Recent, ...]:
        """Recently opened, latest first."""
        entries = self.get("recent", [])
        good = [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("path"), str)]
        return tuple(Recent(entry["kind"], Path(entry["path"])) for entry in good if "kind" in entry)

    def keep_recent(self, recent: tuple[Recent, ...]) -> None:
        """Remember these."""
        self.set("recent", [{"kind": entry.kind, "path": str(entry.path)} for entry in recent])

    # A person's own probes

    @property
    def probes_folder(self) -> Path:
        """Where they are kept, one probeinterface file each."""
        return self.folder / PROBES

    def own_probes(self) -> tuple[Path, ...]:
        """The files of the probes that were kept, by name; a folder that cannot be read holds none."""
        try:
            return tuple(sorted(self.probes_folder.glob("*.json"), key=lambda path: path.name.lower()))
        except OSError as error:
            log.warning("%s cannot be read (%s): no own probes.", self.probes_folder, error)
            return ()

    def keep_probe(self, path: Path, layout: ProbeLayout) -> None:
        """Keep a probe in a file in `probes_folder`.

        Raises
        ------
        ValueError
            If it cannot be written.
        """
        try:
            self.probes_folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ValueError(f"{self.probes_folder} cannot be made: {error.strerror or error}.") from error
        write_probe(path, layout)

    def forget_probe(self, path: Path) -> None:
        """Delete the file of a probe that was kept; files elsewhere are left alone."""
        if path.parent == self.probes_folder:
            path.unlink(missing_ok=True)

    # Descriptions of plain binary files

    def describe(self, draft: RecordingDraft) -> None:
        """Remember what was typed in for a plain binary file."""
        if draft.path is None or draft.told or len(draft.binary_files) > 1:
            return
        path = str(draft.path)
        others = {key: value for key, value in self.get("descriptions", {}).items() if key != path}
        latest = dict(list(others.items())[-MOST_DESCRIPTIONS + 1 :])
        self.set("descriptions", {**latest, path: {k: v for k, v in asdict(draft).items() if k not in NOT_TYPED}})

    def description(self, path: Path) -> RecordingDraft | None:
        """What was typed in for this file before, or None."""
        values = self.get("descriptions", {}).get(str(path))
        try:
            draft = RecordingDraft(**{**values, "path": Path(path)})
        except TypeError:  # never described, or by another version of the program
            return None
        return draft if draft.data_type in DATA_TYPES else None

    def _read(self) -> dict[str, Any]:
        path = self.folder / FILE
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(values, dict):
                raise ValueError("not an object")
            return {name: value for name, value in values.items() if isinstance(value, KINDS.get(name, object))}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning("%s cannot be read (%s): starting with nothing remembered.", path, error)
            return {}

    def _write(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder, prefix=FILE, suffix=".part")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(self._values, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, self.folder / FILE)
        except OSError as error:
            log.warning("Preferences could not be written to %s: %s", self.folder, error)


def start_log(folder: Path) -> Path | None:
    """Begin writing the log there (about 1 MB a file, three files kept); the path, or None if that is impossible."""
    path = folder / LOG_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES - 1, encoding="utf-8")
    except OSError as error:
        log.warning("No log can be written to %s: %s", path, error)
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return path
