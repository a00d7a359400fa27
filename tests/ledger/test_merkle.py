"""The tree against RFC 6962's own recursive definitions, word by word."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.ledger.merkle import (
    consistency,
    inclusion,
    root,
    root_from_inclusion,
    roots_from_consistency,
)
from osler.ledger.rebuild import Rebuilt
from osler.ledger.tree import SPAN, Stored, Tree, edge


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(leaves: Sequence[bytes]) -> bytes:
    """MTH of section 2.1, over leaf hashes."""
    if not leaves:
        return _hash(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = _split(len(leaves))
    return _hash(b"\x01" + mth(leaves[:k]) + mth(leaves[k:]))


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: Sequence[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of section 2.1.2."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = _split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def some(count: int) -> list[bytes]:
    return [_hash(str(n).encode()) for n in range(count)]


class Shelf:
    """Stored rows as the database has them."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.levels: dict[int, list[bytes]] = {0: list(leaves), 8: [], 16: []}
        for level, _, hash in Tree().extend(leaves):
            self.levels[level].append(hash)

    def row(self, level: int, first: int, count: int) -> list[bytes]:
        return self.levels[level][first : first + count]

    def node(self, level: int, index: int) -> bytes | None:
        row = self.levels[level]
        return row[index] if index < len(row) else None


sizes = st.integers(min_value=1, max_value=700)


@given(sizes, st.data())
def test_inclusion(size: int, data: st.DataObject) -> None:
    leaves = some(size)
    m = data.draw(st.integers(0, size - 1))
    nodes = Stored(Shelf(leaves).row)
    assert root(size, nodes) == mth(leaves)
    proof = inclusion(m, size, nodes)
    assert proof == path(m, leaves)
    assert root_from_inclusion(m, size, leaves[m], proof) == mth(leaves)


@given(sizes, st.data())
def test_consistency(size: int, data: st.DataObject) -> None:
    leaves = some(size)
    m = data.draw(st.integers(1, size))
    proof = consistency(m, size, Stored(Shelf(leaves).row))
    assert proof == subproof(m, leaves, True)
    roots = (mth(leaves[:m]), mth(leaves))
    assert roots_from_consistency(m, size, roots[0], proof) == roots


@given(sizes, st.data())
def test_a_tampered_proof_leads_elsewhere(size: int, data: st.DataObject) -> None:
    leaves = some(size)
    m = data.draw(st.integers(0, size - 1))
    proof = path(m, leaves)
    good = mth(leaves)
    assert root_from_inclusion(m, size, _hash(b"other"), proof) != good
    if proof:
        i = data.draw(st.integers(0, len(proof) - 1))
        assert (
            root_from_inclusion(m, size, leaves[m], [*proof[:i], _hash(b"x"), *proof[i + 1 :]])
            != good
        )
        with pytest.raises(ValueError, match="short"):
            root_from_inclusion(m, size, leaves[m], proof[:-1])
    with pytest.raises(ValueError, match="long"):
        root_from_inclusion(m, size, leaves[m], [*proof, good])


@given(sizes, st.data())
def test_a_tampered_consistency_leads_elsewhere(size: int, data: st.DataObject) -> None:
    leaves = some(size)
    m = data.draw(st.integers(1, size))
    proof = subproof(m, leaves, True)
    roots = (mth(leaves[:m]), mth(leaves))
    for i in range(len(proof)):
        bad = [*proof[:i], _hash(b"x"), *proof[i + 1 :]]
        assert roots_from_consistency(m, size, roots[0], bad) != roots
    with pytest.raises(ValueError, match="long"):
        roots_from_consistency(m, size, roots[0], [*proof, roots[0]])


@settings(deadline=None)  # Thousands of hashes, beside others who are busy.
@given(st.lists(st.integers(0, 400), max_size=6), st.data())
def test_a_tree_grows_and_is_taken_up_again(steps: list[int], data: st.DataObject) -> None:
    leaves = some(sum(steps))
    shelf, size = Shelf(leaves), 0
    tree = Tree()
    for step in steps:
        tree.extend(leaves[size : size + step])
        size += step
        assert tree.root() == mth(leaves[:size])
        if data.draw(st.booleans()):
            tree = edge(size, shelf.row)


def test_two_levels_of_stored_nodes() -> None:
    leaves = some(SPAN * SPAN + SPAN + 7)
    tree = Tree()
    made = tree.extend(leaves)
    assert [node[:2] for node in made if node[0] == 16] == [(16, 0)]
    shelf = Shelf(leaves)
    assert edge(len(leaves), shelf.row).root() == tree.root()
    nodes = Stored(shelf.row)
    assert root(len(leaves), nodes) == tree.root()
    for m in (0, 255, 256, 65_535, 65_536, len(leaves) - 1):
        proof = inclusion(m, len(leaves), nodes)
        assert root_from_inclusion(m, len(leaves), leaves[m], proof) == tree.root()


def test_a_missing_node_is_told() -> None:
    shelf = Shelf(some(300))
    del shelf.levels[0][299]
    with pytest.raises(LookupError, match="lacks nodes of level 0"):
        root(300, Stored(shelf.row))


@given(st.integers(300, 900), st.data())
def test_damage_is_within_the_256_leaves_told(size: int, data: st.DataObject) -> None:
    leaves = some(size)
    shelf = Shelf(leaves)
    bad = data.draw(st.integers(0, size - 1))
    cuts = sorted({*data.draw(st.lists(st.integers(1, size), max_size=5)), size})
    damaged = [*leaves[:bad], _hash(b"bad"), *leaves[bad + 1 :]]
    rebuilt = Rebuilt(0, shelf.row, shelf.node)
    found = []
    for cut in cuts:
        rebuilt.add(damaged[rebuilt.size : cut])
        found += rebuilt.check(mth(leaves[:cut]).hex())
    assert found
    assert all(one.first <= bad <= one.last for one in found)
