"""Accounts and privacy: signing in, choosing, histories read by staff."""
