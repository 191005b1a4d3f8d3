"""How requests ended."""
