"""Open311's words for what intake knows: the standard's fields, statuses and keys, without any door."""
