"""What the running platform is asked to do: one file a wish, which the supervisor takes in their order."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Wish:
    """`do` is `scale` (a service, to `count` instances), `stop` or `start` (any unit, by its name)."""

    do: str
    name: str
    count: int = 0


def ask(run: Path, wish: Wish) -> None:
    """Leave a wish where the supervisor finds it."""
    folder = _folder(run)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{time.time_ns()}.json"
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(asdict(wish)), "utf-8")
    os.replace(draft, path)  # noqa: PTH105 -- the atomic move is the point


def take(run: Path) -> Iterator[Wish]:
    """Give the wishes that wait, oldest first; each is gone once it is given."""
    for path in sorted(_folder(run).glob("*.json")):
        wish = Wish(**json.loads(path.read_text("utf-8")))
        path.unlink()
        yield wish


def _folder(run: Path) -> Path:
    return run / "wishes"
