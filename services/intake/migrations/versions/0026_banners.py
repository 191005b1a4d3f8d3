"""Pages show urgent articles and the city's campaigns while they hold."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is shown; an article that was urgent before shows with its next version or a rebuild."""
    op.add_column("article", sa.Column("banner", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("article", sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("article", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "campaign",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", JSONB(), nullable=False),
        sa.Column("text", JSONB(), nullable=False),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
