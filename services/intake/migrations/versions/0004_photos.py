"""Photos and what refers to them."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Photos, the requests they belong to, and addresses still to be fetched."""
    op.create_table(
        "photo",
        sa.Column("photo_id", _TEXT(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("claimable_until", _MOMENT, nullable=False),
        sa.Column("sweep_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("photo_id"),
    )
    op.create_index("photo_to_sweep", "photo", ["sweep_at"], postgresql_where=sa.text("sweep_at IS NOT NULL"))
    op.create_table(
        "request_photo",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("photo_id", _TEXT(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("request_id", "photo_id"),
    )
    op.create_index("request_photo_by_photo", "request_photo", ["photo_id"])
    op.create_table(
        "vault_photo_fetch",
        sa.Column("fetch_id", _TEXT(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("address", _TEXT(), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("traceparent", _TEXT(), nullable=True),
        sa.PrimaryKeyConstraint("fetch_id"),
    )
    op.create_index("vault_photo_fetch_due", "vault_photo_fetch", ["due_at"])
    op.create_index("vault_photo_fetch_by_request", "vault_photo_fetch", ["request_id"])
