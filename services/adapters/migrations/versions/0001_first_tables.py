"""First tables."""

from alembic import op

from chassis import ddl

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in ddl.statements(ddl.FIRST_TABLES):
        op.execute(statement)
