"""Rebuilding a service's state from the log: what was published is read again, and nothing is decided again."""

from chassis.rebuilding.plan import CHASSIS_DUE, Derived, Fate, Kept, Rebuild

__all__ = ["CHASSIS_DUE", "Derived", "Fate", "Kept", "Rebuild"]
