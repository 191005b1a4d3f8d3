"""Since when a request follows another."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep the moment of the link: what was told of the parent before is not told again."""
    moment = sa.DateTime(timezone=True)
    long_ago = "1970-01-01 00:00:00+00"
    op.add_column("link", sa.Column("since", moment, nullable=False, server_default=long_ago))
