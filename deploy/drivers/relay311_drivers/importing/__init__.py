"""Moving in: an old system's requests with their numbers, history and closings, once, however often it is started."""
