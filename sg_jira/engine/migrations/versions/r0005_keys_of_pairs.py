"""Finds the other keys of a pair."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Adds an index."""
    op.create_index("alias_by_key", "alias", ["ordering_key"])


def downgrade() -> None:
    """Takes it away again."""
    op.drop_index("alias_by_key", "alias")
