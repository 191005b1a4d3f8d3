"""What can go wrong with the embedded platform, said in one line."""


class PlatformError(Exception):
    """A sentence for the person at the terminal: what is wrong, where, and what to do."""
