"""The catalogue of probes, families by their dimensions, gaps, shapes and shanks in files."""

import itertools
import json

import numpy as np
import pytest

from spikesift_core import probe_catalogue
from spikesift_core.probe import clashes, gaps, import_probe, write_probe
from spikesift_core.probe_catalogue import catalogue, file_name, probe_of, search
from spikesift_core.probe_contacts import layout
from spikesift_core.probe_families import FAMILIES, build, family, grid
from spikesift_core.probe_selection import selection
from spikesift_core.resources import resource

ENTRIES = {entry.id: entry for entry in catalogue()}


def test_ids_are_unique_and_every_kind_is_there():
    assert len(ENTRIES) == len(catalogue())
    assert {entry.kind for entry in ENTRIES.values()} == {"family", "layout", "neuropixels"}
    assert sum(entry.kind == "neuropixels" for entry in ENTRIES.values()) >= 58


@pytest.mark.parametrize("name", [name for name in ENTRIES if not name.startswith("neuropixels")])
def test_an_entry_is_a_probe_without_clashes(name):
    entry = ENTRIES[name]
    probe = probe_of(entry)
    assert clashes(probe.positions) == [] and gaps(probe.positions, probe.shanks) == []
    assert entry.contacts in (0, len(probe)) and entry.shanks in (0, probe.shanks.max() + 1)
    assert entry.source and entry.words.endswith(".")


@pytest.mark.parametrize("name", ["NP1000", "NP1110", "NP2014", "NP3010"])
def test_a_part_number_has_as_many_contacts_as_it_says(name):
    entry = ENTRIES[f"neuropixels:{name}"]
    probe = probe_of(entry)
    assert len(probe) == entry.contacts and probe.shanks.max() + 1 == entry.shanks


def test_a_bank_can_be_chosen():
    entry = ENTRIES["neuropixels:NP1000"]
    assert probe_of(entry, {"bank": 1}).positions[:, 1].min() == 3840
    assert len(probe_of(entry, {"bank": -1})) == 960


BY_HEIGHT = [entry for entry in ENTRIES.values() if "height" in [one.name for one in entry.dimensions]]


@pytest.mark.parametrize("entry", BY_HEIGHT, ids=lambda entry: entry.name)
def test_what_the_hardware_can_record_together_is_taken_from_a_height_on(entry):
    shanks = [-1, 0, 3] if "shank" in [one.name for one in entry.dimensions] else [-1]
    for height, shank in itertools.product((0, 1000, 1e4), shanks):
        probe = probe_of(entry, {"height": height, "shank": shank})
        assert len(selection(probe.layout).electrodes) == entry.contacts, "each on a channel of its own"
        assert set(probe.shanks) == ({0} if shank >= 0 else set(range(entry.shanks)))
        assert height == 0 or probe.positions[:, 1].min() > 0 or "NP1110" in entry.name
    assert len(probe_of(entry, {"height": -1})) > entry.contacts


def test_electrodes_next_to_each_other_are_taken():
    entry = ENTRIES["neuropixels:NP2013"]
    spread = probe_of(entry).positions
    assert np.ptp(spread[:, 1]) == 47 * 15 and len(set(spread[:, 0])) == 8
    one = probe_of(entry, {"height": 800, "shank": 2}).positions
    assert one[:, 1].min() == 720 and np.ptp(one[:, 1]) == 191 * 15 and len(set(one[:, 0])) == 2
    assert "single shank" in ENTRIES["neuropixels:NP2000"].words, "not only that it is a duplicate"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("poly3", "A1x32-Poly3-10mm-50-177"),
        ("cambridge h3", "ASSY-77-H3"),
        ("np2014", "NP2014"),
        ("buzsaki 64", "Buzsaki64"),
        ("UTAH", "Utah array"),
        ("tetrode", "Tetrodes"),
        ("multi channel systems", "60MEA200/30iR"),
    ],
)
def test_search_finds_by_any_words(words, found):
    assert found in [entry.name for entry in search(catalogue(), words)]
    assert search(catalogue(), f"{words} zzz") == ()


