"""What was agreed on with an agency goes with each invitation: which questions, and after how many days a reminder."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what was sent before asks all questions, and is reminded of when it was planned."""
    op.add_column("invitation", sa.Column("questions", sa.String(), server_default="", nullable=False))
    op.add_column("invitation", sa.Column("remind_days", sa.Integer(), nullable=True))
