"""The world outside: what intake asks of it, one module or package for each part."""
