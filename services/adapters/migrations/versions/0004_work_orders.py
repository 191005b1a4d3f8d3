"""Work orders are read by themselves: what each says, and the last step that was told of a request."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what is not known is read when the order or the request changes next."""
    text = sqlmodel.sql.sqltypes.AutoString()
    op.add_column("handover", sa.Column("told", text, nullable=True))
    op.add_column("work_order", sa.Column("type", text, nullable=True))
    for name in ("status_at", "starts_at", "ends_at"):
        op.add_column("work_order", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