def test_the_data_file_names_its_sources_and_has_one_shank_for_each_contact():
    rows = json.loads(resource("probes.json").read_text(encoding="utf-8"))["probes"]
    for row in rows:
        assert len(row["shanks"].split()) == len(row["contacts"].split(",")), row["id"]
        assert len(row["source"]) > 20 and len(row["size"]) == 2, row["id"]


def test_dimensions_of_layouts_as_their_sources_say():
    def columns(name):
        probe = probe_of(ENTRIES[f"layout:{name}"])
        return {shank: np.unique(probe.positions[probe.shanks == shank], axis=0) for shank in np.unique(probe.shanks)}

    assert np.diff(columns("cambridge-assy-77-h3")[0][:, 1]).tolist() == [20] * 63
    h2 = columns("cambridge-assy-77-h2")
    assert [h2[shank][0, 0] for shank in h2] == [0, 250] and np.diff(h2[1][:, 1]).tolist() == [25] * 31
    poly3 = columns("neuronexus-a1x32-poly3-50")[0]
    assert [int((poly3[:, 0] == x).sum()) for x in (0, 50, 100)] == [10, 12, 10]
    utah = probe_of(ENTRIES["layout:blackrock-utah-96"])
    assert len(utah) == 96 and not ((utah.positions == [0, 0]) | (utah.positions == [3600, 3600])).all(axis=1).any()


# Families


def test_families_are_complete():
    assert {row.id for row in FAMILIES} >= {"tetrodes", "stereotrodes", "linear", "two-columns", "three-columns"}
    for row in FAMILIES:
        made = build(row.id)
        assert len(made) and row.help.endswith(".") and row.dimensions
        assert all(one.low <= one.default <= one.high and one.help.endswith(".") for one in row.dimensions)


def test_tetrodes_and_stereotrodes():
    tetrodes = build("tetrodes", {"bundles": 2, "spacing": 20, "bundle_pitch": 300, "diameter": 12})
    assert tetrodes.positions.tolist() == [
        [0, 0], [20, 0], [0, 20], [20, 20], [300, 0], [320, 0], [300, 20], [320, 20],
    ]  # fmt: skip
    assert tetrodes.shanks.tolist() == [0] * 4 + [1] * 4 and tetrodes.sizes[7].tolist() == [12, 0]
    assert build("stereotrodes").positions.tolist() == [[0, 0], [25, 0]]


def test_staggered_columns():
    two = build("two-columns", {"rows": 2, "pitch": 20, "between": 30, "stagger": 10, "shanks": 2, "shank_pitch": 100})
    assert two.positions[:4].tolist() == [[0, 0], [30, 10], [0, 20], [30, 30]]
    assert two.positions[4].tolist() == [100, 0] and two.shanks.tolist() == [0] * 4 + [1] * 4
    three = build("three-columns", {"rows": 1, "middle": 2, "pitch": 20, "between": 18, "stagger": -10})
    assert three.positions.tolist() == [[18, 0], [0, 10], [36, 10], [18, 20]]


def test_arrays_with_and_without_corners():
    assert len(build("utah")) == 96 and len(build("utah", {"corners": 1})) == 100
    assert len(build("mea", {"rows": 2, "columns": 4})) == 8, "two rows are all corners and stay"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"contacts": 0}, "Contacts must be 1 to 2000, not 0"),
        ({"pitch": float("nan")}, "Pitch must be 0 to 10000 um"),
        ({"pich": 1}, "has no parameter 'pich'"),
    ],
)
def test_wrong_dimensions_in_words(values, words):
    with pytest.raises(ValueError, match=words):
        build("linear", values)


def test_an_unknown_family_is_said():
    with pytest.raises(ValueError, match="no family of probes 'x'"):
        family("x")


