"""Places: looked up, waiting for a person, and corrected."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, conflict, forbidden, invalid, not_found
from chassis.principals import may
from chassis.records import Command
from chassis.transaction import Reads, Transaction
from contracts.frontends import Place
from contracts.intake import DetailsAmended
from contracts.vocabulary import PlaceMethod, Setting, Substatus
from intake import store
from intake.domain.geocoding import Candidate, Spot
from intake.domain.masking import mask, mask_reference
from intake.domain.places.locating import Located, Places, elsewhere
from intake.domain.policy import POLICY
from intake.domain.requests.taking import Taken
from intake.handlers.desk import Desk, Facts
from intake.handlers.life.cases import Cases, Why
from intake.handlers.public.views import cursor_after, read_cursor


@dataclass(frozen=True, slots=True)
class Correction:
    """Where a request really is, as a person says: a pin, an address to look up, or both."""

    request_id: UUID
    address: str | None = None
    spot: Spot | None = None
    asset_id: str | None = None
    setting: Setting | None = None


def find_places(address: str, desk: Desk) -> Facts:
    """Look an address up: up to five candidates, the most likely first."""
    return {"candidates": [_shown(candidate, desk.places) for candidate in desk.places.geocoder.find(address)]}


def place_at(spot: Spot, desk: Desk) -> Facts:
    """Say what is known of a point: the nearest address, its areas, and where to go when it lies outside."""
    near, outside = desk.places.geocoder.nearest(spot), desk.places.is_outside(spot)
    return {
        "nearest": {"address": near.address, "metres": near.metres} if near else None,
        "area": desk.places.areas.of(spot),
        "in_city": not outside,
        "elsewhere": elsewhere(desk.city) if outside else None,
    }


def _shown(candidate: Candidate, places: Places) -> Facts:
    spot = candidate.spot
    return {**candidate_facts(candidate), "area": places.areas.of(spot), "in_city": not places.is_outside(spot)}


def candidate_facts(candidate: Candidate) -> Facts:
    """Write down a candidate."""
    return {
        "address": candidate.address,
        "latitude": round(candidate.spot.latitude, 6),
        "longitude": round(candidate.spot.longitude, 6),
        "confidence": candidate.confidence,
        "accuracy_metres": candidate.accuracy,
    }


def unverified_row(taken: Taken) -> Facts:
    """Write down a place that waits for a person's look."""
    located, created = taken.located, taken.created
    return {
        "request_id": created.request_id,
        "doubt": located.doubt,
        "candidates": [candidate_facts(candidate) for candidate in located.candidates],
        "at": created.about.opened_at,
    }


async def list_unverified(reads: Reads, limit: int, cursor: str | None) -> Facts:
    """List places that wait for correction, the longest waiting first."""
    rows = await store.list_unverified(reads, limit, read_cursor(cursor) if cursor else None)
    following = cursor_after(rows[-1]) if len(rows) == limit else None
    return {"places": [dict(row) for row in rows], "next": following}


async def correct_places(tx: Transaction, commands: Sequence[Command[Correction]], desk: Desk) -> list[Reply | Problem]:
    """Put requests where a person says they are; whoever works on them is told."""
    ids = [command.payload.request_id for command in commands]
    cases, known = await Cases.load(tx, ids), dict(await store.places_of(tx, ids))
    corrected: dict[UUID, Place] = {}
    answers = [_correct(tx, cases, command, known, corrected, desk) for command in commands]
    await store.correct_places(tx, corrected)
    await cases.save()
    return answers


def _correct(
    tx: Transaction,
    cases: Cases,
    command: Command[Correction],
    known: dict[UUID, tuple[Any, Place]],
    corrected: dict[UUID, Place],
    desk: Desk,
) -> Reply | Problem:
    asked, request_id = command.payload, command.payload.request_id
    if not may(POLICY, command.principal, "place.correct"):
        return forbidden("place.correct", command.principal.role)
    file = cases.files.get(request_id)
    if file is None:
        return not_found("request")
    if file.case.substatus is Substatus.CLOSED:
        return conflict("The request is closed; a place is corrected while there is work to do.")
    row, before = known[request_id]
    located = desk.places.locate(_moved(before, asked, desk), row["service_code"], row["attributes"])
    if located.doubt:
        return _refused(located)
    corrected[request_id] = located.place
    known[request_id] = row, located.place
    cases.tell(request_id, (DetailsAmended(place=located.place),), command.principal.role, Why(command, command.now))
    tx.audit(command.principal, "place.correct", str(request_id), {"before": before.model_dump(mode="json")})
    return Reply(200, _answer(request_id, located, desk))


def _moved(before: Place, asked: Correction, desk: Desk) -> Place:
    """Put a place where a person says; areas and confidence of the old one do not follow it there."""
    spot, outlined = asked.spot, desk.places.areas.kinds
    return before.model_copy(
        update={
            "address": mask(asked.address) if asked.address else before.address,
            "latitude": spot.latitude if spot else None,
            "longitude": spot.longitude if spot else None,
            "area": {kind: area for kind, area in before.area.items() if kind not in outlined},
            "method": PlaceMethod.PIN if spot else PlaceMethod.TYPED,
            "accuracy_metres": None,
            "confidence": None,
            "asset_id": mask_reference(asked.asset_id) if asked.asset_id else before.asset_id,
            "setting": asked.setting or before.setting,
        }
    )


def _refused(located: Located) -> Problem:
    near = "; ".join(candidate.address for candidate in located.candidates) or "nothing like it"
    problem = f"This address is not found for sure ({near}); send latitude and longitude with it."
    return invalid([{"field": "address", "problem": problem}])


def _answer(request_id: UUID, located: Located, desk: Desk) -> Facts:
    body: Facts = {"request_id": str(request_id), "place": located.place.model_dump(mode="json", exclude_none=True)}
    return body | ({"elsewhere": elsewhere(desk.city)} if located.outside else {})
