"""Social networks: posts become requests, messages of a thread, or questions with an answer."""
