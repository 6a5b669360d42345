"""Whether the units can be believed: metrics of every unit on all spikes, limits, and what to look at first."""

from spikesift_core.quality.checks import LIMITS, Limit, Verdict, judged, verdict_words
from spikesift_core.quality.concerns import Concern, concerns
from spikesift_core.quality.job import Quality, measure_quality
from spikesift_core.quality.keeping import kept_or_measured, session_quality
from spikesift_core.quality.likeness import difference_matrix
from spikesift_core.quality.metrics import BY_NAME, METRICS, SHARES, SIGNAL, SPIKES, Metric
from spikesift_core.quality.words import quality_data, quality_lines

__all__ = [
    "BY_NAME", "LIMITS", "METRICS", "SHARES", "SIGNAL", "SPIKES", "Concern", "Limit", "Metric", "Quality", "Verdict",
    "concerns", "difference_matrix", "judged", "kept_or_measured", "measure_quality", "quality_data", "quality_lines",
    "session_quality", "verdict_words",
]  # fmt: skip
