"""The world outside: mail servers and webhooks."""

from notify.gateways.post import PostOffice

__all__ = ["PostOffice"]
