"""Editors' work, the loop and forecasts; the search index moves into memory."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.drop_index("entry_words", table_name="entry", postgresql_using="gin")
    op.drop_table("entry")
    op.create_table(
        "standing",
        sa.Column("article_id", TEXT(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", TEXT(), nullable=False),
        sa.Column("agency", TEXT(), nullable=False),
        sa.Column("owner", TEXT(), nullable=True),
        sa.Column("folder_digest", TEXT(), nullable=True),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("article_id"),
    )
    op.create_index("standing_changed", "standing", ["changed"])
    op.create_table(
        "draft",
        sa.Column("article_id", TEXT(), nullable=False),
        sa.Column("state", TEXT(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("writer", TEXT(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("article_id"),
    )
    op.create_table(
        "step",
        sa.Column("step_id", TEXT(), nullable=False),
        sa.Column("article_id", TEXT(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("action", TEXT(), nullable=False),
        sa.Column("by_role", TEXT(), nullable=False),
        sa.Column("by_subject", TEXT(), nullable=False),
        sa.Column("by_agency", TEXT(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("note", TEXT(), nullable=False),
        sa.PrimaryKeyConstraint("step_id"),
    )
    op.create_index(op.f("ix_step_article_id"), "step", ["article_id"])
    op.create_table(
        "flag",
        sa.Column("flag_id", TEXT(), nullable=False),
        sa.Column("article_id", TEXT(), nullable=False),
        sa.Column("agency", TEXT(), nullable=False),
        sa.Column("text", TEXT(), nullable=False),
        sa.Column("state", TEXT(), nullable=False),
        sa.Column("raised_by", TEXT(), nullable=False),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("resolution", TEXT(), nullable=False),
        sa.Column("settled_by", TEXT(), nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("flag_id"),
    )
    op.create_index(op.f("ix_flag_article_id"), "flag", ["article_id"])
    op.create_table(
        "task",
        sa.Column("task_id", TEXT(), nullable=False),
        sa.Column("kind", TEXT(), nullable=False),
        sa.Column("subject", TEXT(), nullable=False),
        sa.Column("language", TEXT(), nullable=False),
        sa.Column("agency", TEXT(), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("state", TEXT(), nullable=False),
        sa.Column("settled_by", TEXT(), nullable=True),
        sa.Column("note", TEXT(), nullable=False),
        sa.PrimaryKeyConstraint("task_id"),
    )
    op.create_index("task_open", "task", ["state", "kind"])
    _loop()


def _loop() -> None:
    op.create_table(
        "missed",
        sa.Column("digest", TEXT(), nullable=False),
        sa.Column("language", TEXT(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("word", TEXT(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "shown",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("article_id", TEXT(), nullable=False),
        sa.Column("contact_ref", TEXT(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("filed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id"),
    )
    op.create_index("shown_to", "shown", ["contact_ref"])
    op.create_index("shown_at", "shown", ["at"])
    op.create_table(
        "filed",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("contact_ref", TEXT(), nullable=False),
        sa.Column("service_code", TEXT(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("request_id", "contact_ref"),
    )
    op.create_index("filed_by", "filed", ["contact_ref"])
    op.create_index("filed_at", "filed", ["at"])
    op.create_table(
        "uncategorised",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("language", TEXT(), nullable=False),
        sa.Column("stems", TEXT(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_table(
        "forecast",
        sa.Column("service_code", TEXT(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        sa.Column("target_words", postgresql.JSONB(), nullable=False),
        sa.Column("days_80", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("service_code"),
    )
    op.create_table(
        "surge_staff",
        sa.Column("subject", TEXT(), nullable=False),
        sa.Column("topics", TEXT(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("named_by", TEXT(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
