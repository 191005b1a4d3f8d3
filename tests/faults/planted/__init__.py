"""Bugs planted on purpose, one at a time in a copy of the project: the harness must catch each of them."""
