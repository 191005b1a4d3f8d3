"""The contact center: contacts from their beginning to their end, and what a supervisor watches."""
