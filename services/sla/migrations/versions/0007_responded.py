"""When each request was first responded to."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of requests that were responded to before, a rebuild finds when."""
    op.add_column("clock", sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True))
