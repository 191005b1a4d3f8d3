"""Made-up agencies that answer: one process plays every agency of a city, knowing only the public contract."""
