"""The table of views. A new view is one file in this folder and one row here."""

from spikesift_gui.views.amplitudes import AmplitudeView
from spikesift_gui.views.base import View
from spikesift_gui.views.correlograms import CorrelogramView
from spikesift_gui.views.drift import DriftView
from spikesift_gui.views.isi import IsiView
from spikesift_gui.views.match_curve import MatchCurve
from spikesift_gui.views.match_pair import MatchPair
from spikesift_gui.views.match_pairs import MatchPairs
from spikesift_gui.views.match_recordings import MatchRecordings
from spikesift_gui.views.match_river import MatchRiver
from spikesift_gui.views.match_table import MatchTable
from spikesift_gui.views.probe_catalogue import ProbeCatalogue
from spikesift_gui.views.probe_editor import ProbeEditor
from spikesift_gui.views.probe_wiring import ProbeWiring
from spikesift_gui.views.quality import QualityView
from spikesift_gui.views.raster import RasterView
from spikesift_gui.views.recording_channels import RecordingChannels
from spikesift_gui.views.recording_traces import RecordingTraces
from spikesift_gui.views.segments import SegmentsView
from spikesift_gui.views.similarity import SimilarityView
from spikesift_gui.views.sort_preview import SortPreview
from spikesift_gui.views.traces import TracesView
from spikesift_gui.views.unit_table import UnitTable
from spikesift_gui.views.vectors import VectorView
from spikesift_gui.views.waveforms import WaveformView

VIEWS: tuple[type[View], ...] = (
    UnitTable,
    RasterView,
    TracesView,
    WaveformView,
    VectorView,
    AmplitudeView,
    CorrelogramView,
    IsiView,
    DriftView,
    QualityView,
    SimilarityView,
    SegmentsView,
    RecordingTraces,
    RecordingChannels,
    SortPreview,
    ProbeCatalogue,
    ProbeEditor,
    ProbeWiring,
    MatchPair,
    MatchPairs,
    MatchCurve,
    MatchTable,
    MatchRecordings,
    MatchRiver,
)
