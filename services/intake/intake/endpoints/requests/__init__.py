"""Reporting, and what a reporter does with a request afterwards."""
