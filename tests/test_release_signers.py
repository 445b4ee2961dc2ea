"""Who may sign which version: by the registry, with keys that are theirs that day; all others are refused by name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from console.__main__ import main
from core import settings
from core.settings import Settings
from core.versions import Version
from release import artifacts, cut, keys, log, note, policy, sbom, sign, verify
from release.keys import KeyringError, Signer
from release.policy import Policy
from tests import release_house
from tests.release_house import TODAY, VERSION, House

MANAGER, WANTED = "release-manager", Version.parse(VERSION)
NEXT_WEEK = TODAY + timedelta(days=7)

# From the specifications in-toto Statement v1 and SLSA provenance v1: what has to be there, and in which shape.
DIGEST = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]+$"}}
RESOURCE = {
    "type": "object",
    "properties": {"uri": {"type": "string", "format": "uri"}, "name": {"type": "string"}, "digest": DIGEST},
    "anyOf": [{"required": ["uri"]}, {"required": ["digest"]}],
}
URI = {"type": "string", "pattern": "^[a-z][a-z+.-]*:"}
PROVENANCE: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["_type", "subject", "predicateType", "predicate"],
    "properties": {
        "_type": {"const": "https://in-toto.io/Statement/v1"},
        "predicateType": {"const": "https://slsa.dev/provenance/v1"},
        "subject": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "required": ["name", "digest"], "properties": {"digest": DIGEST}},
        },
        "predicate": {
            "type": "object",
            "additionalProperties": False,
            "required": ["buildDefinition", "runDetails"],
            "properties": {
                "buildDefinition": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["buildType", "externalParameters"],
                    "properties": {
                        "buildType": URI,
                        "externalParameters": {"type": "object", "minProperties": 1},
                        "internalParameters": {"type": "object"},
                        "resolvedDependencies": {"type": "array", "items": RESOURCE},
                    },
                },
                "runDetails": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["builder"],
                    "properties": {
                        "builder": {"type": "object", "required": ["id"], "properties": {"id": URI}},
                        "metadata": {
                            "type": "object",
                            "additionalProperties": False,
                            "properties": {
                                "invocationId": {"type": "string"},
                                "startedOn": {"type": "string", "format": "date-time"},
                                "finishedOn": {"type": "string", "format": "date-time"},
                            },
                        },
                        "byproducts": {"type": "array", "items": RESOURCE},
                    },
                },
            },
        },
    },
}


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    github = {"web_url": "http://127.0.0.1:1", "repository": "rabbit/rabbit"}
    return settings.load({}, "rabbit", {"data": str(tmp_path / "data"), "github": github, "today": TODAY})


@dataclass(frozen=True)
class Folder:
    """A signed folder with one file, made without cutting a release."""

    path: Path
    settings: Settings

    def problems(self, ring: list[Signer] | None = None) -> list[str]:
        trust = verify.Trust(policy=policy.of(self.settings, ring), log_key=log.key_of(self.settings))
        return [str(problem) for problem in verify.verify(self.path, trust=trust)]


def signed(given: Settings, folder: Path, who: str = MANAGER, version: str = VERSION, day: date = TODAY) -> Folder:
    """As the step `sign` lays it out, whether the policy lets it or not."""
    folder.mkdir(parents=True)
    signer = keys.signing_key(given, who, day)
    (folder / "file.txt").write_text("hello\n")
    artifacts.put(folder / verify.KEY_FILE, sbom.text(keys.public(signer)))
    artifacts.put(folder / verify.LOG_KEY, f"{log.key_of(given)}\n".encode())
    subjects = {path.name: artifacts.sha256(path) for path in folder.iterdir()}
    claim = sign.statement(subjects, version, "c0ffee" * 6, "https://forge.invalid/rabbit/rabbit")
    envelope = artifacts.put(folder / f"Rabbit-{version}{verify.ENVELOPE}", sign.sign(claim, signer))
    keyid = signer.public_key.keyid
    entry = log.Entry(version, "rehearse", day.isoformat(), who, keyid, "c0ffee" * 6, artifacts.sha256(envelope))
    artifacts.put(verify.proof_of(envelope), str(log.record(given, entry)).encode())
    return Folder(folder, given)


@pytest.mark.row("RL-19")
def test_the_registrys_release_manager_is_believed(here: Settings, tmp_path: Path) -> None:
    folder = signed(here, tmp_path / "out")
    assert folder.problems() == []
    assert verify.verify(folder.path) == [], "and without any keyring, by the key beside it"


@pytest.mark.row("RL-19")
def test_somebody_else_is_refused_with_their_name_their_key_and_who_would_be_allowed(
    here: Settings, tmp_path: Path
) -> None:
    own = keys.signing_key(here, MANAGER, TODAY).public_key.keyid
    folder = signed(here, tmp_path / "out", who="mallory")
    (said,) = folder.problems()
    key = keys.signing_key(here, "mallory", TODAY).public_key.keyid
    assert said == (
        f"Rabbit-1.3.0a2.dsse.json: mallory (key {key[:16]}) may not sign 1.3.0a2: "
        f"the registry allows release-manager for 1.3 (key {own[:16]})"
    )


@pytest.mark.row("RL-19")
def test_an_unknown_key_a_revoked_one_and_one_out_of_its_days_are_refused(here: Settings, tmp_path: Path) -> None:
    folder = signed(here, tmp_path / "out")
    (mine,) = keys.ring(here)
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    for ring, said in (
        ([], "nobody is known to hold the key"),
        ([replace(mine, revoked=TODAY.isoformat(), reason="stolen")], "was revoked on 2026-11-20 (stolen)"),
        ([replace(mine, since=tomorrow)], "is valid from 2026-11-21 on"),
        ([replace(mine, until=TODAY.isoformat())], "was replaced on 2026-11-20"),
    ):
        (problem,) = folder.problems(ring)
        assert said in problem
        assert "the registry allows release-manager for 1.3 (who has no key that is valid that day)" in problem
    for ring in ([replace(mine, revoked=tomorrow, reason="stolen")], [replace(mine, until=tomorrow)]):
        assert folder.problems(ring) == [], "what was logged before that day stays good"


@pytest.mark.row("RL-19")
def test_a_thief_cannot_date_a_signature_back(here: Settings, tmp_path: Path) -> None:
    """The day is the log's: with the stolen key alone nobody makes an entry of an earlier day."""
    signed(here, tmp_path / "first")
    thief = settings.load({}, "rabbit", {"data": str(tmp_path / "thief"), "today": TODAY})
    shutil.copytree(here.data / "keys", thief.data / "keys")
    (thief.data / "keys" / "log.pem").unlink()  # the log's key is elsewhere
    forged = signed(thief, tmp_path / "forged", day=TODAY)
    keys.revoke(here, keys.ring(here)[0].keyid, NEXT_WEEK, "stolen")
    problems = Folder(forged.path, here).problems()
    assert any("did not sign it" in problem for problem in problems)


