"""The routing service: finds the agency for every request."""
