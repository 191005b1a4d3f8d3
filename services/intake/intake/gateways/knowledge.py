"""The knowledge base, asked over HTTP: a short wait, a rest when it fails, and silence where it has none to give."""

import asyncio
import time
from typing import Final

import httpx2
import structlog
from pydantic import BaseModel, ValidationError

from chassis.choosing import Choice
from chassis.resting import Rest
from intake.domain.conversations import Answers, Areas, Found, NextStep, Question
from intake.domain.conversations.lately import Lately
from intake.settings import Settings

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


class _Near(BaseModel):
    language: str
    articles: list[_Cited] = []


class Knowledge:
    """Asks the knowledge base, and keeps what it said for a moment; without an address it is never asked.

    Where it knows no answer that is sure, whoever is plugged in may choose among the articles it finds near.
    """

    def __init__(self, settings: Settings, choice: Choice | None = None) -> None:
        self._url, self._seconds = settings.kb_base_url, settings.kb_seconds
        limits = httpx2.Limits(max_connections=AT_ONCE)
        self._client = httpx2.AsyncClient(timeout=self._seconds, follow_redirects=False, limits=limits, trust_env=False)
        self._rest, self._choice = Rest(), choice or Choice(None)
        self._kept = Lately[Question, Found | None]()

    @property
    def is_there(self) -> bool:
        """Whether there is anything to ask."""
        return self._url is not None

    async def ask(self, question: Question) -> None:
        """Ask, and keep what is said; a knowledge base that is down, slow or broken leaves nothing, and no error."""
        now = time.monotonic()
        if not self.is_there or self._kept.said(question, now) or not self._rest.may_call(now):
            return
        answered, found = await self._heard(question), None
        if answered is not None:
            found = _found(answered) or await self._chosen(question, answered.confidence)
            self._kept.keep(question, found, time.monotonic())

    async def _heard(self, question: Question) -> _Answer | None:
        try:
            answered, well = await self._called(question)
        except (httpx2.HTTPError, OSError, TimeoutError, ValidationError) as error:
            _log.warning("the knowledge base gave no answer", error=type(error).__name__)
            answered, well = None, False
        self._rest.ended(well=well, now=time.monotonic())
        return answered

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

    async def _chosen(self, question: Question, confidence: float) -> Found | None:
        """Have one of the articles that are near chosen, as it is; of a place only the knowledge base can tell."""
        if not self._choice.is_there or not question.is_asked or question.areas:
            return None
        near = await self._near(question)
        articles = {one.id: one for one in near.articles}
        entries = {article_id: f"{one.title}: {one.summary}" for article_id, one in articles.items()}
        chosen = await self._choice.among(question.public, entries)
        return _cited(articles[chosen[0]], near.language, confidence) if chosen else None

    async def _near(self, question: Question) -> _Near:
        body = {"text": question.public, "language": question.language}
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._client.post(f"{self._url}/suggest", json=body)
            return _Near.model_validate_json(response.raise_for_status().content)
        except (httpx2.HTTPError, OSError, TimeoutError, ValidationError) as error:
            _log.warning("the knowledge base told nothing near", error=type(error).__name__)
            return _Near(language=question.language)

    def said(self, question: Question) -> tuple[Found | None] | None:
        """Give what was said of a question a moment ago: an article, or that there is none; None when not heard."""
        return self._kept.said(question, time.monotonic())

    def answers(self, question: Question) -> bool:
        """Tell whether an article was given a moment ago."""
        return (self.said(question) or (None,))[0] is not None

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
    if not answered.known or answered.article is None:
        return None
    return _cited(answered.article, answered.language, answered.confidence, answered.next)


def _cited(cited: _Cited, language: str, confidence: float, step: NextStep | None = None) -> Found:
    title, summary = {language: cited.title}, {language: cited.summary}
    return Found(cited.id, cited.version, title, summary, tuple(cited.services), confidence, step)
