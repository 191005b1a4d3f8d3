"""Policy of notify: pure functions and values."""