@pytest.mark.row("RL-19")
def test_a_security_release_is_signed_by_its_branchs_own_release_manager() -> None:
    registry = settings.load({}, "cpython").load_registry()
    ring = tuple(
        Signer(name, f"{number:064x}", {}, since="2020-01-01")
        for number, name in enumerate(("Thomas Wouters", "Hugo van Kemenade", "Savannah Ostrowski"))
    )
    rules, day = Policy(registry, ring), date(2026, 8, 22)
    allowed = {
        version: [one.name for one in ring if not rules.refusal(Version.parse(version), one.keyid, day)]
        for version in ("3.12.14", "3.13.9", "3.14.0", "3.15.0b1", "3.16.0a1", "3.10.20", "4.0.0")
    }
    assert allowed == {
        "3.12.14": ["Thomas Wouters"],
        "3.13.9": ["Thomas Wouters"],
        "3.14.0": ["Hugo van Kemenade"],
        "3.15.0b1": ["Hugo van Kemenade"],
        "3.16.0a1": ["Savannah Ostrowski"],
        "3.10.20": [],
        "4.0.0": [],
    }
    assert "allows Pablo Galindo Salgado for 3.10" in rules.refusal(Version.parse("3.10.20"), ring[0].keyid, day)
    assert "names no release manager for 4.0" in rules.refusal(Version.parse("4.0.0"), ring[0].keyid, day)


@pytest.mark.row("RL-19")
def test_keys_are_rotated_by_the_day_and_what_the_old_one_signed_stays_good(here: Settings, tmp_path: Path) -> None:
    before = signed(here, tmp_path / "before")
    old = keys.signing_key(here, MANAGER, TODAY).public_key.keyid
    new = keys.rotate(here, MANAGER, NEXT_WEEK)
    assert (new.since, new.until) == (NEXT_WEEK.isoformat(), "")
    assert keys.signing_key(here, MANAGER, NEXT_WEEK - timedelta(days=1)).public_key.keyid == old
    assert keys.signing_key(here, MANAGER, NEXT_WEEK).public_key.keyid == new.keyid
    after = signed(here, tmp_path / "after", version="1.3.0a3", day=NEXT_WEEK)
    assert (before.problems(), after.problems()) == ([], [])
    with pytest.raises(KeyringError, match="rotate on a later day"):
        keys.rotate(here, MANAGER, NEXT_WEEK)


