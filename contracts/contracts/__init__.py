"""The language all Relay311 services speak: topics, events and one word for each concept."""
