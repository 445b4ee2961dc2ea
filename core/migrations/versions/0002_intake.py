"""What several processes need, what reconciling needs, and signatures that nobody can change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

OPEN = "state IN ('new', 'decided')"
REFUSAL = "signatures are only ever added: to revoke one, add a row that says so"


def upgrade() -> None:
    op.create_index(
        "deliveries_waiting",
        "deliveries",
        ["subject", "id", "next_try", "state"],
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )
    op.create_index("api_calls_delivery", "api_calls", ["delivery"])
    op.create_table(
        "content_calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "configurations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("pull_requests", sa.Column("updated", sa.String(length=40), nullable=False, server_default=""))
    op.create_index("signatures_account", "signatures", ["account_id"])
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)


def _guards(dialect: str) -> list[str]:
    """The database itself refuses to change or take away a signature."""
    if dialect == "postgresql":
        function = (
            "CREATE FUNCTION keep_signatures() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
        trigger = (
            "CREATE TRIGGER signatures_stay BEFORE UPDATE OR DELETE ON signatures "
            "FOR EACH ROW EXECUTE FUNCTION keep_signatures()"
        )
        return [function, trigger]
    return [
        f"CREATE TRIGGER signatures_no_{what} BEFORE {what} ON signatures BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        for what in ("update", "delete")
    ]
