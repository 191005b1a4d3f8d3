"""What words may mean: the services to choose from, and who outside 311 may be the right one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chassis.masking import mask
from chassis.sql import Row
from chassis.transaction import Reads
from contracts.city import City, Transfer
from contracts.frontends import Place
from routing.domain.elsewhere import elsewhere, is_open
from routing.domain.reading import Guess
from routing.domain.reading.deciding import Reading
from routing.domain.rules import Question
from routing.handlers.occasions import Office
from routing.handlers.reading import Bound

MOST: Final = 5


class Recommender:
    """Ranks the services that words may mean, for whoever chooses: a form, a chat, a clerk, the triage desk."""

    def __init__(self, city: City, office: Office) -> None:
        self._city, self._office = city, office

    async def chosen(self, text: str) -> tuple[str, ...]:
        """Have services chosen by whoever is plugged in, as conversations do; nobody chooses none."""
        return await self._office.reader.choice.among(mask(text), self._city.offered_words) or ()

    async def suggest(
        self, reads: Reads, text: str, question: Question, now: datetime, chosen: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Read words that somebody says now, what was chosen before all else; nothing of them is kept."""
        bound = await self._office.reader.in_use(reads)
        reading = self._office.reader.read(bound, question, text, self._office.directory)
        found = self._services(reading, question, chosen)
        policy, local = self._office.reader.manner.policy, self._office.directory.local(now)
        return {
            "suggestions": found,
            "is_sure": bool(found) and found[0]["score"] >= policy.assign_from,
            "elsewhere": self._elsewhere(text, reading, local),
            "version": bound.version,
        }

    def _services(self, reading: Reading, question: Question, chosen: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Rank the services that a text may mean, as far as they are likely enough to be shown."""
        reader, directory = self._office.reader, self._office.directory
        guesses = _shown(reading.services, reader.manner.policy.suggest_from, chosen)
        return [self._suggestion(guess, reader.agency_of(guess.label, question, directory)) for guess in guesses]

    def _elsewhere(self, text: str, reading: Reading | None, local: datetime) -> list[dict[str, Any]]:
        """List who outside 311 may be the right one: by the city's own words, then by what people sent there before."""
        transfers, least = self._city.transfers, self._office.reader.manner.policy.suggest_from
        scores = {one.label: one.confidence for one in reading.elsewhere} if reading else {}
        named = [one.slug for one in elsewhere(text, transfers.values())]
        learned = [slug for slug, score in scores.items() if score >= least and slug in transfers]
        return [_told(transfers[slug], local, scores.get(slug)) for slug in dict.fromkeys((*named, *learned))]

    async def with_suggestions(
        self, reads: Reads, waiting: Sequence[Row], held: Mapping[UUID, Row], now: datetime
    ) -> list[dict[str, Any]]:
        """Say of each request that waits what it may ask for, read again by the reader in use now, and who holds it."""
        if not waiting:
            return []
        bound = await self._office.reader.in_use(reads)
        claims = {request_id: dict(row) for request_id, row in held.items()}
        local = self._office.directory.local(now)
        return [
            {**row, **self._read_again(bound, row, local), "claim": claims.get(row["request_id"])} for row in waiting
        ]  # fmt: skip

    def _read_again(self, bound: Bound, row: Row, local: datetime) -> dict[str, Any]:
        place = Place.model_validate(row["place"] or {})
        whole = place.latitude is not None and place.longitude is not None
        spot = (place.latitude or 0.0, place.longitude or 0.0) if whole else None
        opened_at = datetime.fromisoformat(row["opened_at"])
        question = Question("", row["attributes"], place.area, spot, place.asset_id, opened_at=opened_at)
        said, office = row["description"], self._office
        reading = office.reader.read(bound, question, said, office.directory) if said else None
        return {
            "suggestions": self._services(reading, question) if reading else [],
            "elsewhere": self._elsewhere(said, reading, local),
        }

    def _suggestion(self, guess: Guess, agency: str | None) -> dict[str, Any]:
        name = self._city.service_name(guess.label).root
        return {"service_code": guess.label, "name": name, "score": round(guess.confidence, 4), "agency": agency}


def _shown(guesses: Sequence[Guess], least: float, chosen: Sequence[str] = ()) -> list[Guess]:
    """Show what was chosen, then what is likely; each is as sure as the reader is of it, whoever chose."""
    read = {guess.label: guess for guess in guesses}
    likely = [guess for guess in guesses[:MOST] if guess.confidence >= least and guess.label not in chosen]
    return [*(read.get(code, Guess(code, 0.0)) for code in chosen), *likely][:MOST]


def _told(transfer: Transfer, local: datetime, score: float | None) -> dict[str, Any]:
    return {
        "slug": transfer.slug,
        "name": transfer.name.root,
        "kind": transfer.kind,
        "phone": transfer.phone,
        "hours": transfer.hours.root if transfer.hours else None,
        "is_open": is_open(transfer, local),
        "score": None if score is None else round(score, 4),
    }
