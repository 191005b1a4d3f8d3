"""What kb does: load facts, decide, save and publish."""
