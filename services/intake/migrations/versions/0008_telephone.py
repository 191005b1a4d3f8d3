"""Conversations by text, voice and chat."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Conversations, what the telephone's provider has sent already, and who waits for a person."""
    op.create_table(
        "vault_conversation",
        sa.Column("reference", _TEXT(), nullable=False),
        sa.Column("phone", _TEXT(), nullable=True),
        sa.Column("call", _TEXT(), nullable=True),
        sa.Column("channel", _TEXT(), nullable=False),
        sa.Column("talk", JSONB(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_index("vault_conversation_by_phone", "vault_conversation", ["phone", "at"])
    op.create_index("vault_conversation_by_call", "vault_conversation", ["call"], unique=True)
    op.create_index("vault_conversation_by_request", "vault_conversation", ["request_id"])
    op.create_table(
        "telephone_message",
        sa.Column("provider_id", _TEXT(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("provider_id"),
    )
    op.create_table(
        "vault_telephone",
        sa.Column("provider_id", _TEXT(), nullable=False),
        sa.Column("reference", _TEXT(), nullable=False),
        sa.Column("phone", _TEXT(), nullable=True),
        sa.Column("answer", _TEXT(), nullable=False),
        sa.PrimaryKeyConstraint("provider_id"),
    )
    op.create_index("vault_telephone_by_reference", "vault_telephone", ["reference"])
    op.create_table(
        "vault_live_queue",
        sa.Column("queue_id", sa.Uuid(), nullable=False),
        sa.Column("reference", _TEXT(), nullable=False),
        sa.Column("kind", _TEXT(), nullable=False),
        sa.Column("channel", _TEXT(), nullable=False),
        sa.Column("language", _TEXT(), nullable=False),
        sa.Column("phone", _TEXT(), nullable=True),
        sa.Column("recording_url", _TEXT(), nullable=True),
        sa.Column("transcript", _TEXT(), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("taken_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("queue_id"),
    )
    op.create_index(
        "vault_live_queue_by_time", "vault_live_queue", ["at"], postgresql_where=sa.text("taken_at IS NULL")
    )
    op.create_index("vault_live_queue_by_reference", "vault_live_queue", ["reference"])
