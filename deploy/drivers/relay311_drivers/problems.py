"""What a driver says when it cannot go on: one sentence for the person at the terminal."""


class DriverError(Exception):
    """Something the caller can put right; the message says what is wrong, where, and what to do."""
