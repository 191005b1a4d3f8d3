"""What was published of areas; whose a published target is, and why a proposed one was put aside."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    """Areas that were counted before are published with the next count."""
    op.alter_column("area_forecast", "sample_size", server_default=sa.text("0"))
    op.alter_column("area_forecast", "way", server_default=sa.text("''"))
    op.add_column("area_forecast", sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("area_forecast", sa.Column("apart", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    words = sa.Column("words", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False)
    op.add_column("area_forecast", words)
    op.add_column("published_target", sa.Column("agency", _TEXT(), nullable=True))
    op.add_column("target_review", sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("target_review", sa.Column("dismissed_by", _TEXT(), server_default=sa.text("''"), nullable=False))
    op.add_column("target_review", sa.Column("reason", _TEXT(), server_default=sa.text("''"), nullable=False))
