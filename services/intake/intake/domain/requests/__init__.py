"""A report at the door: what it must hold, what it says in public, what its writer hears at once."""
