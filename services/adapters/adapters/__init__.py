"""The adapters service: stands in for agencies that have a system of their own and no Kafka."""
