"""Places: where a report is, and in which areas of the city that lies."""
