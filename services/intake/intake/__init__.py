"""The intake service: takes service requests from every channel."""
