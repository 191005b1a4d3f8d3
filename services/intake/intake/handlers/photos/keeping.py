"""Pictures of every door, kept the same way: cleaned in a process of their own, named by their bytes, claimed once.

For other doors:
- with a report: put into its `photos` what you have, each a claim (of `keep_photo`, or of POST /photos) or an http(s)
  address, which is fetched after the answer. Nothing else is needed.
- `await keep_photo(doors, desk, data)` takes bytes or a file (of a mail, say) and gives a KeptPhoto: `.photo`,
  and the `.claim` that goes into a report's `photos`. Raises a 413, 415, 422, 503 or 507 problem in words for people.
- `await ask_photo(tx, request_id, address, because)` promises to fetch an address for a request that exists already.
- `await store.erase_photos(tx, request_ids)` forgets the pictures of these requests, and what was still to be fetched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Final, Protocol
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, conflict, forbidden, invalid, not_found
from chassis.http import Doors
from chassis.ids import derived_id
from chassis.links import sign, verify
from chassis.principals import SYSTEM, Principal, may
from chassis.records import Cause, Command
from chassis.transaction import Transaction
from contracts.intake import Photo, PhotosAdded, RequestCreated
from contracts.vocabulary import Status
from intake import store
from intake.domain.photos.keeping import CLAIMABLE, MOST_PER_REQUEST, SWEPT_AFTER, photo_problems
from intake.domain.photos.types import suggest_services
from intake.domain.policy import POLICY
from intake.gateways.photos import NotKept, Unusable
from intake.handlers.desk import Desk, Facts
from intake.handlers.life.cases import Cases, File, Why

_PURPOSE: Final = "photo"
_NONE: Final[Mapping[str, Photo]] = {}
_STOPS: Final = "The photo store is full. Your report can be sent without the photo; add it later."
_AWAY: Final = "The photo store does not answer just now. Try again, or send your report without the photo."


@dataclass(frozen=True, slots=True)
class KeptPhoto:
    """A photo that is kept for a day, and the claim that puts it into a report."""

    photo: Photo
    claim: str


class Pictured(Protocol):
    """Anything that may bring pictures: claims, or addresses to fetch."""

    @property
    def photos(self) -> Sequence[str]:
        """Claims and addresses, in order."""


@dataclass(frozen=True, slots=True)
class Added:
    """Pictures brought to a request that exists."""

    request_id: UUID
    photos: Sequence[str]


def claim_of(desk: Desk, photo_id: str) -> str:
    """Write the claim of a photo: only who was given it may put the photo into a report."""
    return f"{photo_id}.{sign(desk.link_key, _PURPOSE, photo_id)}"


def claimed_id(desk: Desk, claim: str) -> str | None:
    """Read a claim; None for what is none of ours."""
    photo_id, _, token = claim.partition(".")
    return photo_id if verify(desk.link_key, _PURPOSE, photo_id, token) else None


async def keep_photo(doors: Doors, desk: Desk, picture: bytes | IO[bytes], caller: Principal = SYSTEM) -> KeptPhoto:
    """Clean and keep a picture. Raises a problem with a sentence for people when it cannot be kept."""
    try:
        cleaned = await desk.album.clean(picture)
        (answer,) = await doors.command("POST /photos", note_photos).many([cleaned.photo], caller, [None])
        if isinstance(answer, Problem):
            raise answer
        await desk.album.put(cleaned)
    except Unusable as why:
        raise Problem(why.status, "This photo cannot be kept", str(why)) from why
    except NotKept as why:
        raise Problem(507, "No room", _STOPS) if why.full else Problem(503, "Not available just now", _AWAY) from why
    return KeptPhoto(cleaned.photo, claim_of(desk, cleaned.photo.photo_id))


async def keep_upload(doors: Doors, desk: Desk, file: IO[bytes], caller: Principal) -> Facts:
    """Keep what was uploaded, and tell how to claim it."""
    kept = await keep_photo(doors, desk, file, caller)
    size = {"width": kept.photo.width, "height": kept.photo.height}
    return {"photo_id": kept.photo.photo_id, "claim": kept.claim, **size}


async def note_photos(tx: Transaction, commands: Sequence[Command[Photo]]) -> list[Reply | Problem]:
    """Note photos before their bytes are kept, so that no bytes lie unknown; unclaimed ones are swept."""
    await note(tx, [command.payload for command in commands])
    return [Reply(201, {"photo_id": command.payload.photo_id}) for command in commands]


async def note(tx: Transaction, photos: Sequence[Photo]) -> None:
    """Write photos down as waiting for their request."""
    waits = {"claimable_until": tx.now + CLAIMABLE, "sweep_at": tx.now + SWEPT_AFTER}
    rows = {p.photo_id: {"photo_id": p.photo_id, "width": p.width, "height": p.height, **waits} for p in photos}
    await tx.upsert(store.PhotoRow, [rows[key] for key in sorted(rows)], ("photo_id",), only=tuple(waits))


async def claimed_photos(tx: Transaction, reports: Sequence[Pictured], desk: Desk) -> Mapping[str, Photo]:
    """Find the photos that these reports claim, by claim; costs nothing when they bring none."""
    ids = {claim: photo_id for r in reports for claim in r.photos if (photo_id := claimed_id(desk, claim))}
    if not ids:
        return _NONE
    found = await store.claimed_photos(tx, list(ids.values()), tx.now)
    return {claim: found[photo_id] for claim, photo_id in ids.items() if photo_id in found}


def photos_in(report: Pictured, claimed: Mapping[str, Photo]) -> tuple[Photo, ...]:
    """List the photos that a report brings along, each once."""
    return tuple(dict.fromkeys(claimed[claim] for claim in report.photos if claim in claimed))


async def attach_new(tx: Transaction, taken: Sequence[tuple[Pictured, RequestCreated, Cause]]) -> None:
    """Write down the photos of new requests, and promise to fetch the others."""
    pictured = [one for one in taken if one[0].photos]
    rows = [row for _, made, because in pictured for row in _rows(made.request_id, made.photos, because, 0)]
    await tx.insert(store.RequestPhoto, rows)
    for report, made, because in pictured:
        await _ask_all(tx, made.request_id, report.photos, because)


async def ask_photo(tx: Transaction, request_id: UUID, address: str, because: Cause) -> None:
    """Promise to fetch a picture for a request; once, however often the same cause comes."""
    fetch = {
        "fetch_id": derived_id("photo.fetch", because.id, request_id, address),
        "request_id": request_id,
        "address": address,
        "due_at": because.now,
        "tries": 0,
        "traceparent": because.traceparent,
    }
    await tx.insert(store.VaultPhotoFetch, [fetch], ignore=("fetch_id",))


async def _ask_all(tx: Transaction, request_id: UUID, photos: Sequence[str], because: Cause) -> None:
    for address in photos:
        if "://" in address:
            await ask_photo(tx, request_id, address, because)


def _rows(request_id: UUID, photos: Sequence[Photo], because: Cause, first: int) -> list[Facts]:
    return [
        {"request_id": request_id, "photo_id": photo.photo_id, "place": place, "at": because.now}
        for place, photo in enumerate(photos, first)
    ]


async def add_photos(tx: Transaction, commands: Sequence[Command[Added]], desk: Desk) -> list[Reply | Problem]:
    """Add pictures to requests that exist: for their requester, staff, and agencies at work on them."""
    cases = await Cases.load(tx, [command.payload.request_id for command in commands])
    claimed = await claimed_photos(tx, [command.payload for command in commands], desk)
    answers = [await _add(tx, cases, command, claimed, desk) for command in commands]
    await cases.save()
    return answers


async def _add(
    tx: Transaction, cases: Cases, command: Command[Added], claimed: Mapping[str, Photo], desk: Desk
) -> Reply | Problem:
    file = _permitted(cases, command)
    if isinstance(file, Problem):
        return file
    added = command.payload
    if problems := photo_problems(added.photos, claimed):
        return invalid([{"field": p.field, "problem": p.problem} for p in problems])
    known = len((await store.photos_of(tx, [added.request_id])).get(added.request_id, ()))
    if known + len(added.photos) > MOST_PER_REQUEST:
        return conflict(f"A request keeps at most {MOST_PER_REQUEST} photos; this one has {known}.")
    await hang(tx, cases, added.request_id, photos_in(added, claimed), command.principal.role, command)
    await _ask_all(tx, added.request_id, added.photos, command)
    shown = [desk.shown_photo(photo) for photo in photos_in(added, claimed)]
    return Reply(201, {"photos": shown, "to_be_fetched": sum("://" in photo for photo in added.photos)})


def _permitted(cases: Cases, command: Command[Added]) -> File | Problem:
    request_id, principal = command.payload.request_id, command.principal
    file = cases.files.get(request_id)
    if file is None:
        return not_found("request")
    working = {part.agency for part in file.case.parts if not part.ended}
    own = principal.agency if principal.agency in working else None
    if not may(POLICY, principal, "request.add_photos", request_id=str(request_id), agency=own):
        return forbidden("request.add_photos", principal.role)
    if file.case.status is Status.CLOSED:
        return conflict("The request is closed. If the work was not done, dispute the closing; it is then open again.")
    return file


async def hang(
    tx: Transaction, cases: Cases, request_id: UUID, photos: Sequence[Photo], by: str, because: Cause
) -> bool:
    """Hang photos on a request and tell of those that are new to it; tells whether any was."""
    known = (await store.photos_of(tx, [request_id])).get(request_id, [])
    fresh = tuple(photo for photo in photos if photo not in known)[: MOST_PER_REQUEST - len(known)]
    if not fresh:
        return False
    await tx.insert(store.RequestPhoto, _rows(request_id, fresh, because, len(known)))
    cases.tell(request_id, (PhotosAdded(photos=fresh),), by, Why(because, because.now))
    return True


async def show_photo(doors: Doors, desk: Desk, photo_id: str, claim: str | None, *, thumbnail: bool) -> bytes:
    """Give a photo's bytes: to everybody once it belongs to a request, before that to who holds its claim."""
    async with doors.reads() as reads:  # given back before the store is asked, which may be far away
        permitted = (claim and claimed_id(desk, claim) == photo_id) or await store.is_attached(reads, photo_id)
    try:
        data = await desk.album.show(photo_id, thumbnail=thumbnail) if permitted else None
    except NotKept as why:
        raise Problem(503, "Not available just now", _AWAY) from why
    if data is None:
        raise not_found("photo")
    return data


async def suggest_types(doors: Doors, desk: Desk, photo_id: str, claim: str | None) -> list[Facts]:
    """Suggest services from a photo alone, the likeliest first, for the resident to pick from."""
    seen = await desk.album.see(await show_photo(doors, desk, photo_id, claim, thumbnail=False))
    services = {code: service for code, service in desk.city.services.items() if service.enabled}
    ranked = suggest_services(seen, {code: service.keywords.all() for code, service in services.items()})
    return [{"service_code": code, "name": services[code].name.root, "score": score} for code, score in ranked]
