"""Who follows a request can be found by contact, to be taken out when they are erased."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the followers of requests that have any."""
    op.create_index(
        "request_by_follower",
        "request",
        [sa.text("string_to_array(followers, ' ')")],
        postgresql_using="gin",
        postgresql_where=sa.text("followers IS NOT NULL"),
    )
