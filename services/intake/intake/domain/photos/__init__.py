"""Photos: which may be kept, where they may be fetched from, and which services they may be about."""
