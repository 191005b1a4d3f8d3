"""Messages that were given up wait for a person."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add their table."""
    op.create_table(
        "undelivered",
        sa.Column("intent_id", sa.Uuid(), primary_key=True),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("contact_ref", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("moment", sa.String(), nullable=False),
        sa.Column("transition", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("details", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("parked_at", _MOMENT, nullable=False),
        sa.Column("redriven_at", _MOMENT, nullable=True),
        sa.Column("redriven_by", sa.String(), nullable=True),
    )
    waiting = sa.text("redriven_at IS NULL")
    op.create_index("undelivered_waiting", "undelivered", ["parked_at", "intent_id"], postgresql_where=waiting)
    op.create_index("undelivered_of", "undelivered", ["contact_ref"])