# A person's own


def test_own_probes_are_entries_and_a_broken_one_says_why(tmp_path):
    good, bad = tmp_path / "my probe.json", tmp_path / "broken.json"
    write_probe(good, [[0, 0], [0, 20], [300, 0]], [0, 0, 1], [[12, 0], [12, 0], [10, 15]])
    bad.write_text("{}", encoding="utf-8")
    mine, broken = catalogue([good, bad])[:2]
    assert (mine.name, mine.contacts, mine.shanks) == ("my probe", 3, 2)
    assert search(catalogue([good]), "mine my probe") == (mine,)
    probe = probe_of(mine)
    assert probe.sizes.tolist() == [[12, 0], [12, 0], [10, 15]] and probe.shanks.tolist() == [0, 0, 1]
    assert broken.contacts == 0 and "cannot be read" in broken.words
    with pytest.raises(ValueError, match=r"broken\.json"):
        probe_of(broken)


@pytest.mark.parametrize(
    ("name", "file"), [("Maus 3, links", "Maus 3, links.json"), ("../../x/y", "x y.json"), ("µ-Probe", "µ-Probe.json")]
)
def test_names_of_files(name, file):
    assert file_name(name) == file


def test_a_name_without_letters_is_refused():
    with pytest.raises(ValueError, match="needs a name"):
        file_name(" /.. ")


def test_without_probeinterface_the_rest_is_there(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "probeinterface", None)
    monkeypatch.setattr(probe_catalogue, "_built_in", probe_catalogue._built_in.__wrapped__)
    monkeypatch.setattr(
        probe_catalogue.neuropixels, "part_numbers", probe_catalogue.neuropixels.part_numbers.__wrapped__
    )
    assert {entry.kind for entry in catalogue()} == {"family", "layout"}


# Gaps, shapes


def test_gaps_in_regular_columns():
    column = grid(8, 1, 0, 25)
    assert gaps(column) == []
    assert gaps(np.delete(column, [3, 4], axis=0)) == [(2, 3, 2)]
    both = np.concatenate([np.delete(column, 2, axis=0), column + [30, 12.5]])
    assert gaps(both) == [(1, 2, 1)], "the column beside it is whole"
    assert gaps(np.concatenate([column, column + [0, 1000]]), [0] * 8 + [1] * 8) == [], "shanks are looked at apart"
    assert gaps([[0, 0], [0, 20], [0, 60]]) == [], "too few to know"
    assert gaps([[0, 0], [0, 13], [0, 40], [0, 90], [0, 95]]) == [], "never regular"
    assert gaps(np.zeros((0, 2))) == []


@pytest.mark.parametrize("suffix", [".json", ".csv", ".tsv"])
def test_shapes_are_kept_in_files(tmp_path, suffix):
    sizes = [[15, 0], [12, 12], [11, 15]]
    write_probe(tmp_path / f"p{suffix}", [[0, 0], [0, 25], [0, 50]], None, sizes)
    assert import_probe(tmp_path / f"p{suffix}").sizes.tolist() == sizes


@pytest.mark.parametrize(
    ("shanks", "sizes", "words"),
    [
        ([0], None, "shanks must be"),
        ([0, -1], None, "0 or more"),
        (None, [[1, 1]], "sizes must be"),
        (None, [[1, 1], [-1, 0]], "0 or more"),
    ],
)
def test_layouts_that_are_none(shanks, sizes, words):
    with pytest.raises(ValueError, match=words):
        layout([[0, 0], [0, 20]], shanks, sizes)


def test_sites_of_a4x8_go_up_the_shank_as_in_the_source():
    probe = probe_of(ENTRIES["layout:neuronexus-a4x8-100-200"])
    first = probe.positions[:8, 1]
    assert (np.argsort(first) + 1).tolist() == [1, 8, 2, 7, 3, 6, 4, 5]
    assert probe.positions[8:16, 0].tolist() == [200] * 8
