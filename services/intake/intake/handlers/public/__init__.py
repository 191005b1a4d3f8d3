"""What everybody may see: requests and lists, the map, and changes as they happen."""
