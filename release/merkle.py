"""The Merkle tree of a transparency log: its root, and proofs that a leaf is in it and that it only grew.

RFC 6962, section 2.1 (making proofs) and RFC 9162, section 2.1 (checking them). Everything here is pure; a leaf is
given as its hash, 32 bytes, and a proof is a list of such hashes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

Hash = bytes


def leaf(entry: bytes) -> Hash:
    """The hash of an entry. Its prefix keeps a leaf from passing for a node."""
    return sha256(b"\x00" + entry).digest()


def node(left: Hash, right: Hash) -> Hash:
    return sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[Hash]) -> Hash:
    """The root of a tree; of no leaves the hash of nothing."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = _split(len(leaves))
    return node(root(leaves[:middle]), root(leaves[middle:]))


def _split(size: int) -> int:
    """The largest power of two below `size`: how many leaves are on the left."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion(leaves: Sequence[Hash], index: int) -> list[Hash]:
    """The proof that leaf number `index` (from 0) is in the tree of `leaves`. Raises IndexError where there is none."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"there is no leaf {index} in a tree of {len(leaves)}")
    if len(leaves) == 1:
        return []
    middle = _split(len(leaves))
    if index < middle:
        return [*inclusion(leaves[:middle], index), root(leaves[middle:])]
    return [*inclusion(leaves[middle:], index - middle), root(leaves[:middle])]


def consistency(leaves: Sequence[Hash], old: int) -> list[Hash]:
    """The proof that the tree of the first `old` leaves is a beginning of this one. Raises IndexError."""
    if not 0 <= old <= len(leaves):
        raise IndexError(f"a tree of {len(leaves)} has no beginning of {old}")
    return _grown(leaves, old, True) if 0 < old < len(leaves) else []


def _grown(leaves: Sequence[Hash], old: int, whole: bool) -> list[Hash]:
    """`whole`: the old tree begins where these leaves begin, so that its root need not be told."""
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    middle = _split(len(leaves))
    if old <= middle:
        return [*_grown(leaves[:middle], old, whole), root(leaves[middle:])]
    return [*_grown(leaves[middle:], old - middle, False), root(leaves[:middle])]


def included(entry: Hash, index: int, size: int, proof: Sequence[Hash], head: Hash) -> bool:
    """Does `proof` show that the leaf `entry` is number `index` of the tree of `size` leaves with the root `head`?"""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, entry
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node(sibling, found)
            place, last = _up_to_a_right_child(place, last)
        else:
            found = node(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == head


def consistent(old: int, before: Hash, size: int, head: Hash, proof: Sequence[Hash]) -> bool:
    """Does `proof` show that a tree of `old` leaves with the root `before` grew into the one of `size` with `head`?"""
    if not 0 <= old <= size:
        return False
    if old in (0, size):
        known = root([]) if old == 0 else head
        return not proof and before == known
    hashes: Iterator[Hash] = iter([before, *proof] if old & (old - 1) == 0 else proof)
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = next(hashes, None)
    if first is None:
        return False
    small = large = first
    for sibling in hashes:
        if last == 0:
            return False
        if place & 1 or place == last:
            small, large = node(sibling, small), node(sibling, large)
            place, last = _up_to_a_right_child(place, last)
        else:
            large = node(large, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and (small, large) == (before, head)


def _up_to_a_right_child(place: int, last: int) -> tuple[int, int]:
    """On the tree's ragged right edge a node without a sibling is its own parent: go up until it is a right child."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last
