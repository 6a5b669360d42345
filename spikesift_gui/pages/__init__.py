"""The table of pages, in the order of the way through. A new page is one file in this folder and one row here.

The place of "learn" is after "match".
"""

from spikesift_gui.pages.base import Page
from spikesift_gui.pages.home import HomePage
from spikesift_gui.pages.inspect import InspectPage
from spikesift_gui.pages.match import MatchPage
from spikesift_gui.pages.probe import ProbePage
from spikesift_gui.pages.recording import RecordingPage
from spikesift_gui.pages.sort import SortPage

PAGES: tuple[type[Page], ...] = (HomePage, RecordingPage, ProbePage, SortPage, InspectPage, MatchPage)
