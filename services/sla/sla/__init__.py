"""The sla service: promises and watches the clock."""
