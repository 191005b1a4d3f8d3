"""A clock knows whose chain it goes up, what it waits for, and until when somebody is to respond first."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    """Let each clock go on in the chain it is in; until when requests were to be answered was not kept."""
    op.add_column("clock", sa.Column("respond_by", _MOMENT, nullable=True))
    op.add_column("clock", sa.Column("chain_seq", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("clock", sa.Column("chain_at", _MOMENT, nullable=True))
    op.add_column("clock", sa.Column("breached", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("clock", sa.Column("pause_reason", _TEXT(), server_default=sa.text("''"), nullable=False))
    op.execute("UPDATE clock SET chain_seq = assigned_seq, breached = breach_told > 0 WHERE closed_at IS NULL")
    op.execute("UPDATE clock SET breached = true WHERE breach_told > 0 AND NOT breached")
