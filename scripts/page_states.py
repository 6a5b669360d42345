"""The states of the pages Recording, Probe and Sort that `picture_states.py` draws: how a person gets into each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from page_signals import CHANNELS, RATE, at, clipped, cut_off, hum_of_60, hummed, samples, second_half, simulated

from spikesift_core.formats import recognise
from spikesift_core.simulate import simulate
from spikesift_gui import transitions
from tests.core.formats import files

FORMATS = {
    "spikeglx": lambda folder: files.spikeglx(folder, samples=20_000)[0],
    "open-ephys": lambda folder: (files.open_ephys(folder / "recording1"), folder / "recording1")[1],
    "intan": lambda folder: (files.intan(folder / "day1.rhd", samples=25_600), folder / "day1.rhd")[1],
    "blackrock": lambda folder: (files.blackrock(folder / "day1.ns5", ((0, 9000), (12_000, 9000))), folder)[1],
    "neuralynx": lambda folder: (files.neuralynx(folder, records=40, gap_at=20, before_gap=300), folder)[1],
    "plexon": lambda folder: (files.plexon(folder / "day1.plx"), folder / "day1.plx")[1],
    "spikeinterface": lambda folder: (files.binary_folder(folder / "saved", samples=9000), folder / "saved")[1],
    "numpy": lambda folder: (np.save(folder / "day1.npy", files.signal(9000, 8)), folder / "day1.npy")[1],
}


@dataclass(frozen=True)
class State:
    """One state: its name, how to get there, and whether to wait for jobs that run."""

    name: str
    make: Callable
    jobs: bool = True


def written(scene, data, name="rat12_day3.bin"):
    """A file of these values."""
    path = scene.folder / name
    np.ascontiguousarray(data).tofile(path)
    return path


def described(scene, data=None, probe=True, gain=0.195, rate=RATE, **fields):
    """A plain file opened and described, with its probe."""
    path = written(scene, samples() if data is None else data)
    if probe:
        scene.run("probe.import", path=simulated().probe_file)
    scene.run("file.open", path=path)
    scene.run("recording.set", **{"channels": CHANNELS, "sampling_frequency": float(rate), "gain": gain, **fields})
    return scene.page("recording")


def change(make, **fields):
    """A state in which the values are changed by `make(data)`."""
    return lambda scene: described(scene, make(samples().copy()), **fields)


def open_format(make, scene):
    """What an acquisition system wrote."""
    scene.run("file.open", path=make(scene.folder))
    scene.page("recording")


def looking(scene):
    """The recording while it is looked over."""
    scene.hold("survey", "Looking the recording over")
    described(scene)
    scene.until(lambda: scene.context.state.seen.overview is not None)


def undescribed(scene):
    """A plain file of which nothing is known: the likely ways to read it are offered."""
    scene.run("file.open", path=written(scene, samples()))
    scene.page("recording")


def several(scene):
    """Three files as one recording."""
    third = len(samples()) // 3
    parts = [written(scene, samples()[k * third : (k + 1) * third], f"part{k + 1}.bin") for k in range(3)]
    scene.run("probe.import", path=simulated().probe_file)
    scene.run("file.open", path=parts)
    scene.run("recording.set", channels=CHANNELS, sampling_frequency=float(RATE))
    scene.page("recording")


def wide(scene, heat):
    """384 channels, all of them shown."""
    scene.run("file.open", path=files.spikeglx(scene.folder, samples=30_000)[0])
    page = scene.page("recording")
    scene.wait()
    page.traces.set_option("rows", None)
    page.traces.set_option("heat", heat)


def channels_tab(scene, figure, chosen=None):
    """The figures of the channels on the probe."""
    page = described(scene, at((slice(None), [5, 20]), lambda part: part * np.int16([0, 6]))(samples().copy()))
    page.tabs.setCurrentIndex(1)
    page.channels.set_option("figure", figure)
    if chosen is not None:
        scene.run("channels.choose", channel=chosen)


def assumed(scene):
    """A plain file of which a person said no sampling frequency."""
    scene.run("file.open", path=written(scene, samples()))
    scene.run("recording.set", channels=CHANNELS)
    scene.page("recording")


def two_places(scene):
    """Two channels at one place of the probe."""
    described(scene)
    scene.run("probe.place", contact=3, x=0.0, y=0.0)
    scene.page("recording")


def drifting(scene):
    """The tissue moves by 60 um in the course of the recording."""
    made = simulate(scene.folder / "drifts", channels=CHANNELS, seconds=30, units=30, drift=60.0, seed=2)
    scene.run("probe.import", path=made.probe_file)
    scene.run("file.open", path=made.binary_file)
    scene.run("recording.set", channels=CHANNELS, sampling_frequency=float(RATE), gain=0.195)
    scene.page("recording")


def streams(scene):
    """Several streams in what was opened."""
    folder = scene.folder / "run_g0"
    folder.mkdir()
    files.spikeglx(folder, samples=20_000)
    files.spikeglx(folder, name="run_g0_t0.imec0.lf", samples=2000)
    scene.run("file.open", path=folder)
    scene.page("recording")


def filtered(scene, **options):
    """The traces as the sorter sees them, with a channel that is left out."""
    page = described(scene)
    scene.run("channels.leave_out", channels=[8, 21])
    for name, value in options.items():
        page.traces.set_option(name, value)


def broken(scene, data, name):
    """A file that cannot be opened."""
    path = scene.folder / name
    if data is not None:
        path.write_bytes(data)
    scene.run("file.open", path=path)
    scene.page("recording")


def probe_view(scene, view, recording=False):
    """One of the views of the page Probe, with a probe."""
    if recording:
        described(scene)
    else:
        scene.run("probe.import", path=simulated().probe_file)
    scene.run("probe.show", view=view)
    return scene.page("probe")


def catalogue(scene, search, take=""):
    """The catalogue, searched, with the first entry found in sight."""
    page = scene.page("probe")
    scene.run("probe.show", view="catalogue")
    page.catalogue.search.setText(search)
    scene.wait()
    if take:
        page.catalogue.set_option("entry", take)


def drawn(scene, *commands):
    """The editor after some commands."""
    page = probe_view(scene, "draw")
    for name, arguments in commands:
        scene.run(name, **arguments)
    return page


def playing(scene):
    """The wiring while it plays."""
    page = probe_view(scene, "wiring", recording=True)
    scene.wait()
    page.wiring.play.click()


def sort_page(scene, *commands, **described_by):
    """The page Sort with a recording, after some commands."""
    described(scene, **described_by)
    page = scene.page("sort")
    scene.wait()
    for name, arguments in commands:
        scene.run(name, **arguments)
    return page


def sorted_until(scene, end):
    """A sort that runs, was cancelled, is finished, or failed."""
    page = sort_page(scene, data=np.tile(samples(), (4, 1)))
    if end == "failed":
        scene.context.state.recording.path.unlink()
    if end in ("running", "cancelled"):
        scene.hold("sort", "Sorting segments")
    scene.run("sort.start")
    if end in ("running", "cancelled"):
        scene.until(lambda: scene.context.state.results.current)
    if end == "cancelled":
        scene.run("job.cancel")
    page.tabs.setCurrentIndex(1)


def export_dialog(scene):
    """The question what is exported, over the page Sort."""
    from spikesift_gui.commands.export import _no_clock, unit_counts
    from spikesift_gui.export_dialog import ExportChoice, ExportDialog

    sorted_until(scene, "finished")
    scene.wait()
    result = scene.context.state.results.current
    first = ExportChoice("npz", "kept", "recorded")
    scene.shown = ExportDialog(scene.window, result.name, unit_counts(result), first, _no_clock(result))
    scene.shown.show()


WAVES = (np.arange(1.0, 20.0)[:, None] % 3 * 40).astype(np.int16)
SHUFFLED = np.random.default_rng(3).permutation(CHANNELS)
RECORDING = (
    State("home", lambda scene: (described(scene), scene.page("home"))),
    State("recording-empty", lambda scene: scene.page("recording")),
    State("recording-undescribed", undescribed),
    State("recording-good", described),
    State("recording-looking", looking, jobs=False),
    State("recording-rate-assumed", assumed),
    State("recording-streams", streams),
    State("recording-filtered", partial(filtered, filtered=True)),
    State("recording-heat", partial(filtered, filtered=True, heat=True)),
    State(
        "recording-reference",
        lambda s: (described(s, hummed(samples())), s.run("settings.set", name="common_reference", value="median")),
    ),
    State("recording-part-of-file", partial(described, sample_offset=60_000, num_samples=120_000)),
    State("recording-no-probe", partial(described, probe=False)),
    State("recording-several-files", several),
    *(State(f"recording-format-{name}", partial(open_format, make)) for name, make in FORMATS.items()),
    State("recording-384-lines", partial(wide, heat=False)),
    State("recording-384-heat", partial(wide, heat=True)),
    State("recording-channels-noise", partial(channels_tab, figure="noise")),
    State("recording-channels-spectrum", partial(channels_tab, figure="rate", chosen=20)),
    State("check-size", lambda scene: described(scene, samples().ravel()[:-5])),
    State("check-channels", lambda scene: described(scene, probe=False, channels=24)),
    State("check-probe-too-small", lambda scene: described(scene, channels=16)),
    State("check-type", change(lambda data: (data * 0.195).astype(np.float32))),
    State("check-bytes-swapped", change(lambda data: data.byteswap())),
    State("check-nan", change(lambda d: at((slice(None), 4), np.nan)(d.astype(np.float32)), data_type="float32")),
    State(
        "check-nan-some",
        change(lambda d: at((slice(90_000, 93_000), [4, 9]), np.nan)(d.astype(np.float32)), data_type="float32"),
    ),
    State(
        "check-nothing-changes", change(lambda d: at((slice(300_000, None), 12), 7)(at(slice(90_000, 120_000), 0)(d)))
    ),
    State("check-constant", change(at((slice(None), [6, 7]), 0))),
    State("check-dead-noisy", change(at((slice(None), [2, 11]), lambda part: part // 20 * np.int16([1, 200])))),
    State("check-saturated", change(clipped)),
    State("check-baseline", change(lambda data: data + np.int16(2048))),
    State("check-common-noise", change(hummed)),
    State("check-too-short", change(lambda data: data[:20_000])),
    State("check-short", change(lambda data: data[: 4 * RATE])),
    State("check-wiring-rule", change(lambda data: np.roll(data, 1, axis=1))),
    State("check-wiring-any", change(lambda data: data[:, SHUFFLED])),
    State("check-rate", partial(described, rate=RATE / 4)),
    State("check-hum", change(hum_of_60, rate=20_000)),
    State("check-cut-off", change(cut_off)),
    State("check-same-signal", change(lambda data: at((slice(None), 9), data[:, 8])(data))),
    State("check-two-places", two_places),
    State("check-drift", drifting),
    State("check-noise-jumps", change(lambda data: second_half(data, lambda part: part * np.int16(3)))),
    State("check-baseline-jumps", change(lambda data: second_half(data, lambda part: part + np.int16(1500)))),
    State("check-silent", change(lambda data: second_half(data, lambda part: part // np.int16(9)))),
    State("error-empty-file", partial(broken, data=b"", name="empty.bin")),
    State("error-missing", partial(broken, data=None, name="moved.bin")),
    State("error-intan", partial(broken, data=b"\x02\x69\x12\xc6" + bytes(30), name="day1.rhd")),
)
PROBE = (
    State("probe-empty", lambda scene: scene.page("probe")),
    State("probe-search", partial(catalogue, search="np2")),
    State("probe-nothing-found", partial(catalogue, search="xyzzy")),
    State("probe-family", partial(catalogue, search="polytrode", take="family:two-columns")),
    State("probe-neuropixels", partial(catalogue, search="np1000", take="neuropixels:NP1000")),
    State("probe-draw", partial(probe_view, view="draw")),
    State("probe-draw-with-recording", partial(probe_view, view="draw", recording=True)),
    State("probe-chosen", lambda s: drawn(s, ("probe.choose", {"contacts": [3, 4, 5]}))),
    State(
        "probe-clash",
        lambda s: drawn(s, ("probe.choose", {"contacts": [3]}), ("probe.place", {"contact": 3, "x": 0.0, "y": 0.0})),
    ),
    State("probe-gap", lambda s: drawn(s, ("probe.choose", {"contacts": [9, 14]}), ("probe.remove", {}))),
    State("probe-left-out", lambda s: drawn(s, ("channels.leave_out", {"channels": [4, 5, 12]}))),
    State(
        "probe-shapes",
        lambda s: drawn(s, ("probe.choose", {"contacts": [*range(9)]}), ("probe.size", {"width": 12, "height": 6})),
    ),
    State("probe-numbering", lambda s: drawn(s).editor.set_option("tool", "number")),
    State(
        "probe-measuring",
        lambda s: drawn(s, ("probe.choose", {"contacts": [3, 12]})).editor.set_option("tool", "measure"),
    ),
    State("probe-kept", lambda s: (drawn(s), s.run("probe.keep", name="my probe"), catalogue(s, search="my probe"))),
    State("probe-four-shanks", lambda s: (s.run("probe.take", entry="neuropixels:NP2013"), s.page("probe"))),
    State("probe-import-error", lambda s: (s.page("probe"), s.run("probe.import", path=written(s, WAVES, "bad.mat")))),
    State("probe-too-few", lambda s: (described(s, channels=16), s.page("probe"))),
    State("wiring-without-recording", partial(probe_view, view="wiring")),
    State("wiring", partial(probe_view, view="wiring", recording=True)),
    State("wiring-noise", lambda s: probe_view(s, "wiring", recording=True).wiring.set_option("painted", "noise")),
    State("wiring-playing", playing, jobs=False),
)
SORT = (
    State("sort-empty", lambda scene: scene.page("sort")),
    State("sort-no-probe", lambda scene: (described(scene, probe=False), scene.page("sort"))),
    State("sort-preview", sort_page),
    State(
        "sort-low-threshold", lambda s: sort_page(s, ("settings.set", {"name": "detection_sensitivity", "value": 4.0}))
    ),
    State("sort-raw", lambda s: sort_page(s).preview.set_option("filtered", False)),
    State(
        "sort-segments",
        lambda s: sort_page(s, ("settings.set", {"name": "min_segment_length", "value": 3.0}), ("segments.find", {})),
    ),
    State("sort-not-allowed", lambda s: sort_page(s, ("settings.set", {"name": "max_drift", "value": -3.0}))),
    State("sort-running", partial(sorted_until, end="running"), jobs=False),
    State("sort-cancelled", partial(sorted_until, end="cancelled")),
    State("sort-finished", partial(sorted_until, end="finished")),
    State("sort-failed", partial(sorted_until, end="failed")),
    State("sort-export", export_dialog),
)
STATES = (*RECORDING, *PROBE, *SORT)
IN_GUIDE = {  # state: name of its picture in docs/pictures
    "home": "home",
    "recording-good": "recording",
    "probe-draw": "probe",
    "sort-finished": "sort",
    "recording-undescribed": "recording_guesses",
    "recording-channels-spectrum": "recording_channels",
    "check-wiring-rule": "recording_checks",
    "probe-family": "probe_catalogue",
    "probe-chosen": "probe_draw",
    "wiring": "probe_wiring",
    "sort-preview": "sort_preview",
    "sort-export": "sort_export",
}


def states_of_data(folder):
    """The three pages for each recording in a folder that is recognised, or has a probe beside it."""
    found = []
    for path in sorted(folder.iterdir()):
        plain = list(path.glob("recording.*")) if path.is_dir() else []
        if path.is_dir() and (recognise(path) is not None or plain):
            opened = path if recognise(path) is not None else plain[0]
            found += [
                State(f"data-{path.name}-{page}", partial(own_data, opened=opened, page=page))
                for page in ("recording", "probe", "sort")
            ]
    return found


def own_data(scene, opened, page):
    """A recording of a person's own, with the probe that lies beside it."""
    beside = (opened if opened.is_dir() else opened.parent) / "probe.csv"
    scene.run("file.open", path=opened)
    if beside.exists():
        scene.run("probe.import", path=beside)
        scene.run("recording.set", channels=len(scene.context.state.probe))
    scene.context.model.apply(transitions.set_view, time_start=0.5)
    scene.page(page)
