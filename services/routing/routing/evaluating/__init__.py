"""Programs that measure routing's judgements on files, beside the running service."""
