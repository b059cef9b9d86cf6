"""Which file is the copy of which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds a table."""
    op.create_table(
        "file_copy",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("place", sa.Text, primary_key=True),
        sa.Column("made", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_index("file_copy_by_made", "file_copy", ["made"])


def downgrade() -> None:
    """Takes it away again."""
    op.drop_table("file_copy")
