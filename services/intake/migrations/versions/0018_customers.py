"""Who asked, a resident or a business, is kept with the request, so that an erasure can say it again."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; requests from before it are residents' until a rebuild reads from the log who they are of."""
    op.add_column("request", sa.Column("customer_type", sa.String(), nullable=False, server_default="resident"))
    op.alter_column("request", "customer_type", server_default=None)
