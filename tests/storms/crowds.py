"""A storm of news beside single requests: how soon their mail arrives, and what is sent that nobody asked for.

Ten thousand people follow one request that is closed, then ten thousand requests are closed at once; meanwhile single
residents report, at a fixed rate. The last line is JSON; the program fails when a mark is missed.
"""

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any, Final
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parent))
from scene import Scene, begun, closed, created, old, people, scene

from contracts.event import Event
from contracts.vocabulary import Frequency

MARK_SECONDS: Final = 5.0
_MIXED: Final = (Frequency.EVERY, Frequency.EVERY, Frequency.EVERY, Frequency.MILESTONES, Frequency.DIGEST)
"""How often the crowd wishes to be told; a fifth of them once a day."""
_LONGEST: Final = 600.0


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crowd", type=int, default=10_000, help="followers, and then closings")
    parser.add_argument("--singles", type=int, default=200, help="single reports in each part")
    parser.add_argument("--rate", type=float, default=10.0, help="single reports a second")
    asked = parser.parse_args()
    if min(asked.crowd, asked.singles, asked.rate) <= 0:
        parser.error("CROWD, SINGLES and RATE must be more than 0")
    found = asyncio.run(measure(asked.crowd, asked.singles, asked.rate))
    print(json.dumps(found))
    return 0 if found["held"] else 1


async def measure(crowd: int, singles: int, rate: float) -> dict[str, Any]:
    """Run every part, one after the other."""
    async with scene() as stage:
        await introduce(stage, crowd, singles)
        followers = [f"f{n}" for n in range(crowd)]
        many = [closed([f"m{n}"], "sanitation", UUID(int=n)) for n in range(crowd)]
        small = await noise(stage, [f"f{n}" for n in range(crowd)])
        found = {
            "alone": await part(stage, "alone", [], 0, singles, rate),
            "followers": await part(stage, "followers", [closed(followers, "parks")], awake(crowd), singles, rate),
            "closings": await part(stage, "closings", many, crowd, singles, rate),
            "noise": {"mails_of_a_small_step": small, "mails_to_who_wants_one_a_day": digests(stage, crowd)},
            "sent_twice": sum(times - 1 for times in stage.box.names.values()),
        }
    slowest = max(found[name]["p99"] for name in ("followers", "closings"))
    quiet = small <= 1 and not found["noise"]["mails_to_who_wants_one_a_day"] and not found["sent_twice"]
    return found | {"mark_p99": MARK_SECONDS, "held": slowest < MARK_SECONDS and quiet}


async def introduce(stage: Scene, crowd: int, singles: int) -> None:
    """Let the service know everybody."""
    say(f"{2 * crowd + 3 * singles} people")
    everybody = people("f", crowd, _MIXED) + people("m", crowd)
    everybody += [one for name in ("alone", "followers", "closings") for one in people(name, singles)]
    await stage.append(everybody)
    await stage.append([old(f"m{n}", UUID(int=n)) for n in range(crowd)])
    known = 0
    while known < len(everybody):
        await asyncio.sleep(0.2)
        known = (await stage.bench.rows("notify", "SELECT count(*) AS n FROM profile"))[0]["n"]


async def noise(stage: Scene, followers: list[str]) -> int:
    """Tell of a small step of a request with a crowd; count the mails, which only its requester is to get."""
    await stage.append([begun(followers)])
    await asyncio.sleep(2)
    await drained(stage)
    return stage.box.count("f")


async def part(stage: Scene, name: str, storm: list[Event], expected: int, singles: int, rate: float) -> dict[str, Any]:
    """Raise a storm, report single things meanwhile, and wait until everybody is told."""
    before, began = len(stage.box.names), time.time()
    await stage.append(storm)
    due = await report(stage, name, singles, rate)
    left = await stage.waiting()
    await drained(stage)
    waits = sorted(stage.box.arrived[f"{name}{n}@example.org"][0] - at for n, at in enumerate(due))
    told = len(stage.box.names) - before - singles
    found = {"n": singles, "p50": at_share(waits, 0.5), "p99": at_share(waits, 0.99), "max": round(waits[-1], 3)}
    say(f"{name}: {found}, {left} of the crowd still waited")
    assert told >= expected, f"only {told} of {expected} of the crowd were told"
    return found | {"crowd_told": told, "crowd_waiting_after_singles": left, "seconds": round(time.time() - began, 1)}


async def report(stage: Scene, name: str, singles: int, rate: float) -> list[float]:
    """Report at a fixed rate, whatever comes of it; gives when each report was due."""
    began, due = time.time(), []
    for n in range(singles):
        due.append(began + n / rate)
        await asyncio.sleep(max(0.0, due[-1] - time.time()))
        await stage.append([created(f"{name}{n}")])
    return due


async def drained(stage: Scene) -> None:
    """Wait until nothing is due."""
    ends, said = time.monotonic() + _LONGEST, time.monotonic()
    while await stage.waiting() or await stage.bench._busy():
        assert time.monotonic() < ends, f"mails still wait after {_LONGEST:.0f} s"
        await asyncio.sleep(0.3)
        if time.monotonic() > said + 5:
            said = time.monotonic()
            say(f"{await stage.waiting()} wait")
    await asyncio.sleep(0.5)


def awake(crowd: int) -> int:
    """Count those of the crowd who are told at once."""
    return sum(_MIXED[n % len(_MIXED)] is not Frequency.DIGEST for n in range(crowd))


def digests(stage: Scene, crowd: int) -> int:
    """Count the mails to those of the crowd who want one a day; it was noon all the time."""
    daily = [f"f{n}@example.org" for n in range(crowd) if _MIXED[n % len(_MIXED)] is Frequency.DIGEST]
    return sum(len(stage.box.arrived.get(one, ())) for one in daily)


def at_share(waits: list[float], share: float) -> float:
    """Give the wait that this share did not exceed.

    >>> at_share([0.1, 0.2, 0.3, 0.4], 0.5)
    0.2
    """
    return round(waits[max(0, -(-int(len(waits) * share * 100) // 100) - 1)], 3)


def say(text: str) -> None:
    """Tell how it goes."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
