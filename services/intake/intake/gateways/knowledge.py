"""The knowledge base, asked over HTTP: a short wait, a rest when it fails, and silence where it has none to give."""

import asyncio
import time
from typing import Final

import httpx2
import structlog
from pydantic import BaseModel, ValidationError

from intake.domain.conversation import Answers, Areas, Found, NextStep, Question
from intake.domain.resting import Rest
from intake.settings import Settings

KEPT_SECONDS: Final = 2.0
"""For so long an answer is good: from asking until the message it is for is taken; urgent words are live in five."""
MOST_KEPT: Final = 2_000
AT_ONCE: Final = 20
_FAULT: Final = 500
_log = structlog.get_logger()


class _Cited(BaseModel):
    id: str
    version: int
    title: str
    summary: str
    services: list[str] = []


class _Answer(BaseModel):
    known: bool
    language: str
    confidence: float
    article: _Cited | None = None
    next: NextStep


class Knowledge:
    """Asks the knowledge base, and keeps what it said for a moment; without an address it is never asked."""

    def __init__(self, settings: Settings) -> None:
        self._url, self._seconds = settings.kb_base_url, settings.kb_seconds
        limits = httpx2.Limits(max_connections=AT_ONCE)
        self._client = httpx2.AsyncClient(timeout=self._seconds, follow_redirects=False, limits=limits, trust_env=False)
        self._rest = Rest()
        self._kept: dict[Question, tuple[float, Found | None]] = {}

    @property
    def is_there(self) -> bool:
        """Whether there is anything to ask."""
        return self._url is not None

    async def ask(self, question: Question) -> None:
        """Ask, and keep what is said; a knowledge base that is down, slow or broken leaves nothing, and no error."""
        now = time.monotonic()
        if not self.is_there or self._is_fresh(question, now) or not self._rest.may_call(now):
            return
        try:
            answered, well = await self._called(question)
        except (httpx2.HTTPError, OSError, TimeoutError, ValidationError) as error:
            _log.warning("the knowledge base gave no answer", error=type(error).__name__)
            answered, well = None, False
        self._rest.ended(well=well, now=time.monotonic())
        if answered is not None:
            self._keep(question, answered)

    async def _called(self, question: Question) -> tuple[_Answer | None, bool]:
        body = {
            "question": question.public,
            "language": question.language,
            "place": dict(question.areas),
            "note_unknown": question.is_asked,
        }
        async with asyncio.timeout(self._seconds):
            response = await self._client.post(f"{self._url}/answers", json=body)
        if response.is_success:
            return _Answer.model_validate_json(response.content), True
        return None, response.status_code < _FAULT

    def _keep(self, question: Question, answered: _Answer) -> None:
        now = time.monotonic()
        if len(self._kept) >= MOST_KEPT:
            self._kept = {q: kept for q, kept in self._kept.items() if now - kept[0] < KEPT_SECONDS}
        if len(self._kept) < MOST_KEPT:
            self._kept[question] = now, _found(answered)

    def _is_fresh(self, question: Question, now: float) -> bool:
        kept = self._kept.get(question)
        return kept is not None and now - kept[0] < KEPT_SECONDS

    def said(self, question: Question) -> tuple[Found | None] | None:
        """Give what was said of a question a moment ago: an article, or that there is none; None when not heard."""
        return (self._kept[question][1],) if self._is_fresh(question, time.monotonic()) else None

    def before(self, own: Answers, areas: Areas = ()) -> Answers:
        """Give answers that are the knowledge base's where it was heard a moment ago, else from the copy kept here."""
        return _Heard(self, own, areas)

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()


class _Heard:
    def __init__(self, knowledge: Knowledge, own: Answers, areas: Areas) -> None:
        self._knowledge, self._own, self._areas = knowledge, own, areas

    def find(self, text: str, language: str) -> Found | None:
        said = self._knowledge.said(Question(text, language, self._areas))
        return self._own.find(text, language) if said is None else said[0]


def _found(answered: _Answer) -> Found | None:
    cited = answered.article
    if not answered.known or cited is None:
        return None
    return Found(
        cited.id,
        cited.version,
        {answered.language: cited.title},
        {answered.language: cited.summary},
        tuple(cited.services),
        answered.confidence,
        answered.next,
    )
