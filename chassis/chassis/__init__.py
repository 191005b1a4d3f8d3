"""What every service stands on: exactly-once effects over Kafka and PostgreSQL. Knows nothing of 311."""
