"""Feedback says which part of a request's way it is about."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what was said before, nobody knows."""
    op.add_column("feedback", sa.Column("stage", sa.String(), nullable=True))
