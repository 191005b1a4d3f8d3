"""What agencies' crews see: their own parts, what changed, and who was praised."""
