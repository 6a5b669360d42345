"""Make the approved pictures of views anew: python scripts/renew_pictures.py [name ...]

Look at each of them in tests/pictures before committing it: what is there counts as right.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from spikesift_gui.qt import QtWidgets
from tests.gui.view_pictures import APPROVED, FONT, SCENES, render, used_font


def main():
    application = QtWidgets.QApplication([])
    APPROVED.mkdir(exist_ok=True)
    for name in sys.argv[1:] or SCENES:
        with tempfile.TemporaryDirectory() as folder:
            render(name, Path(folder)).save(str(APPROVED / f"{name}.png"))
        print(APPROVED / f"{name}.png")
    if not sys.argv[1:]:
        FONT.write_text(used_font() + "\n", encoding="utf-8")
    del application


if __name__ == "__main__":
    main()
