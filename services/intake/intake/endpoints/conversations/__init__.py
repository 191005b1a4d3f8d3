"""Conversations: by chat, app and web, and by the telephone."""
