"""Drafts, appointments and contacts at the contact center."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Drafts in the vault, appointments, agents' contacts, and the feedback that they log."""
    op.create_table(
        "vault_draft",
        sa.Column("reference", _TEXT(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("contact_ref", _TEXT(), nullable=True),
        sa.Column("begun_in", _TEXT(), nullable=False),
        sa.Column("begun_at", _MOMENT, nullable=False),
        sa.Column("forget_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_table(
        "appointment",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("service_code", _TEXT(), nullable=False),
        sa.Column("state", _TEXT(), nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_index("appointment_by_slot", "appointment", ["service_code", "starts_at"], unique=False)
    _contacts()


def _contacts() -> None:
    moments = ("answered_at", "callback_asked_at", "callback_made_at", "talk_ended_at", "ended_at")
    op.create_table(
        "desk_contact",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("state", _TEXT(), nullable=False),
        sa.Column("channel", _TEXT(), nullable=False),
        sa.Column("operator", _TEXT(), nullable=False),
        sa.Column("direction", _TEXT(), nullable=False),
        sa.Column("language", _TEXT(), nullable=False),
        sa.Column("agent", _TEXT(), nullable=True),
        sa.Column("started_at", _MOMENT, nullable=False),
        *(sa.Column(name, _MOMENT, nullable=True) for name in moments),
        sa.Column("draft", _TEXT(), nullable=True),
        sa.Column("numbers", _TEXT(), nullable=False),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.Column("article_id", _TEXT(), nullable=True),
        sa.Column("article_version", sa.Integer(), nullable=True),
        sa.Column("helped", sa.Boolean(), nullable=True),
        sa.Column("destination", _TEXT(), nullable=True),
        sa.Column("reason", _TEXT(), nullable=True),
        sa.Column("transferred_from", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("contact_id"),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index("desk_contact_waiting", "desk_contact", ["started_at"], unique=False, postgresql_where=waiting)
    op.create_index("desk_contact_answered", "desk_contact", ["answered_at"], unique=False)
    op.create_table(
        "vault_contact_note",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("phone", _TEXT(), nullable=True),
        sa.Column("notes", _TEXT(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id"),
    )
    op.create_table(
        "vault_feedback",
        sa.Column("feedback_id", _TEXT(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("text", _TEXT(), nullable=False),
        sa.Column("agent", _TEXT(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("feedback_id"),
    )
    op.create_index("vault_feedback_by_request", "vault_feedback", ["request_id"], unique=False)
