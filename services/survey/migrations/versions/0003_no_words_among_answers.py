"""Comments that were read are no longer kept among the answers of commands."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM idempotency WHERE route = 'GET /comments'")
