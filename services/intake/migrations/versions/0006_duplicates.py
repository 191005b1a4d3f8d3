"""Followers and links between requests."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    """Whom a request follows, what it recurs of, who follows it, and which were said to be different."""
    for name in ("parent_request_id", "recurrence_of"):
        op.add_column("request", sa.Column(name, sa.Uuid(), nullable=True))
    op.add_column("request", sa.Column("followers", _TEXT(), nullable=True))
    op.create_index(
        "request_by_parent",
        "request",
        ["parent_request_id"],
        unique=False,
        postgresql_where=sa.text("parent_request_id IS NOT NULL"),
    )
    op.create_table(
        "not_duplicate",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "other_id"),
    )
