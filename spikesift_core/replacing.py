"""Files that are either the old one or the complete new one, whenever the program is killed."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` to write to: when the block ends well, it is synced and takes the place of `path`.

    When the block raises, the temporary file is removed and `path` stays as it was.
    """
    temporary = path.with_name(f".{path.stem}-{secrets.token_hex(4)}.tmp{path.suffix}")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def replace_text(path, text: str) -> None:
    """Put a text in a file, UTF-8; one that is there is replaced.

    Raises
    ------
    OSError
        In words with the path, if it cannot be written.
    """
    try:
        with replacing(Path(path)) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OSError(f"{path} cannot be written: {error.strerror or error}.") from error


def sync_folder(folder: Path) -> None:
    """Make new names in a folder last, where the system knows how."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):  # some network drives refuse
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
