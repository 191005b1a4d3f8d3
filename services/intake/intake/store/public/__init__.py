"""What everybody may see: the map, changes of timelines, and what is promised at the door."""
