"""The transparency log: its tree is RFC 6962's, its proofs cannot be bent, and no killed writer leaves it broken.

The roots and proofs below are those of certificate-transparency's reference tree, as transparency-dev/merkle has them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from core import settings
from release import log, merkle, note
from release.log import Entry, Log, LogError, Proof
from release.note import Checkpoint, NoteError, NoteKey
from tests import release_house

LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
FIRST_TWO = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
THIRD_AND_FOURTH = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
FIFTH = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
LAST_FOUR = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
LAST_TWO = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
FIFTH_AND_SIXTH = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
INCLUDED = [  # index, size, proof
    (0, 1, []),
    (0, 2, [FIRST_TWO]),
    (1, 2, [ROOTS[1]]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], THIRD_AND_FOURTH, FIFTH]),
    (0, 8, [FIRST_TWO, THIRD_AND_FOURTH, LAST_FOUR]),
    (5, 8, [FIFTH, LAST_TWO, ROOTS[4]]),
]
GREW = [  # old size, size, proof
    (1, 1, []),
    (1, 8, [FIRST_TWO, THIRD_AND_FOURTH, LAST_FOUR]),
    (2, 5, [THIRD_AND_FOURTH, FIFTH]),
    (6, 8, [FIFTH_AND_SIXTH, LAST_TWO, ROOTS[4]]),
]
ORIGIN = "forge.invalid/rabbit/rabbit/releases"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ENTRY = Entry("1.3.0a2", "rehearse", "2026-11-20", "release-manager", "ab" * 32, "c0ffee" * 6, "00" * 32)


def hashes(entries: list[bytes]) -> list[bytes]:
    return [merkle.leaf(entry) for entry in entries]


def by_levels(entries: list[bytes]) -> bytes:
    """The root computed another way: pair by pair, level by level; who has no neighbour goes up alone."""
    level = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
    while len(level) > 1:
        pairs = [level[place : place + 2] for place in range(0, len(level), 2)]
        level = [hashlib.sha256(b"\x01" + b"".join(pair)).digest() if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0] if level else hashlib.sha256(b"").digest()


@pytest.mark.row("RL-19")
def test_roots_are_those_of_the_reference_tree() -> None:
    assert [merkle.root(hashes(LEAVES[:size])).hex() for size in range(9)] == list(ROOTS)


@pytest.mark.row("RL-19")
@pytest.mark.parametrize(("index", "size", "wanted"), INCLUDED)
def test_inclusion_proofs_are_those_of_the_reference_tree(index: int, size: int, wanted: list[str]) -> None:
    leaves = hashes(LEAVES[:size])
    assert [one.hex() for one in merkle.inclusion(leaves, index)] == wanted
    assert merkle.included(leaves[index], index, size, list(map(bytes.fromhex, wanted)), bytes.fromhex(ROOTS[size]))


@pytest.mark.row("RL-19")
@pytest.mark.parametrize(("old", "size", "wanted"), GREW)
def test_consistency_proofs_are_those_of_the_reference_tree(old: int, size: int, wanted: list[str]) -> None:
    assert [one.hex() for one in merkle.consistency(hashes(LEAVES[:size]), old)] == wanted
    before, head = (bytes.fromhex(ROOTS[number]) for number in (old, size))
    assert merkle.consistent(old, before, size, head, list(map(bytes.fromhex, wanted)))


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_a_root_is_the_same_whichever_way_it_is_computed(entries: list[bytes]) -> None:
    assert merkle.root(hashes(entries)) == by_levels(entries)


@given(st.data(), st.lists(st.binary(max_size=4), min_size=1, max_size=40))
def test_an_inclusion_proof_holds_for_its_own_leaf_place_and_tree_alone(
    data: st.DataObject, entries: list[bytes]
) -> None:
    leaves, size = hashes(entries), len(entries)
    index = data.draw(st.integers(0, size - 1))
    proof, head = merkle.inclusion(leaves, index), merkle.root(leaves)
    assert merkle.included(leaves[index], index, size, proof, head)
    assert not merkle.included(merkle.leaf(b"another entry"), index, size, proof, head)
    other = data.draw(st.integers(-1, size + 1))
    if not (0 <= other < size and leaves[other] == leaves[index]):
        assert not merkle.included(leaves[index], other, size, proof, head)
    assert not merkle.included(leaves[index], index, size, [*proof, head], head)
    for place in range(len(proof)):
        bent = [*proof[:place], bytes(32), *proof[place + 1 :]]
        assert not merkle.included(leaves[index], index, size, bent, head)
        assert not merkle.included(leaves[index], index, size, proof[:place] + proof[place + 1 :], head)


@given(st.data(), st.lists(st.binary(max_size=4), max_size=40))
def test_a_consistency_proof_holds_for_a_true_beginning_alone(data: st.DataObject, entries: list[bytes]) -> None:
    leaves, size = hashes(entries), len(entries)
    old = data.draw(st.integers(0, size))
    before, head, proof = merkle.root(leaves[:old]), merkle.root(leaves), merkle.consistency(leaves, old)
    assert merkle.consistent(old, before, size, head, proof)
    assert not merkle.consistent(old, bytes(32), size, head, proof)
    assert not merkle.consistent(old, before, size, head, [*proof, head])
    assert not merkle.consistent(size + 1, before, size, head, proof)
    if 0 < old < size:
        assert not merkle.consistent(old, before, size, bytes(32), proof)
        rewritten = [merkle.leaf(b"never there"), *leaves[1:]]
        assert not merkle.consistent(old, before, size, merkle.root(rewritten), merkle.consistency(rewritten, old))


def test_a_leaf_or_a_beginning_that_is_not_there_has_no_proof() -> None:
    for wrong in (-1, 8, 9):
        with pytest.raises(IndexError, match=f"no leaf {wrong}"):
            merkle.inclusion(hashes(LEAVES), wrong)
    with pytest.raises(IndexError, match="no beginning of 9"):
        merkle.consistency(hashes(LEAVES), 9)


# The example of C2SP's signed-note, whose signature is by another hand than ours.
POEM = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore "
    "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)


# The published example of Go's sumdb/note: its key, the key's secret half, and the note that it signed.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SECRET = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_LINE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
GO_NOTE = f"{GO_TEXT}\n— PeterNeumann {GO_LINE}\n"


@pytest.mark.row("RL-19")
def test_the_published_note_of_another_implementation_is_read_believed_and_made() -> None:
    key = NoteKey.parse(f"{GO_KEY}\n")
    assert note.opened(GO_NOTE, key) == GO_TEXT
    private = Ed25519PrivateKey.from_private_bytes(note.decoded(GO_SECRET)[1:])
    assert note.sign(GO_TEXT, "PeterNeumann", private) == GO_NOTE
    assert str(NoteKey("PeterNeumann", private.public_key().public_bytes_raw())) == GO_KEY
    with pytest.raises(NoteError, match="does not fit the text"):
        note.opened(GO_NOTE.replace("cryptography", "cryptographY"), key)


def test_a_note_of_somebody_else_is_read_but_not_believed() -> None:
    mine = NoteKey("quasimodo.example/salvatore", PRIVATE.public_key().public_bytes_raw())
    with pytest.raises(NoteError, match="did not sign it"):
        note.opened(POEM, mine)


def test_a_note_is_laid_out_as_its_description_says_and_opens_for_its_key_alone() -> None:
    text = "one\n\ntwo\n"
    signed = note.sign(text, ORIGIN, PRIVATE)
    key = NoteKey(ORIGIN, PRIVATE.public_key().public_bytes_raw())
    wanted = hashlib.sha256(f"{ORIGIN}\n".encode() + b"\x01" + key.public).digest()[:4]
    body, _, line = signed.rpartition("\n\n")
    assert (body + "\n", line.split(" ")[:2]) == (text, ["—", ORIGIN])
    assert note.decoded(line.split(" ")[2].strip())[:4] == wanted
    assert note.opened(signed, key) == text
    cosigned = signed + note.sign(text, "witness.invalid", Ed25519PrivateKey.generate()).rpartition("\n\n")[2]
    assert note.opened(cosigned, key) == text, "a witness's signature beside ours is passed over"
    with pytest.raises(NoteError):
        note.opened(signed, NoteKey(ORIGIN, Ed25519PrivateKey.generate().public_key().public_bytes_raw()))


def test_a_key_is_written_in_one_way_only() -> None:
    key = NoteKey(ORIGIN, PRIVATE.public_key().public_bytes_raw())
    assert NoteKey.parse(f"{key}\n") == key
    for wrong in ("", "name", f"{key}", f"{key}\n\n", f"x{key}\n", f"{ORIGIN}+00000000+AQ==\n"):
        with pytest.raises(NoteError):
            NoteKey.parse(wrong)


def filled(folder: Path, count: int) -> Log:
    made = Log(folder)
    for number in range(count):
        made.append(replace(ENTRY, version=f"1.3.{number}"), PRIVATE, ORIGIN)
    return made


@pytest.mark.row("RL-19")
def test_an_entry_is_added_once_and_proven(tmp_path: Path) -> None:
    made = filled(tmp_path, 5)
    assert made.append(replace(ENTRY, version="1.3.2"), PRIVATE, ORIGIN) == 2, "said again, it is the same entry"
    found = made.read()
    assert [entry.version for entry in found.entries] == [f"1.3.{number}" for number in range(5)]
    assert (found.head.size, found.head.origin, found.waiting) == (5, ORIGIN, ())
    for index in range(5):
        text = str(made.prove(index))
        proof = Proof.parse(text)
        assert (proof.check(found.key), proof.index, proof.entry) == (found.head, index, found.entries[index])
        assert text.startswith("c2sp.org/tlog-proof@v1\nextra ")
        assert text.endswith(found.note), "the checkpoint stands in it as the log issued it"


@pytest.mark.row("RL-19")
def test_no_byte_of_a_proof_can_be_changed(tmp_path: Path) -> None:
    made = filled(tmp_path, 5)
    key, whole = made.read().key, str(made.prove(3)).encode()
    for place, bit in ((place, bit) for place in range(len(whole)) for bit in (1, 32)):
        bent = whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :]
        with pytest.raises((NoteError, LogError, UnicodeDecodeError)):
            Proof.parse(bent.decode()).check(key)


@pytest.mark.row("RL-19")
def test_whoever_kept_a_checkpoint_can_prove_that_the_log_only_grew(tmp_path: Path) -> None:
    made = filled(tmp_path / "log", 3)
    old, key = made.read().head, made.read().key
    filled(tmp_path / "log", 7)
    assert log.grew(made.since(3), old, key).size == 7
    assert made.since(3).startswith("old 3\n")
    rewritten = filled(tmp_path / "other", 1)
    rewritten.append(replace(ENTRY, version="1.4.0"), PRIVATE, ORIGIN)
    for number in range(2, 7):
        rewritten.append(replace(ENTRY, version=f"1.3.{number}"), PRIVATE, ORIGIN)
    with pytest.raises(NoteError, match="does not begin with the 3 that you knew"):
        log.grew(rewritten.since(3), old, key)
    with pytest.raises(LogError, match="never had 8"):
        made.since(8)


def test_a_changed_entry_a_lost_one_and_a_forged_head_are_noticed_and_never_signed_over(tmp_path: Path) -> None:
    made = filled(tmp_path / "log", 3)
    whole = made.entries.read_bytes()
    for wrong, said in (
        (whole.replace(b"1.3.1", b"1.3.9"), "was changed"),
        (b"\n".join(whole.split(b"\n")[:2]) + b"\n", "lost entries: 2"),
        (b"".join(reversed(whole.splitlines(keepends=True))), "was changed"),
    ):
        made.entries.write_bytes(wrong)
        for look in (made.read, lambda: made.append(ENTRY, PRIVATE, ORIGIN)):
            with pytest.raises(LogError, match=said):
                look()
        assert made.entries.read_bytes() == wrong
    made.entries.write_bytes(whole)
    forged = note.sign(str(Checkpoint(ORIGIN, 3, made.read().head.root)), ORIGIN, Ed25519PrivateKey.generate())
    made.checkpoint.write_text(forged)
    with pytest.raises(LogError, match="did not sign it"):
        made.read()
    with pytest.raises(LogError, match="belongs to another key"):
        made.append(ENTRY, Ed25519PrivateKey.generate(), ORIGIN)
    made.checkpoint.unlink()
    with pytest.raises(LogError, match="bring it back"):
        made.append(ENTRY, PRIVATE, ORIGIN)


@pytest.mark.row("RL-19")
def test_no_byte_of_the_log_can_be_changed(tmp_path: Path) -> None:
    made = filled(tmp_path / "log", 2)
    for path in (made.entries, made.checkpoint, made.key):
        whole = path.read_bytes()
        for place in range(len(whole)):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            with pytest.raises(LogError):
                made.read()
        path.write_bytes(whole)
    assert made.read().head.size == 2


def test_an_entry_is_read_in_the_one_way_it_is_written() -> None:
    data = ENTRY.data()
    assert Entry.parse(data) == ENTRY
    tree = json.loads(data)
    for wrong in (b"", b"[]", b"null", json.dumps(tree).encode(), data.replace(b"2026-11-20", b"2026-11-31")):
        with pytest.raises(LogError):
            Entry.parse(wrong)
    with pytest.raises(LogError, match="not written as the log writes it"):
        Entry.parse(json.dumps({**tree, "more": "1"}, sort_keys=True, separators=(",", ":")).encode())


@pytest.mark.row("RL-19")
def test_whatever_a_killed_writer_leaves_the_log_holds_and_goes_on(tmp_path: Path) -> None:
    """Every state that the disk can be in between two heads: each length of the new line, and of the new head."""
    before, after = filled(tmp_path / "before", 2), filled(tmp_path / "after", 3)
    old, new = before.entries.read_bytes(), after.entries.read_bytes()
    head = after.checkpoint.read_bytes()
    states = [(new[:length], b"") for length in range(len(old), len(new) + 1)]
    states += [(new, head[:length]) for length in range(len(head) + 1)]
    for entries, partial in states:
        broken = Log(Path(shutil.copytree(tmp_path / "before", tmp_path / "broken")))
        broken.entries.write_bytes(entries)
        if partial:
            (broken.folder / ".checkpoint.partial").write_bytes(partial)
        found = broken.read()
        assert (found.head.size, len(found.waiting)) == (2, int(entries == new))
        assert broken.append(replace(ENTRY, version="1.3.2"), PRIVATE, ORIGIN) == 2
        assert broken.entries.read_bytes() == new
        assert broken.checkpoint.read_bytes() == head
        shutil.rmtree(broken.folder)


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from tests.test_release_log import ENTRY, ORIGIN, PRIVATE, Log
log, first = Log(Path(sys.argv[1])), int(sys.argv[2])
for number in range(first, first + 10_000):
    log.append(replace(ENTRY, version=f"1.3.{number}"), PRIVATE, ORIGIN)
    print(number, flush=True)
"""


