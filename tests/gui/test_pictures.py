"""Views of units look as they looked when somebody approved them; `scripts/renew_pictures.py` makes new pictures."""

import pytest

from spikesift_gui.qt import QtGui
from spikesift_gui.views import VIEWS
from tests.gui.view_pictures import (
    APPROVED,
    SCENES,
    TOLERANCE,
    TOLERANCE_WITH_ANOTHER_FONT,
    difference,
    render,
    tolerance,
)


def approved(name: str) -> QtGui.QImage:
    image = QtGui.QImage(str(APPROVED / f"{name}.png"))
    assert not image.isNull(), f"tests/pictures/{name}.png is missing: run scripts/renew_pictures.py and look at it"
    return image


@pytest.mark.parametrize("name", SCENES)
def test_a_view_looks_as_approved(qapp, tmp_path, name):
    image = render(name, tmp_path)
    found = difference(image, approved(name))
    if found > tolerance():
        image.save(str(tmp_path / f"{name}.png"))
    advice = f"look at {tmp_path / name}.png; if it is right, run scripts/renew_pictures.py"
    assert found <= tolerance(), f"differs by {found:.2f}: {advice}"


def test_every_view_of_the_page_match_has_a_picture():
    shown = {view.id for view, *_ in SCENES.values()}
    assert {view.id for view in VIEWS if view.id.startswith("match_")} <= shown


def test_pictures_that_differ_are_told_apart(qapp):
    names = list(SCENES)
    for place, name in enumerate(names):
        for other in names[place + 1 :]:
            assert difference(approved(name), approved(other)) > 1.1 * TOLERANCE_WITH_ANOTHER_FONT, (name, other)


def test_a_missing_unit_is_seen(qapp, tmp_path, monkeypatch):
    view, _units, *rest = SCENES["drift"]
    monkeypatch.setitem(SCENES, "drift", (view, (), *rest))
    assert difference(render("drift", tmp_path), approved("drift")) > TOLERANCE


def test_no_picture_is_left_over_and_all_are_small():
    assert {path.stem for path in APPROVED.glob("*.png")} == set(SCENES)
    assert sum(path.stat().st_size for path in APPROVED.glob("*.png")) < 1_200_000
