"""Made-up systems of agencies without Kafka: a case system, an Open311 server, SAP Plant Maintenance, a file exchange.

A simulator, for trying the adapters; it knows each system's own ways and nothing of Relay311.
"""
