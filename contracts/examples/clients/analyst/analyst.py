"""Reads the city's event log from its first record into a Parquet file, and answers questions with one line of SQL."""
# ruff: noqa: INP001, T201 - a program of its own, outside any package, that talks on stdout

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

HERE = Path(__file__).parent
MEDIAN_HOURS = """
SELECT agency, count(*) AS closed, round(median(hours), 2) AS median_hours
FROM (SELECT unnest((data->>'$.agencies')::JSON::VARCHAR[]) AS agency,
  epoch((data->>'$.closed_at')::TIMESTAMPTZ - (data->>'$.about.opened_at')::TIMESTAMPTZ) / 3600 AS hours
  FROM log WHERE topic = 'request.closed') GROUP BY agency ORDER BY agency
"""
"""The example's question: the median of hours from opening to closing, by agency."""

_TO_PARQUET = """
COPY (SELECT topic, part, log_offset, event->>'id' AS id, event->>'type' AS type, event->>'subject' AS subject,
  (event->>'time')::TIMESTAMPTZ AS time, event->'data' AS data
  FROM read_json(?, format = 'newline_delimited', columns = {topic: 'VARCHAR', part: 'INTEGER', log_offset: 'BIGINT',
  event: 'JSON'})) TO '%s' (FORMAT parquet, COMPRESSION zstd)
"""


def settings(environment: dict[str, str]) -> dict[str, Any]:
    """Give the client's settings from KAFKA_BOOTSTRAP, KAFKA_USERNAME and KAFKA_PASSWORD; no user name, no login."""
    plain = {
        "bootstrap.servers": environment.get("KAFKA_BOOTSTRAP", "127.0.0.1:19092"),
        "group.id": "analyst",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "log_level": 2,
    }
    if "KAFKA_USERNAME" not in environment:
        return plain
    return plain | {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": environment["KAFKA_USERNAME"],
        "sasl.password": environment["KAFKA_PASSWORD"],
    }


def read_log(config: dict[str, Any]) -> Iterator[Message]:
    """Give every record of every topic this principal may read, from offset 0 to the present end."""
    consumer = Consumer(config)
    try:
        topics = [t for t in consumer.list_topics(timeout=15).topics.values() if not t.topic.startswith("_")]
        parts = [TopicPartition(t.topic, part, OFFSET_BEGINNING) for t in topics for part in t.partitions]
        consumer.assign(parts)
        yield from _until_end(consumer, {(part.topic, part.partition) for part in parts})
    finally:
        consumer.close()


def _until_end(consumer: Consumer, running: set[tuple[str, int]]) -> Iterator[Message]:
    while running:
        for message in consumer.consume(1000, timeout=1):
            error = message.error()
            if error is None:
                yield message
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's own name for it
                running.discard((message.topic(), message.partition()))  # said again when more was written meanwhile
            else:
                raise SystemExit(f"The log cannot be read: {error.str()}")


def to_parquet(messages: Iterator[Message], path: Path) -> int:
    """Write records to a Parquet file: topic, part, log_offset, id, type, subject, time, data. Tell how many."""
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "log.ndjson"
        with lines.open("wb") as file:
            for message in messages:
                if message.value() is not None:
                    file.write(_line(message))
                    count += 1
        duckdb.execute(_TO_PARQUET % str(path).replace("'", "''"), [str(lines)])
    return count


def _line(message: Message) -> bytes:
    place = f'{{"topic":"{message.topic()}","part":{message.partition()},"log_offset":{message.offset()},"event":'
    return b"".join((place.encode(), message.value(), b"}\n"))


def ask(path: Path, question: str = MEDIAN_HOURS, services: Path | None = None) -> list[tuple[Any, ...]]:
    """Answer a question in SQL about the table `log` and those of views.sql; `services` is GET /services, as a file."""
    with duckdb.connect() as database:
        database.execute(f"CREATE VIEW log AS SELECT * FROM read_parquet({_quoted(path)})")
        if services is not None:
            told = f"SELECT unnest(services) AS one FROM read_json({_quoted(services)})"
            database.execute(f"CREATE TABLE service AS SELECT one.code AS code, one.handling AS handling FROM ({told})")
        database.execute((HERE / "views.sql").read_text())
        rows: list[tuple[Any, ...]] = database.execute(question).fetchall()
        return rows


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def questions() -> dict[str, str]:
    """Give the questions that are there to be asked, by name."""
    return {file.stem: file.read_text() for file in sorted((HERE / "questions").glob("*.sql"))}


def main() -> None:
    """Read the log, write the file, answer the question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=Path("log.parquet"), help="the Parquet file to write")
    known = questions()
    parser.add_argument("--question", default=MEDIAN_HOURS, help=f"SQL about the log, or one of {', '.join(known)}")
    parser.add_argument("--services", type=Path, help="what GET /services of intake says, as a file")
    options = parser.parse_args()
    try:
        count = to_parquet(read_log(settings(dict(os.environ))), options.file)
    except KafkaException as error:
        raise SystemExit(f"Kafka cannot be read: {error.args[0].str()}") from error
    print(f"{count} events in {options.file}", file=sys.stderr)
    for row in ask(options.file, known.get(options.question, options.question), options.services):
        print(*row, sep="\t")


if __name__ == "__main__":
    main()
