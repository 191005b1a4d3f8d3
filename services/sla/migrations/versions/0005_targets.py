"""Targets that people publish, and the reviews that propose them."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "published_target",
        sa.Column("number", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("service_code", _TEXT(), nullable=False),
        sa.Column("amount", sa.Float(), nullable=False),
        sa.Column("unit", _TEXT(), nullable=False),
        sa.Column("signed", sa.Boolean(), nullable=False),
        sa.Column("set_by", _TEXT(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("source", _TEXT(), nullable=False),
        sa.Column("approved_by", _TEXT(), server_default=sa.text("''"), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "target_review",
        sa.Column("service_code", _TEXT(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.Float(), nullable=False),
        sa.Column("unit", _TEXT(), nullable=False),
        sa.Column("present", sa.Float(), nullable=False),
        sa.Column("days_80", sa.Float(), nullable=False),
        sa.Column("sample_size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("service_code", "reviewed_on"),
    )
