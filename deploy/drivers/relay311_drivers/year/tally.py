"""How far a played year is, in one line; and whether the disk still holds it."""

import shutil
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from relay311_drivers.problems import DriverError

LIFE_BYTES: Final = 32_000
"""What a life takes on disk, log and databases together: 26,000 measured over 20,000 lives, and some to spare."""
SPARE_BYTES: Final = 3 * 10**9
"""What must stay free: a database that finds no room stops the platform."""
_LOOK_EVERY: Final = 5_000


@dataclass(slots=True)
class Tally:
    """Counts of a played year."""

    total: int
    created: int = 0
    assigned: int = 0
    promised: int = 0
    closed: int = 0
    open: int = 0
    day: datetime | None = None
    phase: str = "playing"
    started: float = field(default_factory=time.monotonic)

    @property
    def unpromised(self) -> int:
        """Requests that were handed in and not yet promised a time."""
        return max(0, self.created - self.promised)

    def __str__(self) -> str:
        """Say phase, day, counts, rate and the time that is left."""
        seconds = time.monotonic() - self.started
        rate = self.closed / seconds if seconds else 0.0
        left = f"{(self.total - self.closed) / rate / 60:.0f} min left" if rate else "just begun"
        where = f"{self.phase} {self.day:%d %b}" if self.day else self.phase
        counts = f"created {self.created:,}/{self.total:,}  closed {self.closed:,}  open {self.open:,}"
        return f"{where}  {counts}  {rate:,.0f}/s  {left}"


@dataclass(frozen=True, slots=True)
class Room:
    """The disk a platform writes to."""

    folder: Path

    def require(self, requests: int, life_bytes: int = LIFE_BYTES) -> None:
        """Raise DriverError unless as many lives fit."""
        needed, free = requests * life_bytes + SPARE_BYTES, shutil.disk_usage(self.folder).free
        if needed > free:
            fits = max(0, free - SPARE_BYTES) // life_bytes
            raise DriverError(
                f"{requests:,} requests need {needed / 1e9:.1f} GB on the disk of {self.folder}, which has "
                f"{free / 1e9:.1f} GB free: play at most {fits:,}, or name another disk with TMPDIR."
            )

    def check(self, created: int) -> None:
        """Look now and then whether the disk gets full. Raises DriverError before it is."""
        if created % _LOOK_EVERY == 0 and shutil.disk_usage(self.folder).free < SPARE_BYTES:
            raise DriverError(f"The disk of {self.folder} is nearly full after {created:,} requests; stopped in time.")
