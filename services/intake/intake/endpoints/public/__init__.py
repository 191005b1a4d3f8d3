"""What everybody may read: pages, the map, and changes as they happen."""
