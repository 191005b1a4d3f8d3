"""Answers to letters that ask, until they are mailed."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    text = sqlmodel.sql.sqltypes.AutoString()
    op.create_table(
        "vault_letter_answer",
        sa.Column("answer_id", text, nullable=False),
        sa.Column("email", text, nullable=False),
        sa.Column("subject", text, nullable=False),
        sa.Column("text", text, nullable=False),
        sa.Column("answers", text, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("answer_id"),
    )
