"""Translation both ways by the city's table and what people added to it; what neither knows is named, never guessed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from adapters.domain.news import News
from contracts.city import CodeMapping, ReasonMeaning, StatusMeaning
from contracts.intake import Evidence
from contracts.vocabulary import Disposition, EvidenceKind, ReportKind

ENDINGS: Final = frozenset({ReportKind.COMPLETED, ReportKind.CANNOT_COMPLETE})
_NO_WORK: Final = (
    "It is completed, and every work order for it was called off: say how it ended, and why, in each language."
)
_WORDY: Final = frozenset({ReportKind.MESSAGE, ReportKind.NEEDS_INFORMATION, ReportKind.REFERRED})
TABLES: Final = (
    "type", "value", "status", "reason", "agency", "parent", "words", "order_type", "order_status", "outcome",
)  # fmt: skip
"""What may be unknown."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A code that no table knows: of which kind, which one, and what to do about it."""

    kind: str
    code: str
    detail: str


class Step(NamedTuple):
    """What a piece of news means to us: what goes into the agency's report."""

    kind: ReportKind
    text: str | None = None
    scheduled_for: datetime | None = None
    refer_to: str | None = None
    disposition: Disposition | None = None
    explanation: Mapping[str, str] = {}
    evidence: tuple[Evidence, ...] = ()
    duplicate_of: str | None = None


class Worked(NamedTuple):
    """The work orders on a record that its ending can name, and whether every order there was has been called off."""

    orders: tuple[str, ...] = ()
    was_called_off: bool = False


NOT_KNOWN: Final = Worked()


@dataclass(frozen=True, slots=True)
class Codes:
    """The city's table for one agency, and the codes people added: (kind, code) -> meaning.

    `requests` are the city's numbers of the requests they named, by what they call them.
    """

    mapping: CodeMapping
    added: Mapping[tuple[str, str], Any]
    requests: Mapping[str, str] = field(default_factory=dict)

    def type_of(self, service: str) -> str | None:
        """Name their type for our service."""
        return self._added("type", service) or self.mapping.types.get(service)

    def status(self, code: str) -> StatusMeaning | None:
        """Say what their status means."""
        added = self._added("status", code)
        return StatusMeaning.model_validate(added) if added else self.mapping.statuses.get(code)

    def reason(self, code: str) -> ReasonMeaning | None:
        """Say what their reason means."""
        added = self._added("reason", code)
        return ReasonMeaning.model_validate(added) if added else self.mapping.reasons.get(code)

    def agency(self, code: str) -> str | None:
        """Name which of our agencies theirs is."""
        found: str | None = self._added("agency", code) or self.mapping.agencies.get(code)
        return found

    def request(self, name: str) -> str | None:
        """Give the city's number of the request that they call so."""
        found: str | None = self._added("parent", name) or self.requests.get(name)
        return found

    def words(self, name: str) -> Mapping[str, str]:
        """Give the words that a person found, in each language, for what an agency wrote about one record."""
        found: Mapping[str, str] = self._added("words", name) or {}
        return found

    def outcome(self, name: str) -> ReasonMeaning | None:
        """Say how a record ended that was completed without work, as a person found out."""
        added = self._added("outcome", name)
        return ReasonMeaning.model_validate(added) if added else None

    def value(self, attribute: str, answer: str) -> str | None:
        """Give their code for an answer; the answer itself where no table is kept for the attribute."""
        if attribute not in self.mapping.values:
            return answer
        return self._added("value", f"{attribute}={answer}") or self.mapping.values[attribute].get(answer)

    def _added(self, kind: str, code: str) -> Any:
        return self.added.get((kind, code))


