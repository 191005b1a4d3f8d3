"""Receiving letters: read apart, judged, their photos kept, then handed in."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from chassis.errors import Problem
from chassis.http import Doors
from chassis.ids import derived_id
from chassis.links import verify_lower
from chassis.principals import PUBLIC
from intake import store
from intake.domain.letters.judging import Fate, fate_of
from intake.domain.letters.reading import Letter, Unreadable, read_letter
from intake.domain.photos.keeping import MOST_PER_REQUEST
from intake.domain.requests.tracking import parse_tracking_number
from intake.handlers.desk import Desk
from intake.handlers.letters.answering import look_up_letter
from intake.handlers.letters.mailed import Mailed, Target
from intake.handlers.letters.taking import take_letters
from intake.handlers.photos.keeping import keep_photo

PURPOSE: Final = "mail"
"""What notify signs the address for that an answer goes to."""
_SPAM: Final = "This looks like advertising. If it is not, report it on the city's web page or by telephone."


@dataclass(frozen=True, slots=True)
class Post:
    """What a mail server hands over: the bytes, and the envelope around them."""

    raw: bytes
    return_path: str
    recipients: Sequence[str]


async def target_of(doors: Doors, desk: Desk, recipient: str) -> Target | None:
    """Find what a signed address stands for; None when its token is not ours, whoever writes."""
    mailbox = desk.city.profile.mail
    read = mailbox.read_reply_address(recipient) if mailbox else None
    number = parse_tracking_number(read[0]) if read else None
    if read is None or number is None:
        return None
    async with doors.reads() as reads:
        found = await store.letters.contacts_of(reads, number)
    request_id, refs = found or (None, ())
    ours = (ref for ref in refs if verify_lower(desk.link_key, PURPOSE, f"{request_id}:{ref}", read[1]))
    ref = next(ours, None)
    return Target(request_id, ref) if request_id and ref else None


async def receive_letter(doors: Doors, desk: Desk, post: Post) -> None:
    """Take a mail; when this returns it is committed, or ignored on purpose. Raises a problem when it is refused."""
    letter = await read_apart(post.raw)
    mailbox = desk.city.profile.mail
    fate = fate_of(letter, post.return_path, mailbox.domain if mailbox else "")
    if fate is Fate.IGNORED:
        return
    targets = [found for recipient in post.recipients if (found := await target_of(doors, desk, recipient))]
    if fate is Fate.REFUSED and not targets:
        raise Problem(422, "Spam", _SPAM)
    if fate is Fate.TAKEN and not targets:
        await look_up_letter(desk, letter)
    photos = await keep_photos(doors, desk, letter) if targets or fate is Fate.TAKEN else ()
    mailed = [Mailed(_key(letter, t), letter, post.raw, photos, fate, t) for t in dict.fromkeys(targets) or (None,)]
    take = doors.command("SMTP letters", partial(take_letters, desk=desk))
    answers = await take.many(mailed, PUBLIC, [None] * len(mailed))
    desk.letters_due.set()
    for answer in answers:
        if isinstance(answer, Problem):
            raise answer


async def read_apart(raw: bytes) -> Letter:
    """Read a mail beside the loop. Raises a 422 problem when it cannot be read."""
    try:
        return await asyncio.to_thread(read_letter, raw)
    except Unreadable as why:
        raise Problem(422, "Unreadable", str(why)) from why


def _key(letter: Letter, target: Target | None) -> str:
    return derived_id("letter", letter.message_id, target.request_id if target else "")


async def keep_photos(doors: Doors, desk: Desk, letter: Letter) -> tuple[str, ...]:
    """Keep the pictures that can be kept; a store that does not answer makes the sender's server try again."""
    claims: list[str] = []
    for picture in letter.pictures[:MOST_PER_REQUEST]:
        try:
            claims.append((await keep_photo(doors, desk, picture)).claim)
        except Problem as why:
            if why.status == 503:  # noqa: PLR2004 - not now, as HTTP says it
                raise
    return tuple(dict.fromkeys(claims))
