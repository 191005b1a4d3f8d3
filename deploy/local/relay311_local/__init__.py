"""The embedded platform: real Kafka, PostgreSQL, traces and mail from packages."""
