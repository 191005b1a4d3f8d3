"""A request shows until when its work is due now, beside the target as it was first given."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; promises that were kept before show it with the next revision or a rebuild."""
    op.add_column("promise", sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True))
