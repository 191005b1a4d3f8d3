"""Rules that are published while the service runs, rehearsals, and how services stand."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep sets of rules with who and when, what was rehearsed, and who switched which service."""
    text, moment = sqlmodel.sql.sqltypes.AutoString(), sa.DateTime(timezone=True)
    op.create_table(
        "rule_set",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fingerprint", text, nullable=False),
        sa.Column("rules", text, nullable=False),
        sa.Column("effective_at", moment, nullable=False),
        sa.Column("published_at", moment, nullable=False),
        sa.Column("role", text, nullable=False),
        sa.Column("subject", text, nullable=False),
        sa.Column("reason", text, nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "rehearsal",
        sa.Column("fingerprint", text, nullable=False),
        sa.Column("held_at", moment, nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    op.create_table(
        "standing",
        sa.Column("service_code", text, nullable=False),
        sa.Column("effective_at", moment, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("standing", postgresql.JSONB(), nullable=False),
        sa.Column("role", text, nullable=False),
        sa.Column("subject", text, nullable=False),
        sa.Column("reason", text, nullable=False),
        sa.PrimaryKeyConstraint("service_code", "number"),
    )
