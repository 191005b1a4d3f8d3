"""The log of deliveries by time, by contact, and by what was not delivered."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes."""
    op.create_index("settled_by_time", "settled_intent", ["made_at", "intent_id"])
    op.create_index("settled_by_contact", "settled_intent", ["contact_ref", "made_at", "intent_id"])
    unsent = sa.text("outcome <> 'delivered'")
    op.create_index("settled_unsent", "settled_intent", ["outcome", "made_at", "intent_id"], postgresql_where=unsent)
