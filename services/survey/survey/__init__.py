"""The survey service: asks on closure, reopens what was not done."""
