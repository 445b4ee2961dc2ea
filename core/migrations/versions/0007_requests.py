"""Requests of builds wait for quiet, name their builders, and are superseded by a later commit of their subject."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("build_requests", sa.Column("pace", sa.String(length=10), nullable=False, server_default=""))
    op.add_column("build_requests", sa.Column("scope", sa.String(length=120), nullable=False, server_default=""))
    op.add_column("build_requests", sa.Column("names", sa.JSON(), nullable=False, server_default="[]"))
    op.create_index("build_requests_scope", "build_requests", ["scope", "state"])
