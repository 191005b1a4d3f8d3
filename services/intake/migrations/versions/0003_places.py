"""Places: what could not be found, districts, assets."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    """Add how a place is known to the requests, and the queue of those that are not."""
    for name in ("place_method", "asset_id", "setting"):
        op.add_column("request", sa.Column(name, _TEXT(), nullable=True))
    for name in ("place_accuracy", "place_confidence"):
        op.add_column("request", sa.Column(name, sa.Float(), nullable=True))
    op.create_table(
        "unverified_place",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("doubt", _TEXT(), nullable=False),
        sa.Column("candidates", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_index("unverified_place_by_time", "unverified_place", ["at", "request_id"], unique=False)
