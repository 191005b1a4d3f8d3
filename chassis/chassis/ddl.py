"""The chassis tables as released SQL: every service's first revision runs it, and a change is a new constant."""

from typing import Final

FIRST_TABLES: Final = """
CREATE TABLE platform (cluster_id text PRIMARY KEY);
CREATE TABLE consumer_offset (
  topic text NOT NULL, part integer NOT NULL, next bigint NOT NULL, PRIMARY KEY (topic, part)
) WITH (fillfactor = 50);
CREATE TABLE inbox (event_id uuid PRIMARY KEY);
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL, part integer NOT NULL, key text NOT NULL, value bytea, traceparent text
);
CREATE TABLE due (
  kind text NOT NULL, key text NOT NULL, due_at timestamptz NOT NULL, payload jsonb NOT NULL,
  on_event_clock boolean NOT NULL, traceparent text, PRIMARY KEY (kind, key)
);
CREATE INDEX due_by_time ON due (kind, due_at) WHERE NOT on_event_clock;
CREATE TABLE parked (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL, part integer NOT NULL, log_offset bigint NOT NULL, key text, value bytea,
  reason text NOT NULL, detail text NOT NULL, parked_at timestamptz NOT NULL, redriven_at timestamptz
);
CREATE INDEX parked_keys ON parked (topic, key) WHERE redriven_at IS NULL;
CREATE TABLE idempotency (
  caller text NOT NULL, route text NOT NULL, key text NOT NULL, body_hash bytea NOT NULL, status smallint NOT NULL,
  answer jsonb NOT NULL, answered_at timestamptz NOT NULL, PRIMARY KEY (caller, route, key)
);
CREATE TABLE audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(),
  role text NOT NULL, subject text NOT NULL, agency text, action text NOT NULL, object text NOT NULL,
  detail jsonb NOT NULL
);
"""
"""Revision 1 of the tables of `chassis.tables`."""


MONTHS: Final = """
ALTER TABLE inbox RENAME TO inbox_before;
ALTER INDEX inbox_pkey RENAME TO inbox_before_pkey;
ANALYZE inbox_before;
CREATE TABLE inbox (
  event_id uuid NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (event_id, at)
) PARTITION BY RANGE (at);
CREATE TABLE inbox_rest PARTITION OF inbox DEFAULT;
ALTER TABLE audit RENAME TO audit_before;
ALTER INDEX audit_pkey RENAME TO audit_before_pkey;
ALTER SEQUENCE audit_id_seq RENAME TO audit_before_id_seq;
CREATE TABLE audit (
  id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL DEFAULT now(),
  role text NOT NULL, subject text NOT NULL, agency text, action text NOT NULL, object text NOT NULL,
  detail jsonb NOT NULL, PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE audit_rest PARTITION OF audit DEFAULT;
INSERT INTO audit (id, at, role, subject, agency, action, object, detail) OVERRIDING SYSTEM VALUE
SELECT id, at, role, subject, agency, action, object, detail FROM audit_before;
SELECT setval(pg_get_serial_sequence('audit', 'id'), max(id)) FROM audit HAVING count(*) > 0;
DROP TABLE audit_before;
"""
"""Inbox and audit in parts by month. What the inbox held is kept aside: its rows have no time to go by."""


def statements(script: str) -> list[str]:
    """Split a script into its statements; the driver takes them one by one.

    >>> statements("A; B;")
    ['A', 'B']
    """
    return [part.strip() for part in script.split(";") if part.strip()]
