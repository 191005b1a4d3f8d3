"""Agencies' work: their updates, the work desk, finished work that is looked at, matters that are another's."""
