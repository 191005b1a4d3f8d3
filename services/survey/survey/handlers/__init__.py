"""What survey does when something happens: load facts, decide, save and publish."""
