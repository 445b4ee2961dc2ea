"""An upgrade over a full inbox: nothing is lost, the order stays, and signatures can be added to and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from core import database, records
from core.records import Signature
from core.store import Store, now

OLD = (
    "INSERT INTO deliveries (guid, source, event, subject, payload, state, attempts, next_try, error, received, "
    "finished) VALUES (:guid, 'github', 'push', :subject, '{\"n\": 1}', :state, 0, '', '', '2026-01-01', '')"
)


def at_the_first_schema(url: str) -> None:
    """A database as the first version of this project made it, with work in its inbox."""
    engine = create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for number in range(20):
            state = ("new", "decided")[number % 2]
            row = {"guid": f"{number:02}", "subject": f"pull:{number % 4}", "state": state}
            connection.execute(text(OLD), row)
    engine.dispose()


@pytest.mark.row("OP-5")
def test_an_upgrade_with_a_full_inbox_keeps_the_order_and_loses_nothing(database_url: str) -> None:
    at_the_first_schema(database_url)
    store = Store(database.connect(database_url))
    done: list[tuple[str, str]] = []
    while claimed := store.claim(now()):
        for delivery in claimed:
            assert delivery.payload == {"n": 1}
            done.append((delivery.subject, delivery.guid))
            store.finish(delivery.id)
            store.let_go(delivery.subject)
    assert sorted(guid for _, guid in done) == [f"{number:02}" for number in range(20)]
    for subject in {subject for subject, _ in done}:
        mine = [guid for each, guid in done if each == subject]
        assert mine == sorted(mine)
    store.close()


@pytest.mark.row("CL-10")
@pytest.mark.parametrize("change", ["UPDATE signatures SET revoked = revoked", "DELETE FROM signatures"])
def test_the_database_itself_refuses_to_change_or_take_away_a_signature(database_url: str, change: str) -> None:
    engine = database.connect(database_url)
    signature = Signature(11, "ada", "ada@example.org", "agreement-1", "f" * 64, False, "2026-11-20T10:00:00Z")
    assert records.add_signature(engine, signature)
    assert not records.add_signature(engine, signature), "the same one is in force"
    with pytest.raises(DBAPIError, match="signatures are only ever added"), engine.begin() as connection:
        connection.execute(text(change))
    assert records.in_force(engine, "agreement-1") == [signature]
    engine.dispose()
