"""Policy of sla: pure functions and values."""
