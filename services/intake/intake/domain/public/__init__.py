"""What everybody may see and follow: one request, requests on a map, the pace of an area, changes as they happen."""
