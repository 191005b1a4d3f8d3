"""Letters wait for the print room as what stands on them, and are taken in batches."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Change the queue. Letters had no provider before, so that none can wait."""
    op.execute("DELETE FROM printed_letter")
    op.drop_column("printed_letter", "pages")
    op.add_column("printed_letter", sa.Column("content", _TEXT(), nullable=False))
    op.add_column("printed_letter", sa.Column("batch_id", sa.Uuid(), nullable=True))
    op.add_column("printed_letter", sa.Column("claimed_until", _MOMENT, nullable=True))
    op.create_table(
        "print_batch",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("taken_at", _MOMENT, nullable=False),
        sa.Column("posted_at", _MOMENT, nullable=True),
        sa.Column("posted", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id"),
    )
