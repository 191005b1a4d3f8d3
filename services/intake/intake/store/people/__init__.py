"""People: accounts, what somebody said over time, and erasure."""
