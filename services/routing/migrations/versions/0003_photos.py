"""Photos of a request."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Photos that agencies are told of, by reference."""
    op.add_column("request", sa.Column("photos", postgresql.JSONB(), nullable=True))
