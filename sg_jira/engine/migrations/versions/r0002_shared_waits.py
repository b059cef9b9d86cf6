"""Trouble and pace that all workers share, what an event waits for, witnesses of creations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NEW_COLUMNS = (
    ("event", "awaits", sa.Text),
    ("creation", "finished", sa.Double),
    ("creation", "place", sa.Text),
    ("creation", "words", sa.Text),
)


def upgrade() -> None:
    """Adds two tables, and columns that are empty at first."""
    for table, name, kind in _NEW_COLUMNS:
        op.add_column(table, sa.Column(name, kind))
    _partial_index("event_by_awaits", "event", "awaits", "awaits IS NOT NULL")
    _partial_index("event_of_bulk", "event", "state", "lane = 'bulk'")
    op.create_table(
        "trouble",
        sa.Column("site", sa.Text, primary_key=True),
        sa.Column("until", sa.Double),
        sa.Column("reason", sa.Text),
        sa.Column("times_open", sa.Integer, nullable=False),
        sa.Column("failing", sa.Text, nullable=False),
        sa.Column("probe", sa.Text),
        sa.Column("probe_until", sa.Double),
        sa.Column("probes", sa.Integer, nullable=False),
        sa.Column("spared", sa.Text, nullable=False),
        sa.Column("near_limit_until", sa.Double),
    )
    is_postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "pace",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("moments", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        # Of use for half a minute: not worth a write to disk per call.
        prefixes=["UNLOGGED"] if is_postgres else [],
    )


def _partial_index(name: str, table: str, column: str, condition: str) -> None:
    """An index that rows outside of the condition cost nothing."""
    where = sa.text(condition)
    op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Takes all of it away again; events that wait go on waiting."""
    op.drop_table("pace")
    op.drop_table("trouble")
    op.drop_index("event_of_bulk", "event")
    op.drop_index("event_by_awaits", "event")
    for table, name, _ in _NEW_COLUMNS:
        op.drop_column(table, name)
