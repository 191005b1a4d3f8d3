"""What people agreed to and refused, by channel and purpose."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; who said nothing is told of their own requests."""
    op.add_column("profile", sa.Column("consents", sa.String(), nullable=True))
