"""X, Meta and the telephone's provider on this machine: a wall that shows the city's answers, and pictures on it."""

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

MOST_POSTS: Final = 1000
MOST_PICTURES: Final = 50


@dataclass
class Wall:
    """The newest posts, oldest first; kept in memory alone, as they name people."""

    posts: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MOST_POSTS))
    count: int = 0
    pictures: dict[str, bytes] = field(default_factory=dict)

    def hang(self, content: bytes) -> tuple[int, dict[str, Any]]:
        """Keep a picture that came with a message, as the telephone's provider does; gives where it is fetched from."""
        self.count += 1
        self.pictures[f"{self.count}"] = content
        for oldest in list(self.pictures)[:-MOST_PICTURES]:
            del self.pictures[oldest]
        return 201, {"path": f"/media/{self.count}"}

    def take(self, path: str, content: bytes, key: str) -> tuple[int, dict[str, Any]]:
        """Take one answer of the city's, once for its key; gives status and body in the shape of both providers."""
        try:
            body = json.loads(content)
        except ValueError:
            return 400, {"error": "This is not JSON."}
        known = next((post["id"] for post in self.posts if key and post["key"] == key), None)
        made = known or self._put(path, body, key)
        return 201, {"id": made, "message_id": made, "data": {"id": made, "dm_event_id": made}}

    def _put(self, path: str, body: Any, key: str) -> str:
        self.count += 1
        self.posts.append({"id": f"wall-{self.count}", "path": path, "key": key, "body": body})
        return f"wall-{self.count}"
