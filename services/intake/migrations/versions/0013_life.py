"""The book of closings, refused updates, held closings; where a part stands since when, and which crew has it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_BOOK = """
INSERT INTO closure (closure_id, request_id, service_code, agencies, disposition, closed_by, with_parent, imported,
  opened_at, closed_at)
SELECT (detail->>'closure_id')::uuid, request_id, service_code,
  coalesce((SELECT string_agg(value, ' ') FROM jsonb_array_elements_text(detail->'agencies')), ''),
  detail->>'disposition', detail->>'closed_by', parent_request_id IS NOT NULL, on_event_clock,
  opened_at, (detail->>'closed_at')::timestamptz
FROM timeline JOIN request USING (request_id) WHERE kind = 'closed' ON CONFLICT DO NOTHING
"""
_REOPENED = """
UPDATE closure SET reopened_at = timeline.at FROM timeline
WHERE kind = 'reopened' AND timeline.request_id = closure.request_id AND detail->>'closure_id' = closure_id::text
"""


def upgrade() -> None:
    """Make the tables, and fill the book of closings from the timeline."""
    _closures()
    _refusals()
    _held()
    _parts()
    op.execute(_BOOK)
    op.execute(_REOPENED)


def _closures() -> None:
    op.create_table(
        "closure",
        sa.Column("closure_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("service_code", sa.String(), nullable=False),
        sa.Column("agencies", sa.String(), nullable=False),
        sa.Column("disposition", sa.String(), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("door", sa.String()),
        sa.Column("confirmed_by", sa.String()),
        sa.Column("with_parent", sa.Boolean(), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=False),
        sa.Column("reopened_at", _MOMENT),
        sa.Column("sameness", sa.BigInteger()),
        sa.PrimaryKeyConstraint("closure_id"),
    )
    op.create_index(
        "closure_alike", "closure", ["sameness", "closed_at"], postgresql_where=sa.text("sameness IS NOT NULL")
    )
    op.create_index("closure_by_time", "closure", ["closed_at"], postgresql_using="brin")


def _refusals() -> None:
    op.create_table(
        "refusal",
        sa.Column("refusal_id", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("update_id", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("refusal_id"),
    )
    op.create_index("refusal_by_time", "refusal", ["at"], postgresql_using="brin")


def _held() -> None:
    op.create_table(
        "held_closing",
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("sameness", sa.BigInteger(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("said_by", sa.String()),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String()),
        sa.Column("decided_at", _MOMENT),
        sa.PrimaryKeyConstraint("assignment_id"),
    )
    op.create_index(
        "held_closing_open", "held_closing", ["agency", "sameness"], postgresql_where=sa.text("state = 'held'")
    )


def _parts() -> None:
    op.add_column("assignment", sa.Column("queue", sa.String(), nullable=False, server_default=""))
    op.add_column("assignment", sa.Column("crew", sa.String()))
    op.add_column("assignment", sa.Column("priority", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("assignment", sa.Column("scheduled_for", _MOMENT))
    op.add_column("assignment", sa.Column("since", _MOMENT))
    op.add_column("assignment", sa.Column("change", sa.BigInteger(), nullable=False, server_default="0"))
    for name in ("queue", "priority", "change"):
        op.alter_column("assignment", name, server_default=None)
    open_parts = {"postgresql_where": sa.text("NOT ended")}
    op.create_index("assignment_at_work", "assignment", ["agency", "assigned_at", "assignment_id"], **open_parts)
    op.create_index("assignment_by_change", "assignment", ["change"], postgresql_using="brin")
