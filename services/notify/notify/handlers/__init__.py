"""What notify does: intends messages, and delivers them."""
