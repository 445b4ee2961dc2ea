"""A gate that somebody answers for: who may, for what, until when; what is forged, revoked or over does not count."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.signer import CryptoSigner
from sqlalchemy import update

from core.models import release_waivers
from core.versions import Version
from release import cut, gates, keys, sign, waivers
from release.judging import Excuse
from release.waivers import Waiver, WaiverError
from tests import release_house as house_of
from tests.release_house import TODAY, VERSION, House

ME, WHY = "release-manager", "its machine burned down"
UNTIL = TODAY + timedelta(7)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """One of its builders is red."""
    house = house_of.build(tmp_path)
    house_of.built(house, "refleak", "failure", house.head)
    yield house
    house.engine.dispose()


def waive(house: House, gate: str = "builders", actor: str = ME, why: str = WHY, until: date = UNTIL) -> Waiver:
    return waivers.waive(house.settings, house.engine, Version.parse(VERSION), gate, actor, why, until, TODAY)


def builders(house: House, today: date = TODAY, version: str = VERSION) -> Excuse:
    found = gates.excuses(house.settings, house.engine, version, today)
    return next(excuse for excuse in found if excuse.gate == "builders")


def change(house: House, **columns: Any) -> None:
    with house.engine.begin() as connection:
        connection.execute(update(release_waivers).values(**columns))


@pytest.mark.row("RL-14")
def test_a_waived_gate_lets_a_cut_pass_and_its_record_says_who_why_and_until_when(house: House) -> None:
    assert builders(house).state == "block"
    waive(house)
    excuse = builders(house)
    assert excuse.state == "waived"
    assert excuse.reason.startswith(f"waived by {ME} until {UNTIL}: {WHY} (it says: refleak: FAILURE")
    assert excuse.evidence["waived"] == {"waiver": 1, "actor": ME, "why": WHY, "until": str(UNTIL), "was": "block"}
    result = cut.cut(house.settings, house.engine, VERSION, ME, today=TODAY)
    assert result.state == "done"
    gate = next(row for row in cut.runs(house.engine)[0].steps[0].evidence["excuses"] if row[0] == "builders")
    assert gate == ["builders", "waived", excuse.reason]


@pytest.mark.row("RL-14")
def test_it_holds_for_its_gate_and_version_only_and_through_its_last_day(house: House) -> None:
    waive(house)
    house_of.built(house, "debug", "failure", house.head)
    assert builders(house, version="1.3.0a3").state == "block"
    states = {excuse.gate: excuse.state for excuse in gates.excuses(house.settings, house.engine, VERSION, TODAY)}
    assert [gate for gate, state in states.items() if state == "waived"] == ["builders"]
    assert builders(house, today=UNTIL).state == "waived"
    over = builders(house, today=UNTIL + timedelta(1))
    assert over.state == "block"
    assert over.reason.endswith(f"(waiver 1 of {ME} ran out on {UNTIL})")


@pytest.mark.row("RL-14")
def test_a_gate_that_passes_by_itself_is_not_called_waived(house: House) -> None:
    waive(house)
    house_of.built(house, "refleak", "success", house.head)
    assert builders(house).state == "pass"


# What somebody changed in the row, who could not sign it.
FORGED = [{"until": "2027-12-31"}, {"why": "because"}, {"actor": "ada"}, {"at": "2026-11-20T00:00:00.000+00:00"}]


@pytest.mark.row("RL-14")
def test_a_row_that_was_changed_afterwards_blocks_and_is_called_forged(house: House) -> None:
    made = vars(waive(house))
    for columns in FORGED:
        change(house, **columns)
        excuse = builders(house)
        assert excuse.state == "block"
        assert excuse.reason.endswith("(waiver 1 is forged: its row says something else than what was signed)")
        change(house, **{name: made[name] for name in columns})
    assert builders(house).state == "waived"


@pytest.mark.row("RL-14")
def test_an_envelope_that_another_key_signed_or_that_is_none_blocks(house: House) -> None:
    made = waive(house)
    claim = sign.opened(made.envelope.encode(), [keys.signing_key(house.settings, ME, TODAY).public_key])
    change(house, envelope=sign.sign(claim, CryptoSigner.generate_ed25519()).decode())
    assert "waiver 1 is forged: no allowed key made this signature" in builders(house).reason
    other = keys.signing_key(house.settings, "ada", TODAY)
    change(house, envelope=sign.sign(claim, other).decode())
    assert f"waiver 1 is forged: the key that signed it is not one of {ME}" in builders(house).reason
    change(house, envelope="{}")
    assert "waiver 1 is forged: not an envelope" in builders(house).reason
    change(house, envelope=made.envelope, gate="notices")
    assert builders(house).reason.endswith("FAILURE at the release commit, http://127.0.0.1/refleak/2")


@pytest.mark.row("RL-14")
def test_a_waiver_of_another_version_is_not_taken_for_this_one(house: House) -> None:
    made = waive(house)
    change(house, version="1.3.0a3")
    assert builders(house).state == "block"
    assert waivers.standing(house.settings, waivers.waivers(house.engine)[0], TODAY).startswith("is forged")
    assert json.loads(made.envelope)["payloadType"] == sign.PAYLOAD_TYPE


@pytest.mark.row("RL-14")
def test_what_a_revoked_key_signed_counts_no_more(house: House) -> None:
    waive(house)
    keys.revoke(house.settings, keys.ring(house.settings)[0].keyid, TODAY, "stolen")
    assert "waiver 1 is forged: no allowed key made this signature" in builders(house).reason


@pytest.mark.row("RL-14")
def test_a_release_manager_who_is_none_any_longer_answers_for_nothing(house: House, tmp_path: Path) -> None:
    waive(house)
    text = (Path(__file__).parent.parent / "core" / "registry" / "rabbit.toml").read_text(encoding="utf-8")
    other = tmp_path / "other.toml"
    other.write_text(text.replace('release-manager = "release-manager"', 'release-manager = "ada"'), encoding="utf-8")
    settings = house.settings.model_copy(update={"registry": other})
    (row,) = waivers.waivers(house.engine)
    fault = waivers.standing(settings, row, TODAY)
    assert fault == "does not hold: release-manager may not waive a gate of 1.3: its release manager is ada"


@pytest.mark.row("RL-14")
def test_what_is_revoked_blocks_again_and_is_listed_with_who_did_it(house: House) -> None:
    waive(house)
    with pytest.raises(WaiverError, match=r"ada may not waive a gate of 1\.3: its release manager is release-manager"):
        waivers.revoke(house.settings, house.engine, 1, "ada", TODAY)
    assert builders(house).state == "waived"
    first, again = (waivers.revoke(house.settings, house.engine, 1, ME, TODAY) for _ in range(2))
    assert first == again
    assert f"waiver 1 was revoked by {ME} on " in builders(house).reason
    waive(house)
    assert builders(house).state == "waived", "a new one holds beside the old one"
    with pytest.raises(WaiverError, match="there is no waiver 9"):
        waivers.revoke(house.settings, house.engine, 9, ME, TODAY)


# what is asked, what is said
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"gate": "tree"}, "tree cannot be waived: two cuts of one branch would overwrite each other"),
    ({"gate": "version"}, "version cannot be waived: a tree, a README or a registry that says another version"),
    ({"gate": "tag"}, "tag cannot be waived: a tag is never moved"),
    ({"gate": "branch"}, "branch cannot be waived"),
    ({"gate": "weather"}, "there is no gate 'weather': those that can be waived are date, news, builders"),
    ({"actor": "ada"}, "ada may not waive a gate of 1.3"),
    ({"actor": ""}, "nobody may not waive a gate of 1.3"),
    ({"why": " \n"}, "the reason is empty"),
    ({"until": TODAY - timedelta(1)}, "2026-11-19 is no end for a waiver: choose a day from 2026-11-20"),
    ({"until": TODAY + timedelta(93)}, "2027-02-21 is no end for a waiver"),
]


@pytest.mark.row("RL-14")
def test_what_nobody_can_waive_and_who_may_not_is_refused_with_the_reason(house: House) -> None:
    for asked, said in REFUSED:
        with pytest.raises(WaiverError) as refused:
            waive(house, **asked)
        assert said in str(refused.value)
    assert waivers.waivers(house.engine) == []


@pytest.mark.row("RL-14")
def test_an_entry_that_cannot_be_read_blocks_although_the_lack_of_entries_is_waived(house: House) -> None:
    waive(house, "news", why="nothing changed but the year")
    author = house.root / "author"
    house_of.commit(house.origin, author, {house_of.ENTRY: "- Wrong.\n"}, "Bad entry")
    states = {excuse.gate: excuse.state for excuse in gates.excuses(house.settings, house.engine, VERSION, TODAY)}
    assert states["news"] == "block"
    (author / house_of.ENTRY).unlink()
    house_of.commit(house.origin, author, {}, "No entry")
    states = {excuse.gate: excuse.state for excuse in gates.excuses(house.settings, house.engine, VERSION, TODAY)}
    assert states["news"] == "waived"


def test_every_gate_can_either_be_waived_or_says_why_not(house: House) -> None:
    found = {excuse.gate for excuse in gates.excuses(house.settings, house.engine, VERSION, TODAY)}
    assert found == {*waivers.ABLE, *waivers.NEVER}
