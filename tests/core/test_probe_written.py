"""Probes as acquisition systems write them: read back here, and by probeinterface and pynwb as witnesses."""

import numpy as np
import pytest

from spikesift_core.formats import open_recording
from spikesift_core.probe import FORMATS, import_probe, write_probe
from spikesift_core.probe_contacts import layout
from spikesift_core.probe_neuropixels import electrodes_of, part_numbers
from spikesift_core.probe_selection import CHANNELS, selection
from spikesift_core.probe_uhd import ALL, BANKS, INNER, OUTER, banks_of_groups, electrodes, groups

library = pytest.importorskip("probeinterface")
SYSTEMS = (".imro", ".meta", ".xml")


def of_part(part, shanks, electrodes):
    """The electrodes of a part, in the order of the channels the hardware gives them."""
    row = next(one for one in part_numbers() if one.name == part)
    shanks, electrodes = np.broadcast_arrays(shanks, electrodes)
    channels = CHANNELS[row.mapping](row, shanks, electrodes)
    order = np.argsort(channels, kind="stable")
    assert channels[order].tolist() == list(range(row.channels))
    whole = electrodes_of(part)
    chosen = shanks[order] * (row.electrodes // row.shanks) + electrodes[order]
    return layout(whole.positions[chosen], shanks[order], whole.sizes[chosen], part)


def by_chance(part, seed=0):
    """An electrode for each channel, drawn from all that the channel can have (of UHD 2, a bank for each group)."""
    row, rng = next(one for one in part_numbers() if one.name == part), np.random.default_rng(seed)
    if row.mapping == "UHD groups":
        return of_part(part, 0, electrodes()[np.arange(384), rng.integers(0, BANKS, 24)[groups()]])
    shanks, numbers = np.divmod(rng.permutation(row.electrodes), row.electrodes // row.shanks)
    _, first = np.unique(CHANNELS[row.mapping](row, shanks, numbers), return_index=True)
    return of_part(part, shanks[first], numbers[first])


def four_shanks(part="NP2013"):
    """96 electrodes of the tip of each shank: as many as there are channels."""
    return of_part(part, np.repeat(np.arange(4), 96), np.tile(np.arange(96), 4))


def np2_scrambled(part="NP2003"):
    """The second bank of 2.0 with one shank, whose columns go to other channels than those of the first."""
    return of_part(part, 0, 384 + np.arange(384))


PROBES = {
    "1.0, tip": lambda: of_part("NP1000", 0, np.arange(384)),
    "1.0, top": lambda: of_part("NP1000", 0, 576 + np.arange(384)),
    "1.0, long": lambda: of_part("NP1030", 0, 4032 + np.arange(384)),
    "2.0, one shank": np2_scrambled,
    "2.0, one shank, first kind": lambda: np2_scrambled("NP2000"),
    "2.0, four shanks": four_shanks,
    "2.0, four shanks, first kind": lambda: four_shanks("NP2010"),
    "2.0, one of four shanks": lambda: of_part("NP2014", 2, 768 + np.arange(384)),
    "UHD 1": lambda: of_part("NP1100", 0, np.arange(384)),
    "UHD 2": lambda: by_chance("NP1110"),
    "128 channels": lambda: by_chance("NP1200"),
    "Opto": lambda: by_chance("NP1400"),
    "1.0, short, straight columns": lambda: by_chance("NP1015"),
    "quad base": lambda: by_chance("NP2020"),
    "quad base, scrambled": lambda: by_chance("NP2022"),
    "NXT, passive": lambda: by_chance("NP3000"),
    "NXT, one shank": lambda: by_chance("NP3010"),
    "NXT, four shanks": lambda: by_chance("NP3020"),
}


@pytest.mark.parametrize("part", [row.name for row in part_numbers()])
def test_every_part_number_goes_through_an_imro_table(tmp_path, part):
    probe = by_chance(part, seed=1)
    write_probe(tmp_path / "a.imro", probe)
    np.testing.assert_array_equal(witness(tmp_path / "a.imro").contact_positions.astype(np.float32), probe.positions)
    np.testing.assert_array_equal(import_probe(tmp_path / "a.imro").positions, probe.positions)


def test_uhd_electrodes_are_each_on_one_channel_and_columns_can_come_from_two_banks():
    assert sorted(electrodes().ravel().tolist()) == list(range(6144))
    assert electrodes()[:4, 0].tolist() == [0, 63, 1, 62], "channels 0 to 3 of the first bank, rows 0 and 7"
    for mode in (OUTER, INNER):
        column = electrodes()[:, 1] % 8
        outer = (column < 4) == (column % 2 == 0)
        banks = np.where(outer == (mode == OUTER), 1, 4)
        found, pairs = banks_of_groups(banks)
        # Bank 1 in the outer columns is bank 4 in the inner ones: either may be said.
        assert found in (OUTER, INNER) and set(pairs) == {(1, 4) if found == mode else (4, 1)}
    assert banks_of_groups(np.full(384, 9)) == (ALL, [(9, 9)] * 24)


def witness(path):
    read = {".imro": library.read_imro, ".meta": library.read_spikeglx, ".xml": library.read_openephys_neuropixels}
    return read[path.suffix](path)


@pytest.mark.parametrize("suffix", SYSTEMS)
@pytest.mark.parametrize("name", PROBES)
def test_what_is_written_is_read_here_and_by_the_witness(tmp_path, name, suffix):
    probe, path = PROBES[name](), tmp_path / f"a{suffix}"
    write_probe(path, probe)
    again = import_probe(path)
    np.testing.assert_array_equal(again.positions, probe.positions)
    np.testing.assert_array_equal(again.sizes, probe.sizes)
    np.testing.assert_array_equal(again.shanks, np.unique(probe.shanks, return_inverse=True)[1])
    seen = witness(path)
    np.testing.assert_array_equal(seen.contact_positions.astype(np.float32), probe.positions)
    if seen.shank_ids is not None:
        assert [int(shank) for shank in seen.shank_ids] == probe.shanks.tolist()


def test_the_channels_of_two_and_four_shanks_are_those_spikeglx_writes(tmp_path):
    """First entries of the default tables of SpikeGLX, and of the second bank."""
    write_probe(tmp_path / "a.imro", four_shanks())
    table = (tmp_path / "a.imro").read_text(encoding="utf-8")
    assert table.startswith("(2013,384)(0 0 0 0 0)(1 0 0 0 1)")
    assert "(48 1 0 0 0)" in table and "(96 0 0 0 48)" in table, "block 1 of shank 0 is on channels 96 to 143"
    one = of_part("NP2003", 0, np.arange(384))
    assert selection(one).electrodes.tolist() != selection(np2_scrambled()).electrodes.tolist()
    write_probe(tmp_path / "b.imro", np2_scrambled())
    assert "(28 2 0 388)" in (tmp_path / "b.imro").read_text(encoding="utf-8"), "row 2 is on row 2 * 7 of 16"


def test_a_geometry_map_says_the_same_as_the_table(tmp_path):
    path = tmp_path / "a.meta"
    write_probe(path, four_shanks())
    meta = library.parse_spikeglx_meta(path)
    _, width, pitch, shanks, x, y, _ = library.parse_spikeglx_snsGeomMap(meta)
    assert (width, pitch) == (70, 250)
    np.testing.assert_array_equal(np.column_stack([x + pitch * shanks - 27, y]), four_shanks().positions)
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("~imroTbl")]
    path.with_name("b.meta").write_text("\n".join(lines), encoding="utf-8")
    again = import_probe(path.with_name("b.meta"))
    np.testing.assert_array_equal(again.positions - [27, 0], four_shanks().positions)
    write_probe(tmp_path / "c.imro", again.layout)
    assert import_probe(tmp_path / "c.imro").positions.tolist() == four_shanks().positions.tolist()


def test_part_numbers_go_through_json_and_are_guessed_where_they_can_be(tmp_path):
    write_probe(tmp_path / "a.json", np2_scrambled())
    assert import_probe(tmp_path / "a.json").layout.part == "NP2003"
    tip = PROBES["1.0, tip"]()
    assert selection(layout(tip.positions)).part.imro_type == "0"
    with pytest.raises(ValueError, match="fit .*NP2000.*NP2003.* by its part number"):
        write_probe(tmp_path / "a.imro", np2_scrambled().positions)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: layout([[0, 0], [3, 7]]), "not at places where Neuropixels probes have electrodes"),
        (lambda: layout(PROBES["1.0, tip"]().positions + 3, part="NP1000"), "where NP1000 has electrodes"),
        (lambda: PROBES["1.0, tip"]().take(np.arange(100)), "each of the 384 channels of NP1000; .* 100 contacts"),
        (lambda: PROBES["1.0, tip"]().take(np.arange(384)[::-1]), "Electrode 383 .* channel 0 here, but .* 383 only"),
        (lambda: four_shanks().take(np.roll(np.arange(384), 1)), "can record it on channel"),
        (lambda: layout(electrodes_of("NP1110").positions[:384], part="NP1110"), "NP1110 can record it on channel"),
        (
            lambda: of_part("NP1110", 0, electrodes()[np.arange(384), (np.arange(384) >= 370).astype(int)]),
            "cannot be recorded together: the channels of group 22 would be on the banks 0, 1",
        ),
    ],
)
@pytest.mark.parametrize("suffix", SYSTEMS)
def test_a_probe_that_such_a_file_cannot_hold_is_refused_in_words(tmp_path, make, words, suffix):
    path = tmp_path / f"a{suffix}"
    with pytest.raises(ValueError, match=words):
        write_probe(path, make())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [row.suffix for row in FORMATS if row.holds_more])
