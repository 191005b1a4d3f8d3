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


def statements(script: str) -> list[str]:
    """Split a script into its statements; the driver takes them one by one.

    >>> statements("A; B;")
    ['A', 'B']
    """
    return [part.strip() for part in script.split(";") if part.strip()]
