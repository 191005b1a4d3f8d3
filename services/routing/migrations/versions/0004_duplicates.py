"""Requests that follow another."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Whom a request follows; empty once it stands for itself again."""
    op.add_column("request", sa.Column("follows", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
