"""What the App lacks is named at the start; what GitHub lists is compared with what we know."""

from __future__ import annotations

import pytest

from bots.reconcile import changed
from bots.selfcheck import EVENTS, PERMISSIONS, lacking
from core.records import Known

RIGHTS = {name: level for name, level, _ in PERMISSIONS}
HEARD = [name for name, _ in EVENTS]


@pytest.mark.row("GH-6")
def test_an_app_with_every_right_and_event_lacks_nothing() -> None:
    assert list(lacking(RIGHTS, HEARD)) == []
    assert list(lacking({**RIGHTS, "metadata": "write", "contents": "admin"}, ["*"])) == []


@pytest.mark.row("GH-6")
def test_each_missing_right_and_event_is_named_with_the_rule_that_is_off() -> None:
    rights = {**RIGHTS, "statuses": "read"}
    del rights["members"]
    found = list(lacking(rights, [event for event in HEARD if event != "push"]))
    checks = "the checks of news, issue numbers, the agreement and branches"
    assert found == [
        f"permission 'statuses' is 'read' and has to be 'write': off without it: {checks}",
        "permission 'members' is 'none' and has to be 'read': off without it: who is a core developer",
        "event 'push' is not subscribed to: off without it: builds",
    ]


@pytest.mark.row("IN-9")
def test_only_what_is_new_changed_or_closed_meanwhile_is_looked_at_again() -> None:
    known = [Known(1, "open", "t1"), Known(2, "open", "t1"), Known(3, "open", "t1"), Known(4, "merged", "t1")]
    assert set(changed({1: "t1", 2: "t2", 5: "t1"}, known)) == {2, 3, 5}
    assert set(changed({4: "t2"}, [Known(4, "closed", "t1")])) == {4}, "reopened"
    assert list(changed({1: "t1"}, [Known(1, "open", "t1")])) == []
