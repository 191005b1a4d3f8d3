"""Claims of the triage desk, and contacts that were handed on."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep who looks at what until when, and what became of each contact."""
    text, moment = sqlmodel.sql.sqltypes.AutoString(), sa.DateTime(timezone=True)
    op.create_table(
        "triage_claim",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("holder", text, nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_table(
        "contact_heard",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("kind", text, nullable=False),
        sa.Column("channel", text, nullable=False),
        sa.Column("destination", text, nullable=True),
        sa.Column("reason", text, nullable=True),
        sa.Column("wait_seconds", sa.Float(), nullable=True),
        sa.Column("phone", text, nullable=True),
        sa.Column("hours", text, nullable=True),
        sa.Column("was_open", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("contact_id"),
    )
    op.create_index("contact_heard_at", "contact_heard", ["at"], unique=False)
