"""Open messages in a small table of their own, settled ones written once."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OPEN = """
CREATE TABLE open_intent (
  request_id uuid NOT NULL, intent_id uuid NOT NULL, seq bigint GENERATED ALWAYS AS IDENTITY,
  contact_ref varchar NOT NULL, channel varchar, moment varchar NOT NULL, transition varchar NOT NULL,
  at timestamptz NOT NULL, made_at timestamptz NOT NULL, next_attempt_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  details varchar NOT NULL, traceparent varchar, attempts integer DEFAULT 0 NOT NULL,
  postponed boolean DEFAULT false NOT NULL, detail varchar, PRIMARY KEY (request_id, intent_id)
)
"""
SETTLED = """
CREATE TABLE settled_intent (
  request_id uuid NOT NULL, intent_id uuid NOT NULL, sequence integer NOT NULL, seq bigint NOT NULL,
  contact_ref varchar NOT NULL, channel varchar, moment varchar NOT NULL, transition varchar NOT NULL,
  at timestamptz NOT NULL, made_at timestamptz NOT NULL, attempts integer NOT NULL, outcome varchar NOT NULL,
  detail varchar, settled_at timestamptz NOT NULL, PRIMARY KEY (request_id, intent_id)
)
"""
CLAIM = """
CREATE TABLE claim (
  claim_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, until timestamptz NOT NULL, requests uuid[] NOT NULL
)
"""
MOVE_OPEN = """
INSERT INTO open_intent (request_id, intent_id, seq, contact_ref, channel, moment, transition, at, made_at,
  next_attempt_at, expires_at, details, traceparent, attempts, postponed, detail) OVERRIDING SYSTEM VALUE
SELECT request_id, intent_id, seq, contact_ref, channel, moment, transition, at, made_at,
  next_attempt_at, expires_at, details::text, traceparent, attempts, attempts > 0, detail
FROM intent WHERE settled_at IS NULL
"""
GO_ON = "SELECT setval(pg_get_serial_sequence('open_intent', 'seq'), max(seq)) FROM intent HAVING count(*) > 0"
MOVE_SETTLED = """
INSERT INTO settled_intent
SELECT request_id, intent_id, row_number() OVER (PARTITION BY request_id ORDER BY settled_at, seq), seq,
  contact_ref, channel, moment, transition, at, made_at, attempts, outcome, detail, settled_at
FROM intent WHERE settled_at IS NOT NULL
"""
VIEW = """
CREATE VIEW intent AS
SELECT intent_id, request_id, contact_ref, channel, moment, transition, at, made_at, attempts, detail,
  NULL::varchar AS outcome, next_attempt_at, NULL::timestamptz AS settled_at, seq FROM open_intent
UNION ALL
SELECT intent_id, request_id, contact_ref, channel, moment, transition, at, made_at, attempts, detail,
  outcome, NULL, settled_at, seq FROM settled_intent
"""


def upgrade() -> None:
    for statement in (OPEN, SETTLED, CLAIM, MOVE_OPEN, GO_ON, MOVE_SETTLED):
        op.execute(statement)
    op.drop_table("intent")
    op.drop_table("settled")
    op.create_index("open_due", "open_intent", ["next_attempt_at"])
    op.create_index("open_postponed", "open_intent", ["request_id"], postgresql_where=sa.text("postponed"))
    op.create_index("open_waiting", "open_intent", ["contact_ref"], postgresql_where=sa.text("channel IS NULL"))
    op.execute(VIEW)
    op.execute(
        "ALTER TABLE request ALTER about TYPE varchar USING about::text, ALTER words TYPE varchar USING words::text"
    )
    op.execute("ALTER TABLE request SET (fillfactor = 50)")
