"""A request's life in a transaction: read from its rows, taken from step to step, disputed, restored from the log."""