def test_a_revoked_key_signs_no_more_and_is_explained(here: Settings) -> None:
    keyid = keys.signing_key(here, MANAGER, TODAY).public_key.keyid
    for wrong, said in (("", "names 0 keys"), ("zz", "names 0 keys"), (keyid, "say which")):
        with pytest.raises(KeyringError, match=said):
            keys.revoke(here, wrong, TODAY, "" if wrong == keyid else "stolen")
    keys.revoke(here, keyid[:8], TODAY, "stolen")
    with pytest.raises(KeyringError, match=f"no key of {MANAGER} is valid on {TODAY}"):
        keys.signing_key(here, MANAGER, TODAY)
    with pytest.raises(KeyringError, match="was revoked on 2026-11-20 already"):
        keys.revoke(here, keyid, TODAY, "stolen")
    keys.rotate(here, MANAGER, TODAY + timedelta(days=1))
    assert [bool(one.revoked) for one in keys.ring(here)] == [True, False]


def test_a_private_key_that_is_elsewhere_is_asked_for_not_made_anew(here: Settings) -> None:
    keyid = keys.signing_key(here, MANAGER, TODAY).public_key.keyid
    (here.data / "keys" / f"{keyid[:16]}.pem").unlink()
    with pytest.raises(KeyringError, match="is not on this machine"):
        keys.signing_key(here, MANAGER, TODAY)
    assert len(keys.ring(here)) == 1


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = release_house.build(tmp_path_factory.mktemp("house"))
    yield made
    made.engine.dispose()


@pytest.mark.row("RL-19")
@pytest.mark.parametrize("rehearse", [True, False])
def test_a_wrong_signer_is_refused_before_anything_is_made(house: House, rehearse: bool) -> None:
    ended = cut.cut(house.settings, house.engine, VERSION, "mallory", rehearse, today=TODAY)
    assert (ended.state, ended.error) == (
        "failed",
        "gates: mallory may not sign 1.3.0a2: the registry allows release-manager for 1.3",
    )
    assert not (house.settings.downloads / VERSION).exists()
    assert not (house.settings.downloads / "log").exists()


@pytest.mark.row("RL-19")
def test_a_release_manager_whose_key_was_revoked_publishes_nothing_until_they_rotate(house: House) -> None:
    keyid = keys.signing_key(house.settings, MANAGER, TODAY - timedelta(days=9)).public_key.keyid
    keys.revoke(house.settings, keyid, TODAY, "stolen")
    ended = cut.cut(house.settings, house.engine, VERSION, MANAGER, today=TODAY)
    assert (ended.state, "rotate-key" in ended.error) == ("failed", True)
    assert not (house.settings.downloads / VERSION).exists()
    keys.rotate(house.settings, MANAGER, TODAY)
    ended = cut.cut(house.settings, house.engine, VERSION, MANAGER, today=TODAY)
    assert ended.state == "done", ended.error
    assert ended.folder is not None
    trust = verify.Trust(policy=policy.of(house.settings), log_key=log.key_of(house.settings))
    assert verify.verify(ended.folder, trust=trust) == []
    assert verify.audit(house.settings.downloads) == []
    published = keys.parse(house.settings.downloads / "signers.json")
    assert published == keys.ring(house.settings), "people can fetch whom to trust, once"


@pytest.mark.row("RL-19")
def test_nothing_is_begun_on_top_of_a_log_that_was_changed(house: House) -> None:
    """Runs on the house of the tests above, in which something is logged."""
    ledger = log.of(house.settings)
    if not ledger.checkpoint.exists():
        signed(house.settings, house.root / "signed")
    whole = ledger.entries.read_bytes()
    ledger.entries.write_bytes(whole.replace(b"release-manager", b"release-mangler", 1))
    ended = cut.cut(house.settings, house.engine, "1.3.0a3", MANAGER, today=TODAY)
    assert (ended.state, ended.error.startswith("gates: an entry before number")) == ("failed", True)
    ledger.entries.write_bytes(whole)
    assert ledger.read().entries


