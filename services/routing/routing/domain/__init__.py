"""Policy of routing: pure functions and values."""
