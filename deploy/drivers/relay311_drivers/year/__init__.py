"""A year of a city's requests: made by its printed volumes, and played on the events' own clock."""