@pytest.mark.row("RL-19")
def test_the_statement_is_slsa_provenance_in_an_in_toto_statement(here: Settings, tmp_path: Path) -> None:
    folder = signed(here, tmp_path / "out")
    envelope = next(folder.path.glob(f"*{verify.ENVELOPE}")).read_bytes()
    tree = json.loads(envelope)
    assert set(tree) == {"payload", "payloadType", "signatures"}
    assert tree["payloadType"] == "application/vnd.in-toto+json"
    claim = sign.peek(envelope)
    shape = jsonschema_rs.Draft202012Validator(PROVENANCE, validate_formats=True)
    assert [str(error) for error in shape.iter_errors(claim)] == []
    build = claim["predicate"]["buildDefinition"]
    assert build["externalParameters"] == {
        "version": VERSION,
        "source": "https://forge.invalid/rabbit/rabbit",
        "ref": "refs/tags/v1.3.0a2",
    }
    assert build["resolvedDependencies"][0]["digest"] == {"gitCommit": "c0ffee" * 6}
    for broken in ("_type", "predicate", "subject"):
        assert not shape.is_valid({name: value for name, value in claim.items() if name != broken})


def test_a_folder_that_was_renamed_to_another_version_is_noticed(here: Settings, tmp_path: Path) -> None:
    folder = signed(here, tmp_path / "out")
    for path in list(folder.path.glob("Rabbit-*")):
        path.rename(path.with_name(path.name.replace("1.3.0a2", "1.3.0a3")))
    assert any("this is the statement of 1.3.0a2" in problem for problem in folder.problems())


def answered(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """What the command answered: exit code, lines, complaints."""
    capsys.readouterr()
    try:
        main(words)
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    read = capsys.readouterr()
    return code, read.out, read.err


@pytest.mark.row("RL-19")
def test_everything_can_be_asked_and_done_in_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "camelot.toml"
    config.write_text(f'data = "{tmp_path / "data"}"\ntoday = {TODAY}\n')
    given = settings.load({"CAMELOT_CONFIG": str(config)})

    def said(*words: str) -> tuple[int, str, str]:
        return answered(capsys, "--config", str(config), *words)

    ledger = log.of(given)
    nothing = f"camelot: there is no log in {ledger.folder}: {ledger.key} is missing\n"
    assert said("release", "log") == (1, "", nothing)
    first = signed(given, given.downloads / VERSION)
    kept = tmp_path / "kept"
    shutil.copy(log.of(given).checkpoint, kept)
    signed(given, given.downloads / "1.3.0a3", who="mallory", version="1.3.0a3")
    assert said("release", "verify", str(first.path))[:2] == (
        0,
        "1.3.0a2: signature, log, checksums and SBOM hold\n",
    )
    code, _, complaint = said("release", "verify", str(given.downloads / "1.3.0a3"))
    assert (code, "mallory (key" in complaint) == (1, True)
    ring = tmp_path / "ring.json"
    ring.write_bytes(keys.document([]))
    code, out, _ = said("release", "verify", str(first.path), "--signers", str(ring))
    assert (code, "nobody vouches for the key" in out) == (0, True)
    code, out, _ = said("release", "log", "--json", "--verify")
    tree = json.loads(out)
    assert (code, [row["version"] for row in tree["entries"]], tree["head"]["size"]) == (0, [VERSION, "1.3.0a3"], 2)
    code, out, _ = said("release", "log", "--since", str(kept), "--verify")
    assert (code, "old 1\n" in out, "the log only grew" in out) == (0, True, True)
    assert said("release", "log", "--since", str(ring))[0] == 2
    code, out, _ = said("release", "signers")
    assert (code, "1.3    release-manager" in out, "mallory: from 2026-11-20" in out) == (0, True, True)
    keyid = keys.ring(given)[0].keyid
    assert said("release", "revoke-key", keyid, "--reason", "stolen")[0] == 0
    assert said("--today", "2026-11-21", "release", "rotate-key", MANAGER)[0] == 0
    rows = json.loads(said("release", "signers", "--json")[1])["signers"]
    assert [(row["name"], row["reason"]) for row in rows] == [(MANAGER, "stolen"), ("mallory", ""), (MANAGER, "")]
    assert said("release", "verify", str(first.path))[0] == 1, "it was logged on the day of the revocation"
    entries = log.of(given).entries
    entries.write_bytes(entries.read_bytes().replace(b"mallory", b"nobody1"))
    assert "was changed" in said("release", "log", "--since", str(kept))[2]
    note.Checkpoint.parse(note.opened(kept.read_text(), log.key_of(given)))
