"""Contacts whose telephone wants no texts."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leave empty what is not known: a STOP from before is told of with the telephone's next new contact."""
    op.add_column("vault_contact", sa.Column("texts_stopped", sa.Boolean(), nullable=True))
