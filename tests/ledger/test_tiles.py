"""Tiles: paths as the standard spells them, one log both ways, and another program's log."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Damaged, Invalid
from ledger import export as export_module
from ledger.checkpoint import open_checkpoint, parse_checkpoint
from ledger.export import export, open_target, tile_content
from ledger.merkle import append_nodes, leaf_hash, stored_position, tree_root
from ledger.note import VerifierKey, parse_note
from ledger.tiles import (
    ENTRIES,
    WIDTH,
    Tile,
    exists,
    new_tiles,
    node_positions,
    parse_path,
    partial_tiles,
    read_entries,
    read_hashes,
    root_of_tiles,
    tiles_at,
    write_entries,
)
from tests.scene import DOCUMENTER, LOG, Scene, claim_body, claim_name

TESSERA = Path(__file__).parents[1] / "vectors" / "tessera-log" / "log"
TESSERA_KEY = VerifierKey.parse(
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0, 256), "tile/0/000"),
        (Tile(0, 1234067, 256), "tile/0/x001/x234/067"),
        (Tile(1, 273, 112), "tile/1/273.p/112"),
        (Tile(ENTRIES, 1000, 1), "tile/entries/x001/000.p/1"),
    ],
)
def test_paths_are_the_standard_s(tile, path):
    assert tile.path == path
    assert parse_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        *("tile/0/0", "tile/0/0000", "tile/00/000", "tile/8/000", "tile/-1/000", "tile/0/x000/000"),
        *(
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/001/000",
            "tile/data/000",
        ),
        *("tile/0/000/", "/tile/0/000", "tile/0/../000", "tile/0/٠٠٠", "tile/0/000.p/1 ", ""),
        *("tile/0/x001/234/067", "tile/entries/x999/x999/x999/x999/x999/999"),
    ],
)
def test_no_other_spelling_is_a_path(path):
    with pytest.raises(Invalid):
        parse_path(path)


@given(st.text(max_size=40))
def test_any_text_is_a_path_or_refused(text):
    try:
        tile = parse_path(text)
    except Invalid:
        return
    assert tile.path == text


def test_a_size_of_70000_has_the_tiles_that_the_standard_counts():
    tiles = list(new_tiles(0, 70_000))
    hashes = [tile for tile in tiles if tile.level == 0]
    assert [sum(tile.is_full for tile in hashes), hashes[-1].width] == [273, 112]
    assert [tile for tile in tiles if tile.level == 1] == [Tile(1, 0, 256), Tile(1, 1, 17)]
    assert [tile for tile in tiles if tile.level == 2] == [Tile(2, 0, 1)]


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_growing_in_two_steps_gives_all_the_tiles_of_one(one, other):
    first, size = sorted((one, other))
    together = {*new_tiles(0, first), *new_tiles(first, size)}
    needed = {tile for level in (ENTRIES, 0, 1, 2) for tile in tiles_at(size, level)}
    assert needed <= together
    assert all(exists(tile, size) for tile in together)
    assert set(partial_tiles(size)) == {tile for tile in needed if not tile.is_full}


def test_what_is_written_after_k_more_entries_grows_with_k_not_with_the_log():
    for size in (1_000, 100_000, 10_000_000):
        assert len(list(new_tiles(size, size + 10))) <= 2 * 2 + 2 * 7


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundles_are_read_as_they_were_written(entries):
    assert read_entries(write_entries(entries), len(entries)) == entries


@given(st.binary(max_size=200), st.integers(1, 256))
def test_hostile_tiles_are_read_or_refused(raw, width):
    for read in (read_entries, read_hashes):
        with contextlib.suppress(Invalid):
            assert len(read(raw, width)) == width


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 600])
def test_hashes_of_higher_levels_are_roots_of_full_tiles_below(size):
    leaves = [leaf_hash(str(number).encode()) for number in range(size)]
    frontier: list[bytes] = []
    stored = append_nodes(0, frontier, leaves)
    for tile in tiles_at(size, 1):
        hashes = [stored[position] for position in node_positions(tile)]
        for number, found in enumerate(hashes):
            first = (tile.number * WIDTH + number) * WIDTH
            assert found == tree_root(leaves[first : first + WIDTH])
    assert stored[stored_position(0, 0)] == leaves[0]


def test_every_checkpoint_and_tile_of_another_program_s_log_verifies():
    """A log that Tessera wrote: its notes, its tiles, its entries, under our reading."""
    seen = 0
    for path in TESSERA.glob("checkpoint.*"):
        checkpoint = open_checkpoint(path.read_bytes(), TESSERA_KEY)
        root = root_of_tiles(checkpoint.size, lambda tile: (TESSERA / tile.path).read_bytes())
        assert root == checkpoint.root
        for tile in tiles_at(checkpoint.size, ENTRIES):
            entries = read_entries((TESSERA / tile.path).read_bytes(), tile.width)
            hashes = (TESSERA / tile._replace(level=0).path).read_bytes()
            assert [leaf_hash(entry) for entry in entries] == read_hashes(hashes, tile.width)
        seen += 1
    assert seen == 16


@pytest.fixture
def scene(tmp_path):
    made = Scene(tmp_path)
    yield made
    made.close()


def grow(scene, first, last):
    notes = [
        scene.note(claim_name(number), "ClaimRecorded", claim_body(), DOCUMENTER)
        for number in range(first, last)
    ]
    scene.ledger.accept_all(notes, whole=True)


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_an_export_is_the_whole_log_and_grows_by_what_is_new(scene, tmp_path):
    target = open_target(str(tmp_path / "site"))
    grow(scene, 0, 300)
    first = export(scene.ledger, target)
    assert (first.old_size, first.size) == (0, 306)
    assert export(scene.ledger, target).files == 0
    grow(scene, 300, 310)
    second = export(scene.ledger, target)
    assert second.bytes < first.bytes / 3
    grow(scene, 310, 700)
    export(scene.ledger, target)
    found = files(tmp_path / "site")
    checkpoint = open_checkpoint(found["checkpoint"], LOG.key)
    assert checkpoint.size == 706
    assert root_of_tiles(706, lambda tile: found[tile.path]) == checkpoint.root
    entries = [
        entry
        for tile in tiles_at(706, ENTRIES)
        for entry in read_entries(found[tile.path], tile.width)
    ]
    assert entries == [row[4] for row in scene.ledger.recorder.select_entries(0, 1000)]
    # Partial tiles that are full by now are gone; no half-written file is left.
    assert not any(".part" in name or name.startswith("tile/0/000.p") for name in found)


def test_a_folder_and_an_object_store_hold_the_same_bytes(scene, tmp_path):
    grow(scene, 0, 300)
    export(scene.ledger, open_target(f"file://{tmp_path}/site"))
    store = open_target("memory://log")
    export(scene.ledger, store)
    for name, content in files(tmp_path / "site").items():
        assert store.read(name) == content


def test_the_checkpoint_is_written_last(scene, tmp_path, monkeypatch):
    """Whenever writing stops, what is there verifies: the old checkpoint, or the new one."""
    folder = tmp_path / "site"
    grow(scene, 0, 300)
    export(scene.ledger, open_target(str(folder)))
    grow(scene, 300, 600)
    written = export_module._Folder.write
    for stop_after in range(12):
        left = iter([True] * stop_after)

        def stopping(self, path, content, left=left):
            if not next(left, False):
                raise OSError("the disk is gone")
            written(self, path, content)

        with monkeypatch.context() as patch:
            patch.setattr(export_module._Folder, "write", stopping)
            with contextlib.suppress(OSError):
                export(scene.ledger, open_target(str(folder)))
        found = files(folder)
        checkpoint = parse_checkpoint(parse_note(found["checkpoint"]).text)
        read = {
            tile: found.get(tile.path, found.get(tile._replace(width=WIDTH).path, b""))
            for tile in tiles_at(checkpoint.size, 0)
        }
        hashes = {tile: content[: 32 * tile.width] for tile, content in read.items()}
        root = root_of_tiles(checkpoint.size, hashes.__getitem__)
        assert root == checkpoint.root
    assert checkpoint.size == 606


def test_another_log_or_another_history_there_is_not_written_over(scene, tmp_path):
    folder = tmp_path / "site"
    grow(scene, 0, 5)
    export(scene.ledger, open_target(str(folder)))
    before = files(folder)
    (tmp_path / "fork").mkdir()
    fork = Scene(tmp_path / "fork")
    grow(fork, 50, 60)
    with pytest.raises(Damaged, match="two histories"):
        export(fork.ledger, open_target(str(folder)))
    fork.close()
    (tmp_path / "short").mkdir()
    short = Scene(tmp_path / "short")
    with pytest.raises(Damaged):
        export(short.ledger, open_target(str(folder)))
    short.close()
    (folder / "checkpoint").write_bytes(b"nothing of the kind\n")
    with pytest.raises(Damaged, match="not this ledger's"):
        export(scene.ledger, open_target(str(folder)))
    (folder / "checkpoint").write_bytes(before["checkpoint"])
    assert files(folder) == before


def test_a_store_that_is_not_known_is_named():
    with pytest.raises(Invalid, match="nowhere"):
        open_target("nowhere://bucket/log")


def test_one_tile_is_the_same_bytes_however_large_the_log_is(scene):
    grow(scene, 0, 20)
    tile = Tile(ENTRIES, 0, 10)
    before = tile_content(scene.ledger, tile)
    grow(scene, 20, 40)
    assert tile_content(scene.ledger, tile) == before
