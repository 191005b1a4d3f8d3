"""Agencies' work: updates by whatever door, the work desk, closings under watch, matters sent elsewhere."""