@pytest.mark.row("RL-19")
def test_a_writer_that_is_killed_loses_nothing_that_it_said(tmp_path: Path) -> None:
    made, said = Log(tmp_path), 0
    for lines in (1, 3, 8):
        words = [sys.executable, "-c", WRITER, str(tmp_path), str(said)]
        root = Path(__file__).parents[1]
        with subprocess.Popen(words, stdout=subprocess.PIPE, env=release_house.environment(), cwd=root) as writer:
            assert writer.stdout is not None
            for _ in range(lines):
                assert writer.stdout.readline(), "the writer ended by itself"
            os.kill(writer.pid, signal.SIGKILL)
            said += lines + len(writer.stdout.readlines())
        found = made.read()
        assert said <= len(found.entries) + len(found.waiting) <= said + 1
        said = len(found.entries) + len(found.waiting)
        assert [entry.version for entry in (*found.entries, *found.waiting)] == [f"1.3.{n}" for n in range(said)]


def test_two_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    code = WRITER.replace("10_000", "15")
    words = [[sys.executable, "-c", code, str(tmp_path), str(first)] for first in (0, 100)]
    root, env = Path(__file__).parents[1], release_house.environment()
    writers = [subprocess.Popen(one, stdout=subprocess.DEVNULL, env=env, cwd=root) for one in words]
    assert [writer.wait() for writer in writers] == [0, 0]
    found = Log(tmp_path).read()
    assert {entry.version for entry in found.entries} == {
        f"1.3.{n}" for first in (0, 100) for n in range(first, first + 15)
    }
    assert found.head.size == 30


def test_the_logs_name_is_the_repositorys_address(tmp_path: Path) -> None:
    github = {"web_url": "http://127.0.0.1:8999", "repository": "rabbit/rabbit"}
    given = settings.load({}, "rabbit", {"data": str(tmp_path), "github": github})
    assert log.origin_of(given) == "127.0.0.1:8999/rabbit/rabbit/releases"
    key = log.key_of(given)
    elsewhere = settings.load(
        {}, "rabbit", {"data": str(tmp_path), "github": {**github, "web_url": "http://new.invalid"}}
    )
    assert log.key_of(elsewhere) == key, "a log that has begun keeps its name"
    assert (tmp_path / "keys" / "log.pem").stat().st_mode & 0o777 == 0o600
