"""Durations are counted for a service as a whole, and by classes of age for its areas."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_ENDS = "ARRAY(SELECT ceil(10 * 2 ^ (n / 10.0) - 1e-9)::int FROM generate_series(0, 198) AS n)"


def upgrade() -> None:
    """Count what was closed before anew from the counts by area and duration."""
    op.create_table(
        "closing_age",
        sa.Column("service_code", _TEXT(), nullable=False),
        sa.Column("area", _TEXT(), nullable=False),
        sa.Column("cohort", sa.Date(), nullable=False),
        sa.Column("age_class", sa.SmallInteger(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("service_code", "area", "cohort", "age_class"),
    )
    op.execute(f"""
INSERT INTO closing_age SELECT service_code, area, cohort, width_bucket(minutes, {_ENDS}), sum(requests)
FROM closing_count WHERE area <> '' AND requests <> 0 GROUP BY 1, 2, 3, 4
""")
    op.rename_table("closing_count", "closing_count_by_area")
    op.create_table(
        "closing_count",
        sa.Column("service_code", _TEXT(), nullable=False),
        sa.Column("cohort", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("service_code", "cohort", "minutes", name="closing_count_whole"),
    )
    op.execute("""
INSERT INTO closing_count SELECT service_code, cohort, minutes, sum(requests)
FROM closing_count_by_area GROUP BY 1, 2, 3 HAVING sum(requests) <> 0
""")
    op.drop_table("closing_count_by_area")
    op.execute("ALTER TABLE closing_count RENAME CONSTRAINT closing_count_whole TO closing_count_pkey")
