"""Never closed without work or words: what an agency must give to end its part of a request."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from contracts.agencies import AgencyReport
from contracts.city import City, DispositionRule, Transfer
from contracts.event import Texts
from contracts.intake import Evidence
from contracts.vocabulary import Disposition, EvidenceKind, ReportKind

GRAVEST_FIRST: Final = (
    Disposition.UNABLE_TO_ACT,
    Disposition.REFERRED_EXTERNAL,
    Disposition.FIXED,
    Disposition.NO_ISSUE_FOUND,
    Disposition.NOT_OUR_JURISDICTION,
    Disposition.DUPLICATE,
    Disposition.CANCELLED_BY_REQUESTER,
)
"""When several agencies end one request: something left undone outweighs what was done."""

AGENCYS: Final = tuple(code for code in Disposition if code is not Disposition.CANCELLED_BY_REQUESTER)
"""The dispositions that an agency may give; only the requester cancels."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an update cannot be taken: a code for machines, a sentence for people, and what is allowed."""

    code: str
    detail: str
    allowed: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        """Which field of the update is wrong.

        >>> Refusal("evidence_missing", "Send evidence.").field
        'evidence'
        """
        return FIELDS[self.code]


FIELDS: Final[Mapping[str, str]] = {
    "unknown_request": "request_id",
    "unknown_assignment": "assignment_id",
    "foreign_assignment": "assignment_id",
    "stale_assignment": "assignment_id",
    "request_closed": "request_id",
    "step_not_allowed": "kind",
    "text_missing": "text",
    "scheduled_for_missing": "scheduled_for",
    "hold_reason_missing": "hold_reason",
    "unknown_agency": "refer_to",
    "reason_unknown": "reason_code",
    "disposition_missing": "disposition",
    "disposition_not_fitting": "disposition",
    "evidence_missing": "evidence",
    "explanation_missing": "explanation",
    "explanation_hollow": "explanation",
    "recipient_missing": "handed_to",
    "recipient_is_ours": "handed_to",
    "recipient_unknown": "handed_to",
    "parent_missing": "duplicate_of",
    "parent_unknown": "duplicate_of",
    "parent_not_fitting": "duplicate_of",
    "second_person_needed": "kind",
    "closing_declined": "kind",
}
"""Which field of an agency's update each rule is about."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one agency's part of a request ended."""

    agency: str
    disposition: Disposition
    explanation: Texts
    evidence: tuple[Evidence, ...]
    visible_from: datetime | None = None


def check_ending(report: AgencyReport, city: City, language: str, *, imported: bool) -> Refusal | None:
    """Hold an agency's `completed` or `cannot_complete` against the closure rule; None when it is kept.

    `completed` needs a disposition of work done and evidence. `cannot_complete` needs a disposition of work not done
    and an explanation in the requester's language that says something. Only imported history may cite a legacy record
    as evidence, and say no more than was said then.
    """
    done = report.kind is ReportKind.COMPLETED
    fitting = tuple(code for code in AGENCYS if code in city.dispositions and city.dispositions[code].work_done is done)
    if report.disposition not in fitting:
        return _wrong_disposition(report, fitting)
    rule = city.dispositions[report.disposition]
    return (
        (_check_evidence(report.evidence, rule, imported=imported) if done or rule.needs_evidence else None)
        or (_check_explanation(report.explanation, language) if not done or rule.needs_explanation else None)
        or (None if done or imported else _check_meaning(report.explanation[language], rule, city.hollow, language))
        or (None if imported else _check_recipient(report.handed_to, rule, city))
        or (None if imported else _check_parent(report.duplicate_of, rule))
    )


def _wrong_disposition(report: AgencyReport, fitting: Sequence[Disposition]) -> Refusal:
    given = f"{report.disposition.value!r} does not fit" if report.disposition else "is missing"
    return Refusal(
        "disposition_missing" if report.disposition is None else "disposition_not_fitting",
        f"The disposition {given} for {report.kind.value!r}; send one of those allowed.",
        tuple(code.value for code in fitting),
    )


def _check_evidence(evidence: Sequence[Evidence], rule: DispositionRule, *, imported: bool) -> Refusal | None:
    accepted = tuple(
        kind
        for kind in (rule.evidence_kinds or tuple(EvidenceKind))
        if kind is not EvidenceKind.LEGACY_RECORD or imported
    )
    accepted += (EvidenceKind.LEGACY_RECORD,) if imported else ()
    if any(item.kind in accepted and item.reference.strip() for item in evidence):
        return None
    return Refusal(
        "evidence_missing",
        f"{rule.code.value!r} means that work was done; send evidence of it of one of the allowed kinds.",
        tuple(dict.fromkeys(kind.value for kind in accepted)),
    )


def _check_explanation(explanation: Texts, language: str) -> Refusal | None:
    if explanation.get(language, "").strip():
        return None
    return Refusal(
        "explanation_missing",
        f"The work was not done; send an explanation in {language!r} that the resident can read.",
        (f"explanation.{language}",),
    )


