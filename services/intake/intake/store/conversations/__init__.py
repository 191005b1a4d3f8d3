"""Conversations by text, voice and chat, and surveys that are answered in them."""
