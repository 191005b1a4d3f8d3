"""Trained readers, and what was read."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep each version with its marks, and each reading with its version."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "reader_version",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("verdict", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("examples", sa.Integer(), nullable=False),
        sa.Column("marks", postgresql.JSONB(), nullable=False),
        sa.Column("marks_in_use", postgresql.JSONB(), nullable=False),
        sa.Column("against", sa.Integer(), nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=True),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.Column("put_to_use_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_index("reader_in_use", "reader_version", ["in_use"], unique=True, postgresql_where=sa.text("in_use"))
    op.create_table(
        "reading",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("services", postgresql.JSONB(), nullable=False),
        sa.Column("agencies", postgresql.JSONB(), nullable=False),
        sa.Column("assigned", sa.Boolean(), nullable=False),
        sa.Column("read_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("request_id"),
    )
