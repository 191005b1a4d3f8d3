"""Inbox and audit in parts by month."""

from alembic import op

from chassis import ddl

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in ddl.statements(ddl.MONTHS):
        op.execute(statement)
