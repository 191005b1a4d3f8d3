"""X and Meta on this machine: a wall that takes and shows the city's answers, and forgets them when it ends."""

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

MOST_POSTS: Final = 1000


@dataclass
class Wall:
    """The newest posts, oldest first; kept in memory alone, as they name people."""

    posts: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MOST_POSTS))
    count: int = 0

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
