"""Closings counted, reminders, follow-ups, feedback, and what was made of results."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
TEXT = sqlmodel.sql.sqltypes.AutoString()
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for name in ("area", "channel", "crew"):
        op.add_column("invitation", sa.Column(name, TEXT, nullable=False, server_default=""))
    op.execute("UPDATE invitation SET channel = coalesce(about->>'channel', '')")
    for name in ("sent_at", "reminded_at"):
        op.add_column("invitation", sa.Column(name, MOMENT, nullable=True))
    op.create_index(
        "invitations_to_remind",
        "invitation",
        ["sent_at"],
        postgresql_where=sa.text("state = 'sent' AND reminded_at IS NULL"),
    )
    op.add_column("answer", sa.Column("via", TEXT, nullable=False, server_default="web"))
    op.create_table(
        "closings",
        sa.Column("day", sa.Date(), primary_key=True),
        *(
            sa.Column(name, TEXT, primary_key=True)
            for name in ("agency", "service_code", "area", "channel", "crew", "disposition")
        ),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("again", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "follow_up",
        sa.Column("follow_up_id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("kind", "state", "agency", "role")),
        sa.Column("level", sa.Integer(), nullable=False),
        *(sa.Column(name, MOMENT, nullable=False) for name in ("opened_at", "due_at")),
        *(sa.Column(name, TEXT, nullable=True) for name in ("service_code", "tracking_number")),
        *(
            sa.Column(name, sa.Uuid(), nullable=True)
            for name in ("request_id", "closure_id", "invitation_id", "feedback_id")
        ),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("outcome", TEXT, nullable=True),
    )
    op.create_index("follow_ups_by_time", "follow_up", ["agency", "state", "due_at"])
    op.create_table(
        "follow_up_note",
        sa.Column("note_id", TEXT, primary_key=True),
        sa.Column("follow_up_id", sa.Uuid(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("by", "note")),
    )
    op.create_index("notes_of_follow_up", "follow_up_note", ["follow_up_id"])
    op.create_table(
        "feedback",
        sa.Column("feedback_id", sa.Uuid(), primary_key=True),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("category", TEXT, nullable=True),
        sa.Column("agency", TEXT, nullable=False),
        *(sa.Column(name, TEXT, nullable=True) for name in ("crew", "service_code", "tracking_number")),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        *(sa.Column(name, TEXT, nullable=False) for name in ("via", "language")),
        sa.Column("comment_ref", TEXT, nullable=True),
    )
    op.create_index("feedback_by_agency", "feedback", ["agency", "recorded_at"])
    op.create_table(
        "feedback_words",
        sa.Column("feedback_id", sa.Uuid(), primary_key=True),
        *(sa.Column(name, TEXT, nullable=True) for name in ("contact_ref", "words", "public_words", "reply")),
        sa.Column("replied_at", MOMENT, nullable=True),
    )
    op.create_table(
        "assessment",
        sa.Column("assessment_id", TEXT, primary_key=True),
        *(sa.Column(name, sa.Date(), nullable=False) for name in ("since", "until")),
        sa.Column("agency", TEXT, nullable=True),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("findings", "changes")),
    )
