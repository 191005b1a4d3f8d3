"""A request's life: its parts, the steps that may follow, how it ends, is opened again, is read back from the log."""
