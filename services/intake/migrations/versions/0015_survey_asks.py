"""Whom texts and calls may answer a survey by."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
TEXT = sqlmodel.sql.sqltypes.AutoString()


def upgrade() -> None:
    op.create_table(
        "vault_survey_ask",
        sa.Column("invitation_id", sa.Uuid(), primary_key=True),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("contact_ref", "phone", "channel")),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("at", "until")),
    )
    op.create_index("vault_survey_ask_by_phone", "vault_survey_ask", ["phone", "at"])
    op.create_index("vault_survey_ask_by_time", "vault_survey_ask", ["until"])
