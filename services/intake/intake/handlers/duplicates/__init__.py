"""Duplicates: candidates shown, requests followed and linked because somebody said so."""
