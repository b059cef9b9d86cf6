"""Which calls to the sites an event has cost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Adds a column; what ran before has none."""
    op.add_column("event", sa.Column("calls", sa.Text))


def downgrade() -> None:
    """Takes it away again."""
    op.drop_column("event", "calls")