def _check_meaning(said: str, rule: DispositionRule, hollow: Collection[str], language: str) -> Refusal | None:
    if len(telling_words(said, hollow)) >= rule.least_words:
        return None
    return Refusal(
        "explanation_hollow",
        f"The explanation in {language!r} says too little: tell the resident what was found and why it ends here, "
        f"in at least {rule.least_words} words of your own.",
        (f"explanation.{language}",),
    )


def telling_words(said: str, hollow: Collection[str]) -> list[str]:
    """List the words of an explanation that are left without what says nothing by itself.

    >>> telling_words("Closed: NO action needed!", ["no action needed"])
    ['closed']
    """
    words = " ".join(re.findall(r"\w+", said.casefold()))
    for phrase in hollow:
        words = words.replace(phrase, " ")
    return words.split()


def _check_recipient(handed_to: str | None, rule: DispositionRule, city: City) -> Refusal | None:
    outside = tuple(slug for slug, transfer in city.transfers.items() if not is_ours(transfer, city))
    if handed_to is None:
        detail = f"{rule.code.value!r} needs to say who has it now, in 'handed_to'; name one of those allowed."
        return Refusal("recipient_missing", detail, outside) if rule.needs_recipient else None
    if handed_to in outside:
        return None
    ours = handed_to in city.transfers or handed_to in city.agencies
    if ours:
        detail = f"{handed_to!r} is the city's own: a request that goes there stays open. Report 'referred' instead."
        return Refusal("recipient_is_ours", detail, (ReportKind.REFERRED.value,))
    return Refusal("recipient_unknown", f"Nobody outside the city is known as {handed_to!r}.", outside)


def _check_parent(duplicate_of: str | None, rule: DispositionRule) -> Refusal | None:
    if not rule.needs_parent or (duplicate_of or "").strip():
        return None
    detail = f"{rule.code.value!r} needs the number of the request that stands for this one, in 'duplicate_of'."
    return Refusal("parent_missing", detail, ("duplicate_of",))


def is_ours(transfer: Transfer, city: City) -> bool:
    """Tell whether those a contact may be handed to are the city's own people.

    >>> from types import SimpleNamespace as Named
    >>> city = Named(agencies={"power": Named(takes_requests=True), "schools": Named(takes_requests=False)})
    >>> [is_ours(Named(kind=kind, agency=agency), city) for kind, agency in
    ...  (("city_desk", None), ("county", None), ("utility", "power"), ("other", "schools"))]
    [True, False, True, False]
    """
    agency = city.agencies.get(transfer.agency or "")
    return transfer.kind == "city_desk" or bool(agency and agency.takes_requests)


def combine(outcomes: Sequence[Outcome]) -> Outcome:
    """Make one ending of all agencies' endings: the gravest disposition, every explanation, all evidence.

    >>> lamp = Outcome("lights", Disposition.FIXED, {"en": "Lamp replaced."}, ())
    >>> tree = Outcome("trees", Disposition.UNABLE_TO_ACT, {"en": "The tree is protected."}, ())
    >>> whole = combine((lamp, tree))
    >>> whole.disposition.value, whole.explanation["en"]
    ('unable_to_act', 'Lamp replaced. The tree is protected.')
    """
    if len(outcomes) == 1:
        return outcomes[0]
    gravest = min((outcome.disposition for outcome in outcomes), key=GRAVEST_FIRST.index)
    languages = dict.fromkeys(language for outcome in outcomes for language in outcome.explanation)
    return Outcome(
        agency=outcomes[-1].agency,
        disposition=gravest,
        explanation={language: _joined(o.explanation.get(language) for o in outcomes) for language in languages},
        evidence=tuple(item for outcome in outcomes for item in outcome.evidence),
        visible_from=max((o.visible_from for o in outcomes if o.visible_from), default=None),
    )


def sighted(ending: Outcome, city: City, service_code: str, closed_at: datetime) -> Outcome:
    """Say from when the result is there to see: as the agency says, else as the service's rule for work done; if later.

    >>> from datetime import UTC
    >>> from types import SimpleNamespace as Named
    >>> now = datetime(2026, 3, 2, tzinfo=UTC)
    >>> paint, done = Named(survey=Named(visible_after_hours=48)), Named(work_done=True)
    >>> city = Named(services={"paint": paint}, dispositions={Disposition.FIXED: done})
    >>> ending = Outcome("streets", Disposition.FIXED, {}, ())
    >>> sighted(ending, city, "paint", now).visible_from.day, sighted(ending, city, "lamp", now).visible_from
    (4, None)
    >>> sighted(replace(ending, visible_from=now), city, "paint", now).visible_from is None
    True
    """
    service, rule = city.services.get(service_code), city.dispositions.get(ending.disposition)
    told = ending.visible_from
    if told is None and service and rule and rule.work_done:
        told = closed_at + timedelta(hours=service.survey.visible_after_hours)
    return replace(ending, visible_from=told if told and told > closed_at else None)


def _joined(sentences: Iterable[str | None]) -> str:
    return " ".join(dict.fromkeys(sentence for sentence in sentences if sentence))
