"""Which questions an invitation asks goes with it: an agency may have agreed on fewer."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; who was asked before is asked everything."""
    op.add_column("vault_survey_ask", sa.Column("questions", sa.String(), server_default="", nullable=False))