def inward(
    codes: Codes, news: News, languages: Sequence[str], spoken: Collection[str] = (), worked: Worked = NOT_KNOWN
) -> Step | Unknown | None:
    """Say what a piece of news means; None when it is known to mean nothing new.

    `languages` are the city's, `spoken` those of the requesters it is about; `worked` the work orders on it.

    >>> from datetime import UTC
    >>> table = CodeMapping(types={"pothole": "POTH"}, statuses={"DONE": StatusMeaning(means="completed",
    ...     disposition="fixed"), "SEEN": StatusMeaning(means="nothing"),
    ...     "SHUT": StatusMeaning(means="cannot_complete")},
    ...     reasons={"GONE": ReasonMeaning(disposition="no_issue_found", explanation={"en": "Nothing was found."})})
    >>> news = News("n-1", "DONE", datetime(2026, 3, 2, tzinfo=UTC), number="W-7")
    >>> step = inward(Codes(table, {}), news, ["en"])
    >>> step.kind.value, step.disposition.value, step.evidence[0].reference
    ('completed', 'fixed', 'W-7')
    >>> inward(Codes(table, {}), News("n-2", "SEEN", news.at), ["en"]) is None
    True
    >>> inward(Codes(table, {}), News("n-3", "LOST", news.at), ["en"]).kind
    'status'
    >>> shut = inward(Codes(table, {}), News("n-4", "SHUT", news.at, reason="GONE"), ["en"])
    >>> shut.disposition.value, shut.explanation
    ('no_issue_found', {'en': 'Nothing was found.'})
    >>> inward(Codes(table, {}), News("n-5", "SHUT", news.at, reason="ODD"), ["en"]).code
    'ODD'

    An agency's own words are in its language alone. Who reads another waits until a person has said them there:

    >>> locked = News("n-7", "SHUT", news.at, number="W-7", text="The gate was locked.")
    >>> shutting = CodeMapping(types={"pothole": "POTH"}, statuses={"SHUT": StatusMeaning(means="cannot_complete",
    ...     disposition="unable_to_act")})
    >>> inward(Codes(shutting, {}), locked, ["en", "es"], ["en"]).explanation
    {'en': 'The gate was locked.'}
    >>> said = {("words", inward(Codes(shutting, {}), locked, ["en"], ["es"]).code): {"es": "Estaba cerrada."}}
    >>> inward(Codes(shutting, said), locked, ["en", "es"], ["es"]).explanation["es"]
    'Estaba cerrada.'

    A duplicate names the request that stands for it by a number that we know; else a person is asked:

    >>> codes = Codes(CodeMapping(types={"pothole": "POTH"}, statuses={"TWIN": StatusMeaning(means="cannot_complete",
    ...     disposition="duplicate")}), {}, {"W-6": "4F2K-9QTR-1ZV0-3"})
    >>> inward(codes, News("n-6", "TWIN", news.at, number="W-7", duplicate_of="W-6"), ["en"]).duplicate_of
    '4F2K-9QTR-1ZV0-3'
    >>> [inward(codes, News("n", "TWIN", news.at, number="W-7", duplicate_of=of), ["en"]).code for of in ("W-5", None)]
    ['W-5', 'of W-7']

    What is completed names the orders that did it. When each of them was called off, a person says how it ended:

    >>> [shown.reference for shown in inward(Codes(table, {}), news, ["en"], (), Worked(("4001", "4002"))).evidence]
    ['4001', '4002']
    >>> inward(Codes(table, {}), news, ["en"], (), Worked((), True)).kind
    'outcome'
    >>> found = {("outcome", "of W-7"): {"disposition": "no_issue_found", "explanation": {"en": "It was dry."}}}
    >>> ended = inward(Codes(table, found), news, ["en"], (), Worked((), True))
    >>> ended.kind.value, ended.disposition.value, ended.explanation
    ('cannot_complete', 'no_issue_found', {'en': 'It was dry.'})
    """
    meaning = codes.status(news.status)
    if meaning is None:
        return Unknown("status", news.status, "Nobody has said what this status means; say which step it is.")
    if meaning.means == "nothing":
        return None
    if meaning.means in ENDINGS:
        return _ending(codes, news, meaning, languages, spoken, worked)
    return _step(codes, news, meaning, next(iter(spoken), languages[0]))


def _step(codes: Codes, news: News, meaning: StatusMeaning, language: str) -> Step | Unknown:
    refer_to = codes.agency(news.refer_to) if news.refer_to else None
    if news.refer_to and refer_to is None:
        return Unknown("agency", news.refer_to, "Nobody has said which agency this is; name one of the city's.")
    words = news.text or (meaning.text.say(language) if meaning.text and meaning.means in _WORDY else None)
    if meaning.means in _WORDY and not words:
        return Unknown("status", news.status, "This status needs words and none came; give it a text.")
    if meaning.means is ReportKind.SCHEDULED and news.scheduled_for is None:
        return Unknown("status", news.status, "This status sets a date and none came; let it mean another step.")
    return Step(ReportKind(meaning.means), words, news.scheduled_for, refer_to)


def _ending(
    codes: Codes, news: News, meaning: StatusMeaning, languages: Sequence[str], spoken: Collection[str], worked: Worked
) -> Step | Unknown:
    reason = codes.reason(news.reason) if news.reason else None
    if news.reason and reason is None:
        return Unknown("reason", news.reason, "Nobody has said what this reason means; give its disposition and words.")
    kind = ReportKind(meaning.means)
    if kind is ReportKind.COMPLETED and reason is None and worked.was_called_off:
        reason = codes.outcome(_name(news))
        if reason is None:
            return Unknown("outcome", _name(news), _NO_WORK)
        kind = kind if reason.disposition is Disposition.FIXED else ReportKind.CANNOT_COMPLETE
    disposition = reason.disposition if reason else meaning.disposition
    if disposition is None:
        return Unknown("status", news.status, "This status ends the work and no reason came; say why it ended.")
    parent = _parent(codes, news) if disposition is Disposition.DUPLICATE else None
    if isinstance(parent, Unknown):
        return parent
    words = reason.explanation if reason else meaning.text
    explanation = {language: words.say(language) for language in languages} if words else {}
    if news.text and kind is ReportKind.CANNOT_COMPLETE and not explanation:
        said = codes.mapping.language or languages[0]
        explanation = dict(codes.words(_name(news))) or {said: news.text}
        if untold := [language for language in spoken if language not in explanation]:
            detail = (
                f"It ended in words of {said!r} alone, and {untold[0]!r} is read: say in each language {news.text!r}"
            )
            return Unknown("words", _name(news), detail)
    return Step(kind, news.text, None, None, disposition, explanation, _evidence(news, worked.orders), parent)


def _parent(codes: Codes, news: News) -> str | Unknown:
    named = news.duplicate_of or _name(news)
    detail = (
        "It ended as a duplicate of a request we do not know; give the city's number of the one that stands for it."
    )
    return codes.request(named) or Unknown("parent", named, detail)


def _name(news: News) -> str:
    return f"of {news.number or news.reference or news.order_number}"


def _evidence(news: News, orders: Sequence[str]) -> tuple[Evidence, ...]:
    jobs = orders or (news.order_number or news.number or news.reference or "",)
    shown = [*((EvidenceKind.WORK_ORDER, job) for job in jobs), *((EvidenceKind.PHOTO, url) for url in news.photos)]
    return tuple(Evidence(kind=kind, reference=reference[:500]) for kind, reference in shown if reference)
