"""How far people come with forms is counted, and what is settled without an agent."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables: one line for each filling-in of a form, one for each matter settled without an agent."""
    op.create_table(
        "form_visit",
        sa.Column("visit_key", sa.String(), nullable=False),
        sa.Column("service_code", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("visit_key"),
    )
    op.create_index("form_visit_by_time", "form_visit", ["begun_at"])
    op.create_table(
        "self_served",
        sa.Column("served_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("served_id"),
    )
    op.create_index("self_served_by_time", "self_served", ["at"])
