"""Photos: uploads, and what is shown."""
