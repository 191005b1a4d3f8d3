"""Programs that measure what kb judges, on any data of a stated shape."""
