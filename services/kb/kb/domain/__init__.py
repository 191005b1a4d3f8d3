"""Policy of kb: pure functions and values."""
