"""Events, aliases, creations, newest changes, facts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes all tables."""
    sequence = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "event",
        sa.Column("seq", sequence, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("settings_name", sa.Text, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("ordering_key", sa.Text, nullable=False),
        sa.Column("subject_type", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Text, nullable=False),
        sa.Column("params", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("signed", sa.Boolean, nullable=False),
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("occurred_at", sa.Double),
        sa.Column("received_at", sa.Double, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("not_before", sa.Double),
        sa.Column("failing_since", sa.Double),
        sa.Column("reason", sa.Text),
        sa.Column("detail", sa.Text),
        sa.Column("trace", sa.Text),
        sa.Column("handler", sa.Text),
        sa.Column("shotgun_calls", sa.Integer, nullable=False),
        sa.Column("jira_calls", sa.Integer, nullable=False),
        sa.Column("milliseconds", sa.Integer, nullable=False),
        sa.Column("merged_into", sa.BigInteger),
        sa.Column("done_at", sa.Double),
        sa.UniqueConstraint("settings_name", "direction", "id", name="event_identity"),
        sqlite_autoincrement=True,
    )
    op.create_index("event_by_state", "event", ["state", "ordering_key", "seq"])
    op.create_index("event_by_key", "event", ["ordering_key", "seq"])
    op.create_index("event_by_done", "event", ["done_at"])
    op.create_table(
        "alias",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("ordering_key", sa.Text, nullable=False),
    )
    op.create_table(
        "creation",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("began", sa.Double, nullable=False),
        sa.Column("made", sa.Text),
    )
    op.create_table(
        "newest",
        sa.Column("record", sa.Text, primary_key=True),
        sa.Column("field", sa.Text, primary_key=True),
        sa.Column("source_id", sa.BigInteger, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
    )
    op.create_index("newest_by_time", "newest", ["at"])
    op.create_table(
        "fact",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Takes all tables away again."""
    for name in ("fact", "newest", "creation", "alias", "event"):
        op.drop_table(name)
