"""Campaigns, the areas of requests, and who said anything of the city's notices."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; requests known before have no areas until the service is rebuilt."""
    op.create_table(
        "campaign",
        sa.Column("code", sa.String(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("told_to", sa.String(), server_default="", nullable=False),
    )
    op.add_column("request", sa.Column("areas", sa.String(), nullable=True))
    noticed = sa.text("consents LIKE '%\"notices\"%'")
    op.create_index("profile_noticed", "profile", ["contact_ref"], postgresql_where=noticed)
