"""How often and by which ways people wish to be told, since when, and addresses that are for that alone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("vault_person", sa.Column("frequency", sa.String(), nullable=False, server_default="every"))
    op.add_column("vault_person", sa.Column("channels", sa.String(), nullable=False, server_default=""))
    op.add_column("vault_person", sa.Column("push", postgresql.JSONB()))
    op.add_column("vault_person", sa.Column("postal_address", sa.String()))
    op.add_column("vault_person", sa.Column("consented_at", sa.DateTime(timezone=True)))
