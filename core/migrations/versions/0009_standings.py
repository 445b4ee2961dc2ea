"""What pages show of the farm, kept beside the builds; the master fills it as it starts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"


def _text(name: str, length: int, primary_key: bool = False, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), primary_key=primary_key, nullable=nullable)


def _json(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _yes(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _long(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    op.add_column("builds", sa.Column("put_away", sa.Boolean(), nullable=False, server_default=sa.false()))
    revisions = op.create_table("revisions", _text("name", 20, primary_key=True), _number("number"))
    op.bulk_insert(revisions, [{"name": "farm", "number": 0}])
    op.create_table(
        "standings",
        _text("builder", 120, primary_key=True),
        _text("branch", 100, primary_key=True),
        _text("kind", 40),
        _number("tier"),
        _yes("stable"),
        _json("latest"),
        _json("breaking", nullable=True),
        _json("good", nullable=True),
        _number("streak"),
        _long("dots"),
    )
    op.create_index("standings_branch", "standings", ["branch", "builder"])
    op.create_table(
        "troubles",
        _text("branch", 100, primary_key=True),
        _text("test", 200, primary_key=True),
        _text("builder", 120, primary_key=True),
        _text("state", 20),
        _yes("red"),
        _json("since", nullable=True),
        _json("good", nullable=True),
        _text("commit", 64),
        _text("at", 40),
        _number("failures"),
        _number("wavers"),
    )
    op.create_index("troubles_builder", "troubles", ["branch", "builder"])
    op.create_table(
        "flakes",
        _text("branch", 100, primary_key=True),
        _text("test", 200, primary_key=True),
        _yes("wavers"),
        _long("reason"),
        sa.Column("rate", sa.Float(), nullable=False),
        _text("at", 40),
    )
    op.create_table(
        "leak_counts",
        sa.Column("build", sa.Integer(), sa.ForeignKey("builds.id"), primary_key=True),
        _text("builder", 120),
        _text("branch", 100),
        _text("commit", 64),
        _text("at", 40),
        _number("tests"),
        _json("names"),
    )
    op.create_index("leak_counts_branch", "leak_counts", ["branch", "build"])
    op.create_table(
        "farm_workers",
        _text("name", 100, primary_key=True),
        _text("owner", 100),
        _yes("connected"),
        _yes("paused"),
        _text("since", 40),
        _long("downtime"),
        _json("builders"),
        _json("doing"),
        _text("told", 40),
    )
    op.create_table(
        "farm_queue",
        _text("builder", 120, primary_key=True),
        _number("waiting"),
        _text("oldest", 40),
        _long("reason"),
    )
