"""Files that hold more than the channels sorted, or hold them in another order."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spikesift_core as spikesift
from spikesift_core.progress import run_to_end
from spikesift_core.recording_layout import FileLayout, layout_described
from spikesift_core.session import open_session
from spikesift_core.sort_to_session import sort_to_session
from tests.golden.recordings import probe, signal


def written(folder, data, layout, header=b"head", times=1):
    """The files of (samples, channels) data in a layout, byte by byte; `times` groups of files one after the other."""
    paths = []
    for piece in np.split(data, times):
        for one in range(layout.side_by_side):
            columns = range(one * layout.channels_in_each, (one + 1) * layout.channels_in_each)
            content = bytearray(header)
            for start in range(0, len(piece), layout.block_samples):
                content += b"b" * layout.before
                for channel in columns if layout.block_samples > 1 else [None]:
                    for sample in range(start, start + layout.block_samples):
                        for k in columns if channel is None else [channel]:
                            content += stored(piece[sample, k], layout)
                content += b"a" * layout.after
            paths.append(folder / f"part{len(paths)}.bin")
            paths[-1].write_bytes(content)
    return paths


def stored(value, layout):
    number = int(value) + (2**15 if layout.offset_binary else 0)
    kind = ">" if layout.swapped else "<"
    return np.array(number, f"{kind}{'u2' if layout.offset_binary else 'i2'}").tobytes()


LAYOUTS = (
    FileLayout(5, (0, 1, 2, 3)),
    FileLayout(5, (4, 1)),
    FileLayout(6, (0, 1, 2, 3, 4, 5), swapped=True),
    FileLayout(6, (5, 0), before=3, after=1),
    FileLayout(4, (0, 2, 3), block_samples=5, before=8, after=6, offset_binary=True),
    FileLayout(4, (3, 0), side_by_side=4),
    FileLayout(6, (1, 2, 5), block_samples=10, before=2, side_by_side=3),
)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_samples_that_were_written(tmp_path, layout, times):
    data = np.random.default_rng(1).integers(-9000, 9000, (60, layout.channels)).astype(np.int16)
    paths = written(tmp_path, data, layout, times=times)
    recording = opened(paths, layout, header=4)
    wanted = data[:, list(layout.used)]
    assert (recording.num_samples, recording.recording_channels) == (60, len(layout.used))
    for start, count in ((0, 60), (3, 4), (29, 2), (59, 1), (17, 30), (60, 0), (0, 0)):
        np.testing.assert_array_equal(recording.read(start, count), wanted[start : start + count])
    starts, counts = np.array([50, 2, 28]), np.array([7, 1, 9])
    pieces = [wanted[start : start + count] for start, count in zip(starts, counts, strict=True)]
    np.testing.assert_array_equal(recording.read_pieces(starts, counts), np.vstack(pieces))
    later = opened(paths, layout, header=4, sample_offset=7, num_samples=20)
    np.testing.assert_array_equal(later.read(1, 19), wanted[8:27])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(recording)).read(5, 5), wanted[5:10])
    assert layout_described(layout.described()) == layout


@given(st.data())
def test_pieces_of_blocks_are_those_of_the_whole(tmp_path_factory, data):
    layout = FileLayout(3, (2, 0), block_samples=data.draw(st.integers(1, 7)), before=data.draw(st.integers(0, 3)))
    samples = layout.block_samples * data.draw(st.integers(1, 8))
    values = np.arange(3 * samples, dtype=np.int16).reshape(samples, 3)
    paths = written(tmp_path_factory.mktemp("blocks"), values, layout)
    start = data.draw(st.integers(0, samples))
    count = data.draw(st.integers(0, samples - start))
    np.testing.assert_array_equal(
        opened(paths, layout, header=4).read(start, count), values[start : start + count, [2, 0]]
    )


def test_the_plain_layout_is_read_the_plain_way(tmp_path):
    layout = FileLayout(3, (0, 1, 2))
    paths = written(tmp_path, np.zeros((4, 3), np.int16), layout)
    assert opened(paths, layout, header=4).layout is None


def test_what_does_not_fit_is_said(tmp_path):
    layout = FileLayout(4, (0, 1), block_samples=5, before=2)
    (path,) = written(tmp_path, np.zeros((20, 4), np.int16), layout)
    with pytest.raises(ValueError, match="layout names 2 channels, but probe_geometry has 3 rows"):
        opened([path], layout, header=4, probe_geometry=probe(3, 1))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"are 3 blocks of 5 samples in 42 bytes \(4 channels of int16\) and 41 bytes"):
        opened([path], layout, header=4)
    assert opened([path], layout, header=4, num_samples=15).num_samples == 15
    with pytest.raises(ValueError, match="must name channels from 0 to 3"):
        FileLayout(4, (0, 4))
    with pytest.raises(ValueError, match="does not describe a file"):
        FileLayout(4, (0,), side_by_side=3)
    with pytest.raises(ValueError, match="layout cannot be understood"):
        layout_described({"used": [0]})


def test_files_side_by_side_must_be_equally_long_and_stay_so(tmp_path):
    layout = FileLayout(3, (0, 1, 2), side_by_side=3)
    paths = written(tmp_path, np.zeros((50, 3), np.int16), layout)
    recording = opened(paths, layout, header=4)
    with pytest.raises(ValueError, match="2 files cannot be 3 side by side"):
        opened(paths[:2], layout, header=4)
    paths[1].write_bytes(paths[1].read_bytes()[:-2])
    with pytest.raises(
        ValueError, match="part1.bin has 102 bytes and .*part0.bin, .* 104: one of them is not complete"
    ):
        opened(paths, layout, header=4)
    with pytest.raises(ValueError, match="one of them is not complete"):
        recording.validate()
    with pytest.raises(ValueError, match="part1.bin has become shorter while it was read: samples from 49 on"):
        recording.read(49, 1)


def test_sorting_leaves_the_other_channels_alone_and_the_session_finds_its_file(tmp_path):
    data = signal("two_columns")[:60000]
    noise = np.random.default_rng(0).integers(-30000, 30000, (60000, 1)).astype(np.int16)
    data.tofile(tmp_path / "alone.bin")
    np.column_stack([noise, data]).astype(np.int16).tofile(tmp_path / "more.bin")
    layout = FileLayout(17, tuple(range(1, 17)))
    alone = opened([tmp_path / "alone.bin"], None, probe_geometry=probe(16, 2))
    more = opened([tmp_path / "more.bin"], layout, probe_geometry=probe(16, 2))
    results = [run_to_end(sort_to_session(one, one.binary_file.with_suffix(".spikesift"))) for one in (alone, more)]
    first, second = (result.all_spikes() for result in results)
    assert len(first) > 0 and first.keys() == second.keys()
    for unit in first:
        np.testing.assert_array_equal(first[unit], second[unit])
    found = open_session(tmp_path / "more.spikesift").recording
    assert found.layout == layout
    np.testing.assert_array_equal(found.read(100, 50), data[100:150])


def opened(paths, layout, **fields):
    geometry = fields.pop("probe_geometry", None)
    geometry = (
        np.column_stack([np.zeros(len(layout.used)), 20.0 * np.arange(len(layout.used))])
        if geometry is None
        else geometry
    )
    fields = {"data_type": "int16", "sampling_frequency": 30000, **fields}
    return spikesift.Recording(binary_file=list(paths), probe_geometry=geometry, layout=layout, **fields)


@pytest.mark.parametrize("wrong", [[1, 2], {"used": ["a"]}, {"used": None}, {}, {"used": [0], "surprise": 1}])
def test_a_layout_that_is_none_is_said(wrong):
    with pytest.raises(ValueError, match="layout cannot be understood"):
        layout_described(wrong)
