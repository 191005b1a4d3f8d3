"""Policy of intake: pure functions and values."""
