"""Every channel, people's own hours and frequency, offices, and who gives way to whom."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add columns that old rows have no value for, and what only new kinds of message need."""
    for name in ("phone", "push", "social", "postal_address", "quiet_from", "quiet_until"):
        op.add_column("profile", sa.Column(name, _TEXT(), nullable=True))
    op.add_column("profile", sa.Column("frequency", _TEXT(), nullable=False, server_default="every"))
    op.add_column("profile", sa.Column("flags", _TEXT(), nullable=False, server_default=""))
    op.add_column("request", sa.Column("offices", _TEXT(), nullable=False, server_default=""))
    op.add_column("open_intent", sa.Column("lane", sa.SmallInteger(), nullable=False, server_default="0"))
    op.drop_index("open_due", "open_intent")
    op.drop_index("open_postponed", "open_intent")
    op.create_index("open_turn", "open_intent", ["lane", "next_attempt_at", "at", "seq"])
    before = sa.text("postponed OR lane > 0")
    op.create_index("open_before", "open_intent", ["request_id"], postgresql_where=before)
    op.create_table(
        "texts_sent",
        sa.Column("contact_ref", _TEXT(), nullable=False),
        sa.Column("hour", _MOMENT, nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("contact_ref", "hour"),
    )
    op.create_table(
        "printed_letter",
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("contact_ref", _TEXT(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("pages", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("intent_id"),
    )
