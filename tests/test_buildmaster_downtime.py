"""When a worker is given no build: windows of a week, over midnight, in the owner's own time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from buildmaster import inventory
from buildmaster.downtime import is_down, parse

# The 20th of November 2026 is a Friday; Prague is an hour ahead of UTC then, two in summer.


@pytest.mark.row("A7")
@pytest.mark.parametrize(
    ("window", "at", "down"),
    [
        ("fri 10:00-12:00", "2026-11-20T10:00:00+00:00", True),
        ("fri 10:00-12:00", "2026-11-20T11:59:59+00:00", True),
        ("fri 10:00-12:00", "2026-11-20T12:00:00+00:00", False),
        ("fri 10:00-12:00", "2026-11-21T11:00:00+00:00", False),
        ("fri 22:00-06:00", "2026-11-21T05:00:00+00:00", True),  # begun the day before
        ("fri 22:00-06:00", "2026-11-20T05:00:00+00:00", False),  # Thursday's night is no Friday's
        ("fri 10:00-12:00 Europe/Prague", "2026-11-20T09:30:00+00:00", True),
        ("fri 10:00-12:00 Europe/Prague", "2026-11-20T11:30:00+00:00", False),
        ("mon 10:00-12:00 Europe/Prague", "2026-07-20T08:30:00+00:00", True),  # in summer two hours ahead
        ("sat-mon 00:00-00:00", "2026-11-22T13:00:00+00:00", True),  # whole days, over the end of the week
        ("sat-mon 00:00-00:00", "2026-11-24T00:00:00+00:00", False),
        ("tue,fri 10:00-12:00", "2026-11-20T10:30:00+00:00", True),
        ("daily 03:00-04:00", "2026-11-20T03:30:00+00:00", True),
    ],
)
def test_a_window_holds_from_its_first_minute_to_before_its_last(window: str, at: str, down: bool) -> None:
    assert is_down([window], datetime.fromisoformat(at)) is down
    assert is_down([], datetime.fromisoformat(at)) is False


@pytest.mark.parametrize(
    "text",
    ["", "fri", "fry 10:00-12:00", "fri- 10:00-12:00", "fri 25:00-26:00", "fri 10:00-12:00 Middle/Earth", "fri 1-2"],
)
def test_what_is_no_window_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is no downtime"):
        parse(text)


def test_an_inventory_with_a_wrong_downtime_names_its_place(tmp_path: Path) -> None:
    file = tmp_path / "inventory.toml"
    row = '[[worker]]\nname = "pi"\nowner = "ada"\ntags = ["arm"]\ndowntime = ["{}"]\n'
    file.write_text(row.format("sat-sun 22:00-06:00 Europe/Prague"))
    (worker,) = inventory.load(file)
    assert worker.downtime == ("sat-sun 22:00-06:00 Europe/Prague",)
    file.write_text(row.format("sometimes"))
    with pytest.raises(ValueError, match="worker pi: 'sometimes' is no downtime"):
        inventory.load(file)
