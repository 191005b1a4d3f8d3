"""People say by which ways they agree to be asked, and to hear the city's own notices."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; who said nothing is asked as they are told, and hears no notices."""
    op.add_column("vault_person", sa.Column("surveys", sa.String(), nullable=True))
    op.add_column("vault_person", sa.Column("notices", sa.String(), server_default="", nullable=False))
