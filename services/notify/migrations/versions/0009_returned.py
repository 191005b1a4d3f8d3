"""What came back of messages that were sent."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "returned",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _TEXT(), nullable=False),
        sa.Column("contact_ref", _TEXT(), nullable=False),
        sa.Column("flag", _TEXT(), nullable=False),
        sa.Column("detail", _TEXT(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "intent_id", "kind"),
    )
    op.create_index("returned_from", "returned", ["contact_ref", "flag"])
