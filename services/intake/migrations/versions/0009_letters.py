"""Mail threads and social threads."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Letters that were taken, and those a person must read; social posts, threads and answers."""
    op.create_table(
        "letter",
        sa.Column("letter_key", _TEXT(), nullable=False),
        sa.Column("sender_key", _TEXT(), nullable=False),
        sa.Column("fate", _TEXT(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("letter_key"),
    )
    op.create_index("letter_by_sender", "letter", ["sender_key", "at"])
    op.create_table(
        "vault_held_letter",
        sa.Column("letter_key", _TEXT(), nullable=False),
        sa.Column("subject", _TEXT(), nullable=False),
        sa.Column("words", _TEXT(), nullable=False),
        sa.Column("sender", _TEXT(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("letter_key"),
    )
    op.create_table(
        "social_post",
        sa.Column("provider", _TEXT(), nullable=False),
        sa.Column("post_id", _TEXT(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("provider", "post_id"),
    )
    op.create_table(
        "vault_social_thread",
        sa.Column("thread_ref", _TEXT(), nullable=False),
        sa.Column("provider", _TEXT(), nullable=False),
        sa.Column("thread_id", _TEXT(), nullable=False),
        sa.Column("author_id", _TEXT(), nullable=False),
        sa.Column("handle", _TEXT(), nullable=True),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("language", _TEXT(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("thread_ref"),
    )
    op.create_index("vault_social_thread_by_request", "vault_social_thread", ["request_id"])
    op.create_table(
        "vault_social_reply",
        sa.Column("reply_id", _TEXT(), nullable=False),
        sa.Column("thread_ref", _TEXT(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("answers", _TEXT(), nullable=True),
        sa.Column("text", _TEXT(), nullable=False),
        sa.Column("state", _TEXT(), nullable=False),
        sa.Column("posted_id", _TEXT(), nullable=True),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("reply_id"),
    )
    op.create_index(
        "vault_social_reply_due", "vault_social_reply", ["due_at"], postgresql_where=sa.text("state = 'waiting'")
    )
