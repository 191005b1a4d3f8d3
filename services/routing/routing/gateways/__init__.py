"""The world outside: the files that a reader is trained and judged on."""
