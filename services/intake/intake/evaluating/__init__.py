"""Judgements of intake, measured on any file of their shape: `python -m intake.evaluating <what> …`."""
