"""Where the files in `resources/` are: in a checkout, in an installed wheel and in a frozen bundle."""

from __future__ import annotations

import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def resource(*parts: str) -> Path:
    """The path of one file or folder of `resources/`, such as `resource("icons", "home.svg")`.

    Raises
    ------
    FileNotFoundError
        If the program was installed without it; the sentence says where it was looked for.
    """
    candidates = [folder.joinpath(*parts) for folder in _folders()]
    for candidate in candidates:
        if candidate.exists():
            return candidate
    looked_at = ", ".join(str(candidate) for candidate in candidates)
    raise FileNotFoundError(f"A file of the program is missing (looked for {looked_at}). Install the program again.")


def _folders() -> list[Path]:
    bundle = getattr(sys, "_MEIPASS", None)
    frozen = [Path(bundle) / "resources"] if bundle else []
    return [*frozen, PACKAGE / "_resources", PACKAGE.parent / "resources"]
