"""The telephone's doors: texts and calls, as the provider's webhooks bring them."""

from intake.endpoints.conversations.telephony.doors import routes

__all__ = ["routes"]
