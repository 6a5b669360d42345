"""What the tests of sessions begin with; other tests name what they sort as they like."""

import numpy as np
import pytest

from spikesift_core.session import create_session
from tests.core.session_parts import CHANNELS, SETTINGS, events, open_recording, result


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "rec.bin"
    np.arange(4000 * CHANNELS, dtype=np.int16).tofile(path)
    return open_recording(path, sample_offset=7)


@pytest.fixture
def written(tmp_path, recording):
    """A complete session of four segments."""
    writer = create_session(tmp_path / "rec.spikesift", recording, SETTINGS, preset="published")
    for event in events():
        writer.add(event)
    writer.finish(result(events(), recording))
    return writer.folder
