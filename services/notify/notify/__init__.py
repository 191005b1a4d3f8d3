"""The notify service: tells people."""
