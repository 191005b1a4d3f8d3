"""Articles that are for staff, or were taken back, are not shown to residents."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("article", sa.Column("shown", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.alter_column("article", "shown", server_default=None)
