"""Requests as reporters bring, keep and correct them: taken, held, amended, cancelled, followed by others."""
