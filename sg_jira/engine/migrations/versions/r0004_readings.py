"""How far the sites' changes were read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds two tables."""
    op.create_table(
        "reading",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger),
        sa.Column("reached", sa.Double),
        sa.Column("looked", sa.Double),
        sa.Column("scanned", sa.Double),
        sa.Column("asked", sa.Double),
        sa.Column("asked_scan", sa.Double),
        sa.Column("problem", sa.Text),
    )
    op.create_table(
        "missing_entry",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("since", sa.Double, nullable=False),
    )


def downgrade() -> None:
    """Takes them away again."""
    op.drop_table("missing_entry")
    op.drop_table("reading")
