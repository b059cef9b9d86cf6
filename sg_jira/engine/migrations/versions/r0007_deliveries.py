"""Deliveries of FPTR's own webhooks that are to be acknowledged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Adds a table."""
    op.create_table(
        "delivery",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("received_at", sa.Double, nullable=False),
        sa.Column("told", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
    )
    op.create_index("delivery_by_time", "delivery", ["received_at"])


def downgrade() -> None:
    """Takes it away again."""
    op.drop_table("delivery")
