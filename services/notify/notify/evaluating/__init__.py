"""Programs that show or measure what notify does, beside the service."""
