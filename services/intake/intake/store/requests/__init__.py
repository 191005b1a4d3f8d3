"""Requests and what hangs on them: read and written a batch at a time."""
