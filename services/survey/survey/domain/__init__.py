"""Policy of survey: pure functions and values."""
