"""What comes next is found in the order of arrival, without sorting all that waits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

OPEN = "state IN ('new', 'decided')"


def upgrade() -> None:
    op.create_index(
        "deliveries_next",
        "deliveries",
        ["id", "subject", "next_try", "state"],
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )
