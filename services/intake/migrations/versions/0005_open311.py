"""API keys and tokens."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        "open311_key",
        sa.Column("key_hash", _TEXT(), nullable=False),
        sa.Column("owner", _TEXT(), nullable=False),
        sa.Column("agency", _TEXT(), nullable=True),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash"),
    )
    op.create_table(
        "open311_token",
        sa.Column("token", _TEXT(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_table(
        "vault_open311",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", _TEXT(), nullable=True),
        sa.Column("account_id", _TEXT(), nullable=True),
        sa.Column("address_id", _TEXT(), nullable=True),
        sa.PrimaryKeyConstraint("request_id"),
    )
    # Block ranges, not trees: they cost an update of a request nothing, and a search by time little.
    op.create_index("request_by_update", "request", ["updated_at"], unique=False, postgresql_using="brin")
    op.create_index("timeline_by_time", "timeline", ["at"], unique=False, postgresql_using="brin")
