"""Alembic's entry: run the migrations on the connection that `core/database.py` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from core.models import metadata

LOCK = 0x63616D65  # any number that only this project takes as a PostgreSQL advisory lock

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
