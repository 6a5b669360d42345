"""The table of user actions. A new command is a row in one of the files of this folder."""

from spikesift_gui.command import Command
from spikesift_gui.commands import (
    application,
    channels,
    files,
    home,
    inspect,
    match,
    navigation,
    probe,
    probe_drawing,
    quality,
    queue,
    recording,
    recordings,
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
    *queue.COMMANDS,
    *inspect.COMMANDS,
    *units.COMMANDS,
    *unit_views.COMMANDS,
    *quality.COMMANDS,
    *match.COMMANDS,
    *recordings.COMMANDS,
)