def test_a_file_that_may_hold_more_is_never_replaced(tmp_path, suffix):
    path = tmp_path / f"run_g0_t0.imec0.ap{suffix}"
    path.write_text("the recording's own", encoding="utf-8")
    with pytest.raises(ValueError, match="so it is kept: choose another name"):
        write_probe(path, PROBES["1.0, tip"]())
    assert path.read_text(encoding="utf-8") == "the recording's own"


def test_shanks_and_shapes_go_through_every_format_that_holds_them(tmp_path):
    probe = layout([[0, 0], [0, 25], [200, 0], [200, 25]], [0, 0, 1, 1], [[12, 0], [12, 0], [10, 15], [10, 15]])
    for suffix in (".csv", ".txt", ".tsv", ".json", ".nwb", ".prb", ".mat"):
        if suffix == ".nwb":
            pytest.importorskip("h5py")
        write_probe(tmp_path / f"a{suffix}", probe)
        again = import_probe(tmp_path / f"a{suffix}")
        assert again.positions.tolist() == probe.positions.tolist(), suffix
        assert again.shanks.tolist() == probe.shanks.tolist(), suffix
        if suffix not in (".prb", ".mat"):
            assert again.sizes.tolist() == probe.sizes.tolist(), suffix


def test_the_electrodes_in_nwb_are_those_pynwb_reads(tmp_path):
    pynwb = pytest.importorskip("pynwb")
    path = tmp_path / "a.nwb"
    probe = four_shanks()
    write_probe(path, probe)
    with pynwb.NWBHDF5IO(path, "r") as file:
        table = file.read().electrodes.to_dataframe()
    np.testing.assert_array_equal(table[["rel_x", "rel_y"]].to_numpy(), probe.positions)
    assert [group.name for group in table["group"]] == [f"shank{shank:04d}" for shank in probe.shanks]
    problems = [str(one) for one in pynwb.validate(path=path)]
    assert problems == []


def test_a_recording_beside_a_written_meta_has_its_probe(tmp_path):
    """As if the .meta of a recording had been lost and was made again, with the rate added."""
    probe = four_shanks()
    path = tmp_path / "run_g0_t0.imec0.ap.meta"
    write_probe(path, probe)
    signal = np.zeros((100, 385), "<i2")
    signal.tofile(path.with_suffix(".bin"))
    with path.open("a", encoding="utf-8") as file:
        file.write("imSampRate=30000\nimAiRangeMax=0.62\nimMaxInt=2048\n")
    recording = open_recording(path)
    np.testing.assert_array_equal(recording.probe_geometry, probe.positions)
    assert recording.probe.shanks.tolist() == probe.shanks.tolist() and recording.probe.part == "NP2013"
