"""Requests that the triage desk sent elsewhere."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep where each was sent, why, and with which number and hours."""
    text, moment = sqlmodel.sql.sqltypes.AutoString(), sa.DateTime(timezone=True)
    op.create_table(
        "diversion",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("diversion_id", sa.Uuid(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("destination", text, nullable=False),
        sa.Column("kind", text, nullable=False),
        sa.Column("reason", text, nullable=False),
        sa.Column("disposition", text, nullable=True),
        sa.Column("phone", text, nullable=True),
        sa.Column("hours", text, nullable=True),
        sa.Column("was_open", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("request_id", "sequence"),
    )
    op.create_index("diversion_at", "diversion", ["at"])
