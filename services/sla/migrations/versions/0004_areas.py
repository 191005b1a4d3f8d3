"""Areas and months of what was closed, what is open found by itself, and both ways of forecasting."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    """Whatever was counted before is kept in the month of this change, in no area."""
    op.add_column("clock", sa.Column("area", _TEXT(), server_default=sa.text("''"), nullable=False))
    op.add_column("clock", sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("clock", sa.Column("waited", sa.Integer(), server_default=sa.text("0"), nullable=False))
    where = sa.text("closed_at IS NULL AND NOT linked")
    op.create_index("open_clock", "clock", ["service_code", "area", "opened_at"], postgresql_where=where)
    op.create_index("clock_opened", "clock", ["opened_at"], postgresql_using="brin")
    op.add_column("closing_count", sa.Column("cohort", sa.Date(), nullable=True))
    op.add_column("closing_count", sa.Column("area", _TEXT(), server_default=sa.text("''"), nullable=False))
    op.execute("UPDATE closing_count SET cohort = date_trunc('month', now())::date")
    op.alter_column("closing_count", "cohort", nullable=False)
    op.alter_column("closing_count", "area", server_default=None)
    op.drop_constraint("closing_count_pkey", "closing_count")
    op.create_primary_key("closing_count_pkey", "closing_count", ["service_code", "cohort", "area", "minutes"])
    for name in ("days_10", "days_90"):
        op.add_column("forecast", sa.Column(name, sa.Float(), nullable=True))
    op.drop_column("forecast", "days_95")
    op.add_column("forecast", sa.Column("way", _TEXT(), server_default=sa.text("''"), nullable=False))
    op.execute("UPDATE forecast SET way = 'closed_requests' WHERE days_80 IS NOT NULL")
    op.add_column("forecast", sa.Column("ages", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False))
    op.create_table(
        "area_forecast",
        sa.Column("service_code", _TEXT(), nullable=False),
        sa.Column("area", _TEXT(), nullable=False),
        sa.Column("sample_size", sa.Integer(), nullable=False),
        sa.Column("days_10", sa.Float(), nullable=True),
        sa.Column("days_50", sa.Float(), nullable=True),
        sa.Column("days_80", sa.Float(), nullable=True),
        sa.Column("days_90", sa.Float(), nullable=True),
        sa.Column("way", _TEXT(), nullable=False),
        sa.PrimaryKeyConstraint("service_code", "area"),
    )
