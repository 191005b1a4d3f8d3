"""A city's own export, played through the running platform on the events' own clock."""
