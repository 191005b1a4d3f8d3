"""Requests that follow another."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    """Who is told what is told of another request."""
    op.create_table(
        "link",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=False),
        sa.Column("contact_refs", _TEXT(), nullable=False),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_index("link_by_parent", "link", ["parent_id"], unique=False)
