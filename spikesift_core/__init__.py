"""SpikeSift: drift-resilient spike sorting on a CPU. The public interface; names only.

The method is that of V. Georgiadis and P. C. Petrantonakis, "SpikeSift", J. Neural Eng. 2025,
doi 10.1088/1741-2552/adee48. A script written for the published package runs after
`import spikesift_core as spikesift`.
"""

from spikesift_core.deciding import decide
from spikesift_core.decisions import Decision
from spikesift_core.formats import open_recording, read_streams
from spikesift_core.formats.stream import Stream
from spikesift_core.linking import Match, find_optimal_assignment, match_clusters
from spikesift_core.links import SegmentLinks
from spikesift_core.recording import Recording
from spikesift_core.results import (
    SortedRecording,
    SortedSegment,
    compare_recordings,
    map_clusters,
    merge_recordings,
)
from spikesift_core.sorting import (
    SegmentSorted,
    perform_spike_sorting,
    recording_so_far,
    segment_and_sort_spikes,
    sort_by_segment,
)
from spikesift_core.tracks import Track, kept, track_amplitudes, track_spikes, tracks
from spikesift_core.unit_history import UnitHistory, unit_histories, unit_history
from spikesift_core.unit_links import UnitMatch, match_units
from spikesift_core.version import VERSION as __version__

__all__ = [
    "Decision",
    "Match",
    "Recording",
    "SegmentLinks",
    "SegmentSorted",
    "SortedRecording",
    "SortedSegment",
    "Stream",
    "Track",
    "UnitHistory",
    "UnitMatch",
    "__version__",
    "compare_recordings",
    "decide",
    "find_optimal_assignment",
    "kept",
    "map_clusters",
    "match_clusters",
    "match_units",
    "merge_recordings",
    "open_recording",
    "perform_spike_sorting",
    "read_streams",
    "recording_so_far",
    "segment_and_sort_spikes",
    "sort_by_segment",
    "track_amplitudes",
    "track_spikes",
    "tracks",
    "unit_histories",
    "unit_history",
]
