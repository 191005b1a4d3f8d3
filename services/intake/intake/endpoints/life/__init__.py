"""A request's life: its table of steps, and disputes that a supervisor decides."""
