"""Programs that act on the platform from outside, knowing only its public contract."""
