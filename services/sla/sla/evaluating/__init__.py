"""Judgements of sla, measured on any city's export: `python -m sla.evaluating <what> …`."""
