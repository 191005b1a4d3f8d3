"""The world outside: a mail server that refuses, greylists or hangs, webhook targets that fail in every way."""

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from faults.scene import Fault, Make, Scene, happens
from relay311_local.mail.smtp import REFUSING

_MAIL_SECONDS: Final = 4.0
_TARGET_SECONDS: Final = 4.0
_FIRED_SECONDS: Final = 25.0


async def mail(scene: Scene, how: str) -> Fault:
    """Let the mail server put mails off for a while; it counts how often it did."""
    switch = scene.town.place.run / REFUSING
    count = switch.with_name(f"{switch.name}.count")
    fault, before = Fault(f"{how}_mail", "sink"), _size(count)
    switch.write_text(how)
    try:
        await asyncio.sleep(_MAIL_SECONDS)
        fault.fired = await happens(lambda: _size(count) > before, _FIRED_SECONDS)
    finally:
        switch.unlink()
    fault.healed = time.time()
    return fault


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


async def webhooks(scene: Scene, how: str) -> Fault:
    """Let every webhook target misbehave for a while; it counts whom it treated so."""
    targets, fault = scene.targets, Fault(f"webhook_{how}", "targets")
    before, targets.mode = targets.misbehaved[how], how
    try:
        await asyncio.sleep(_TARGET_SECONDS)
        fault.fired = await happens(lambda: targets.misbehaved[how] > before, _FIRED_SECONDS)
    finally:
        targets.mode = "ok"
    fault.healed = time.time()
    return fault


KINDS: Final[Mapping[str, Make]] = {
    **{f"{how}_mail": partial(mail, how=how) for how in ("refuse", "greylist", "hang")},
    **{f"webhook_{how}": partial(webhooks, how=how) for how in ("error", "busy", "hang", "redirect")},
}
