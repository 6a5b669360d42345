"""The table of user actions. A new command is a row in one of the files of this folder."""

from spikesift_gui.command import Command
from spikesift_gui.commands import (
    application,
    channels,
    files,
    home,
    inspect,
    match,
    match_by_hand,
    navigation,
    probe,
    probe_drawing,
    quality,
    recording,
    segments,
    sort,
    unit_views,
    units,
    views,
)

COMMANDS: tuple[Command, ...] = (
    *files.COMMANDS,
    *application.COMMANDS,
    *views.COMMANDS,
    *navigation.COMMANDS,
    *home.COMMANDS,
    *recording.COMMANDS,
    *channels.COMMANDS,
    *probe.COMMANDS,
    *probe_drawing.COMMANDS,
    *segments.COMMANDS,
    *sort.COMMANDS,
    *inspect.COMMANDS,
    *units.COMMANDS,
    *unit_views.COMMANDS,
    *quality.COMMANDS,
    *match.COMMANDS,
    *match_by_hand.COMMANDS,
)
