"""Faults on the running platform, and the ledger that proves what became of every submission."""
