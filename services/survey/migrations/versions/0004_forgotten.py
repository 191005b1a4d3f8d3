"""Who asked to be forgotten is asked nothing again."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forgotten",
        sa.Column("contact_ref", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("contact_ref"),
    )
    op.create_index("invitations_of_contact", "invitation", ["contact_ref"], unique=False)
