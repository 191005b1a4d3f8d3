"""Accounts, one-time codes, links between contacts, limits, and what is held for review."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("vault_contact", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.create_index(
        "vault_contact_by_email",
        "vault_contact",
        [sa.text("lower(btrim(email))")],
        postgresql_where=sa.text("email IS NOT NULL"),
    )
    op.create_index(
        "vault_contact_by_phone",
        "vault_contact",
        [sa.text(r"regexp_replace(phone, '\D', '', 'g')")],
        postgresql_where=sa.text("phone IS NOT NULL"),
    )
    op.create_index(
        "vault_words_by_contact", "vault_words", ["contact_ref"], postgresql_where=sa.text("contact_ref IS NOT NULL")
    )
    # Answers of commands are kept; these held what only the vault may hold, and are commands no longer.
    op.execute("DELETE FROM idempotency WHERE route = 'GET /requests/details'")
    _people()
    _access()
    _limits()


def _people() -> None:
    op.create_table(
        "vault_person",
        sa.Column("person_id", _TEXT(), nullable=False),
        sa.Column("name", _TEXT(), nullable=True),
        sa.Column("language", _TEXT(), nullable=True),
        sa.Column("preferred_channel", _TEXT(), nullable=True),
        sa.Column("customer_type", _TEXT(), nullable=False),
        sa.Column("updates", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", _TEXT(), nullable=True),
        sa.Column("quiet_until", _TEXT(), nullable=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "vault_identity",
        sa.Column("address_hash", _TEXT(), nullable=False),
        sa.Column("person_id", _TEXT(), nullable=False),
        sa.Column("kind", _TEXT(), nullable=False),
        sa.Column("address", _TEXT(), nullable=False),
        sa.Column("proven_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("address_hash"),
    )
    op.create_index("vault_identity_by_person", "vault_identity", ["person_id"])
    op.create_table(
        "person_contact",
        sa.Column("contact_ref", _TEXT(), nullable=False),
        sa.Column("person_id", _TEXT(), nullable=True),
        sa.Column("ruled_by", _TEXT(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("contact_ref"),
    )
    op.create_index("person_contact_by_person", "person_contact", ["person_id"])


def _access() -> None:
    op.create_table(
        "account_code",
        sa.Column("address_hash", _TEXT(), nullable=False),
        sa.Column("code_hash", _TEXT(), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("counted_from", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("address_hash"),
    )
    op.create_table(
        "account_session",
        sa.Column("token_hash", _TEXT(), nullable=False),
        sa.Column("person_id", _TEXT(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("account_session_by_person", "account_session", ["person_id"])


def _limits() -> None:
    op.create_table(
        "token_bucket",
        sa.Column("bucket", _TEXT(), nullable=False),
        sa.Column("level", sa.Float(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("bucket"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "vault_held",
        sa.Column("held_id", _TEXT(), nullable=False),
        sa.Column("tracking_number", _TEXT(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.Column("contact_ref", _TEXT(), nullable=True),
        sa.Column("why", _TEXT(), nullable=False),
        sa.Column("state", _TEXT(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("decided_by", _TEXT(), nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("reason", _TEXT(), nullable=True),
        sa.PrimaryKeyConstraint("held_id"),
    )
    op.create_index("vault_held_by_time", "vault_held", ["at"], postgresql_where=sa.text("state = 'held'"))
