"""The table of views. A new view is one file in this folder and one row here."""

from spikesift_gui.views.base import View

VIEWS: tuple[type[View], ...] = ()
