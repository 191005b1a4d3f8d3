"""Clocks of requests that follow another."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Whether another request's clock runs in its place."""
    op.add_column("clock", sa.Column("linked", sa.Boolean(), server_default=sa.text("false"), nullable=False))
